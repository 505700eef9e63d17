"""What readers are told while Redis hangs: that it is away, and history all the same."""

import asyncio
import os
import signal

import httpx
import pytest
import redis

from adapters import connect
from contracts.settings import CassandraSettings, RedisSettings, Settings
from services.api.app import make_app
from services.api.feeds import fleet_feed
from services.api.hub import AWAY, Hub, Listener
from services.api.parts import Parts
from tests.support.redis_edge import edge
from tests.support.redis_server import redis_server
from tests.unit.services.api.conftest import PartsInMemory
from tests.unit.services.api.town import MINE, NAMESPACE, WALL, Town

SPAN = "start=2013-12-23T00:00:00Z&end=2013-12-24T00:00:00Z"
HISTORY = f"/v1/meters/{MINE}/energy?{SPAN}"
LIVE = ("/v1/fleet/now", f"/v1/meters/{MINE}/now", "/v1/alerts", "/v1/top", "/v1/areas")


def test_a_redis_that_hangs_is_one_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "REDIS_TIMEOUT_S", 5.0)
    monkeypatch.setattr(connect, "REDIS_WAIT_S", 60.0)
    with redis_server() as url:
        asyncio.run(_run(url))


async def _run(url: str) -> None:
    settings = Settings(redis=RedisSettings(url=url), cassandra=CassandraSettings(port=1))
    parts = PartsInMemory.made(settings, lambda: WALL)
    app = make_app(settings, parts)
    client = redis.Redis.from_url(url, decode_responses=True)
    town = Town(client)
    town.settle()
    _, token = town.token()
    pid = int(client.info("server")["process_id"])
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://api", headers=headers, timeout=60
    ) as api:

        async def statuses(*paths: str) -> list[int]:
            answers = await asyncio.gather(*(api.get(path) for path in paths))
            for each in answers:
                if each.status_code == 503:
                    told = each.json()
                    assert (told["type"], told["detail"]) == (
                        "/problems/store-away",
                        "Redis does not answer.",
                    )
                    assert each.headers["Retry-After"]
            return [each.status_code for each in answers]

        hub: Hub = app.state.hub
        async with hub:
            listener = hub.join("somebody")
            hub.listen(listener, "fleet", lambda: fleet_feed(parts, NAMESPACE))
            assert await statuses(HISTORY, *LIVE) == [200] * 6
            assert b"event: fleet" in await _told(listener)
            os.kill(pid, signal.SIGSTOP)
            try:
                # What was asked for within the last second is as new as ever.
                parts.kept._known.clear()
                many = await statuses(*LIVE * 20)
                assert set(many) == {503}
                assert await statuses(HISTORY) == [200]
                assert (await api.get("/readyz")).status_code == 503
                assert (await api.get("/healthz")).status_code == 200
                assert await _told(listener) == AWAY
            finally:
                os.kill(pid, signal.SIGCONT)
            while (await api.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)
            assert await statuses(HISTORY, *LIVE) == [200] * 6
            # What is known again is said again.
            assert b"event: fleet" in await _told(listener)
    client.close()
    await parts.close()


async def _told(listener: Listener) -> bytes:
    await asyncio.wait_for(listener.due.wait(), 120)
    return listener.take()


def test_a_redis_that_takes_a_second_for_an_answer_lets_people_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Any machine may be slow besides.
    monkeypatch.setattr(connect, "REDIS_TIMEOUT_S", 30.0)
    with redis_server() as url:
        assert asyncio.run(_signing_in(url, late_s=1.0)) == [201] * 3


def test_a_redis_that_accepts_and_never_answers_lets_nobody_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connect, "REDIS_TIMEOUT_S", 5.0)
    with redis_server() as url:
        assert asyncio.run(_signing_in(url, late_s=3_600.0)) == [503] * 3


async def _signing_in(upstream: str, late_s: float) -> list[int]:
    """What three are told who sign in at the same time, the first of all that ask."""
    with redis.Redis.from_url(upstream, decode_responses=True) as client:
        town = Town(client)
        town.settle()
        _, token = town.token()
    async with edge(upstream, late_s) as (_, url):
        settings = Settings(redis=RedisSettings(url=url), cassandra=CassandraSettings(port=1))
        parts = Parts.of(settings)
        parts.now_ms = lambda: WALL
        transport = httpx.ASGITransport(make_app(settings, parts))
        async with httpx.AsyncClient(transport=transport, base_url="http://api", timeout=60) as api:
            body, own_page = {"token": token}, {"X-WattStream": "1"}
            told = await asyncio.gather(
                *(api.post("/v1/session", json=body, headers=own_page) for _ in range(3))
            )
        await parts.close()
    return [each.status_code for each in told]
