"""Both stores are asked the same questions, and answer the same."""

import asyncio
import re
from collections.abc import Iterator, Sequence

import pytest
import redis
from redis import RedisError, ResponseError

from adapters import connect
from adapters import live_questions as ask
from adapters.live_questions import Known, Question
from adapters.live_store import AsyncLiveStore, LiveStore
from contracts.digest import clock_key, registry_key
from contracts.live import live_key
from contracts.notes import notes_key
from contracts.settings import PROJECT, RedisSettings
from tests.support.redis_edge import edge
from tests.support.redis_server import free_port, redis_server
from tests.unit.services.api.town import (
    AREA,
    FEEDER,
    GAS,
    MINE,
    NAMESPACE,
    NEIGHBOURS,
    OUTAGE,
    STREAM,
    UNANNOUNCED,
    Town,
)

N = NAMESPACE


@pytest.fixture(scope="module")
def settings() -> Iterator[RedisSettings]:
    # As long as a busy machine takes.
    with redis_server() as url, pytest.MonkeyPatch.context() as patched:
        patched.setattr(connect, "REDIS_TIMEOUT_S", 60.0)
        patched.setattr(connect, "REDIS_WAIT_S", 60.0)
        yield RedisSettings(url=url)


@pytest.fixture
def town(settings: RedisSettings) -> Town:
    town = Town(redis.Redis.from_url(settings.url, decode_responses=True))
    town.settle()
    return town


EVERYONE = (MINE, NEIGHBOURS, GAS, UNANNOUNCED, "unknown")

QUESTIONS: list[Question[object]] = [
    ask.clock(N),
    ask.newest_slice(N),
    ask.fleet(N),
    ask.totals(N, "electricity"),
    ask.groups(N, "area", "electricity"),
    ask.some_groups(N, "feeder", "electricity", [FEEDER, "none"]),
    ask.some_groups(N, "feeder", "electricity", []),
    ask.rollups(N, "electricity", 2),
    ask.some_rollups(N, "electricity", 3, ["gcp"]),
    ask.known(N, MINE),
    ask.known(N, "unknown"),
    ask.entries(N, [MINE, UNANNOUNCED]),
    ask.entries(N, []),
    ask.meter_ids(N, most=10),
    ask.customers_meters(N, "c-mine"),
    ask.meters_of_area(N, "electricity", AREA),
    ask.live_meters(N, "electricity", AREA, [MINE, "unknown"]),
    ask.live_meter(N, "gas", AREA, GAS),
    ask.largest(N, "electricity", "power"),
    ask.largest(N, "electricity", "register"),
    ask.alerts(N),
    ask.alert(N, OUTAGE),
    ask.alert(N, "unknown"),
    ask.alerts_time_ms(N),
    ask.alerts_part(N, 0, 100),
    ask.some_alerts(N, [OUTAGE, "unknown"]),
    ask.some_alerts(N, []),
    ask.last_alert_change(N),
    ask.last_alert_change("none"),
    ask.alert_changes(N, ask.NO_CHANGE),
    ask.alert_changes("none", ask.NO_CHANGE),
    ask.all_groups(N, "area"),
    ask.all_largest(N),
    ask.first_meters(N, "electricity", AREA, 2),
    ask.notes(N, [OUTAGE, "unknown"]),
    ask.notes(N, []),
]


def test_who_waits_is_told_the_same_as_who_does_not(
    settings: RedisSettings,
    town: Town,  # noqa: ARG001
) -> None:
    async def asked() -> list[object]:
        async with AsyncLiveStore(settings) as live:
            return list(await asyncio.gather(*map(live.ask, QUESTIONS)))

    with LiveStore(settings) as live:
        assert [live.ask(each) for each in QUESTIONS] == asyncio.run(asked())


def test_what_is_known_of_a_meter(settings: RedisSettings, town: Town) -> None:
    with LiveStore(settings) as live:
        mine = live.ask(ask.known(N, MINE))
        assert (mine.anything, mine.main, mine.area("electricity")) == (True, "electricity", AREA)
        assert mine.area("gas") == AREA
        unannounced = live.ask(ask.known(N, UNANNOUNCED))
        assert (unannounced.main, unannounced.area("gas")) == ("electricity", None)
        assert not live.ask(ask.known(N, "unknown")).anything
        # What somebody else put there may be anything.
        town.client.hset(registry_key(N), MINE, '{"geohash": 7}')
        assert live.ask(ask.known(N, MINE)).entry is None
        town.client.sadd(notes_key(N, OUTAGE), "[]")
        assert len(live.ask(ask.notes(N, [OUTAGE]))[OUTAGE]) == 1


def test_ids_come_in_their_order_by_prefix(settings: RedisSettings, town: Town) -> None:
    with LiveStore(settings) as live:
        everyone = sorted([MINE, NEIGHBOURS, GAS, UNANNOUNCED])
        assert live.ask(ask.meter_ids(N, most=10)) == everyone
        assert live.ask(ask.meter_ids(N, most=2)) == everyone[:2]
        assert live.ask(ask.meter_ids(N, after=everyone[1], most=10)) == everyone[2:]
        assert live.ask(ask.meter_ids(N, prefix="home-n", most=10)) == [NEIGHBOURS]
        assert live.ask(ask.meter_ids(N, prefix="home-n", after="a", most=10)) == [NEIGHBOURS]
        assert live.ask(ask.meter_ids(N, prefix="home-n", after=NEIGHBOURS, most=10)) == []
        town.client.set(f"{N}:newest:areas:gas", STREAM + 1)
        assert live.ask(ask.newest_slice(N)) == STREAM + 1


def test_what_is_asked_in_one_turn_goes_together(settings: RedisSettings, town: Town) -> None:
    async def run() -> None:
        async with (
            edge(settings.url) as (between, url),
            AsyncLiveStore(RedisSettings(url=url)) as live,
        ):
            await live.client.ping()
            before = len(between.asked)
            answers = await asyncio.gather(*(live.ask(ask.known(N, each)) for each in EVERYONE))
            assert [each.anything for each in answers] == [True, True, True, True, False]
            assert len(between.asked) == before + 1

    assert town.client.exists(registry_key(N))
    asyncio.run(run())


def test_a_command_that_is_refused_is_nobody_elses(settings: RedisSettings, town: Town) -> None:
    def read(answers: Sequence[object]) -> object:
        return answers

    async def asked() -> list[object]:
        async with AsyncLiveStore(settings) as live:
            wrong = Question((("GET", clock_key(N)), ("GET", registry_key(N))), read)
            return await asyncio.gather(
                *(live.ask(each) for each in (ask.known(N, MINE), wrong, ask.known(N, GAS))),
                return_exceptions=True,
            )

    assert town.client.exists(registry_key(N))
    mine, refused, gas = asyncio.run(asked())
    assert isinstance(refused, ResponseError)
    assert isinstance(mine, Known) and mine.main == "electricity"
    assert isinstance(gas, Known) and gas.main == "gas"


def test_who_asks_and_goes_takes_nobody_along(settings: RedisSettings, town: Town) -> None:
    async def asked() -> Known:
        async with AsyncLiveStore(settings) as live:
            first = asyncio.ensure_future(live.ask(ask.known(N, GAS)))
            second = asyncio.ensure_future(live.ask(ask.known(N, MINE)))
            await asyncio.sleep(0)
            first.cancel()
            return await second

    assert town.client.exists(registry_key(N))
    assert asyncio.run(asked()).main == "electricity"


def test_all_who_ask_together_are_told_that_redis_is_away() -> None:
    async def asked() -> list[object]:
        async with AsyncLiveStore(RedisSettings(url=f"redis://127.0.0.1:{free_port()}/0")) as live:
            questions = [ask.known(N, each) for each in EVERYONE]
            return await asyncio.gather(*map(live.ask, questions), return_exceptions=True)

    assert all(isinstance(each, RedisError) for each in asyncio.run(asked()))


def test_many_may_ask_at_a_time(settings: RedisSettings, town: Town) -> None:
    async def asked() -> int:
        async with AsyncLiveStore(settings) as live:
            answers = await asyncio.gather(*(live.ask(ask.known(N, MINE)) for _ in range(500)))
            return sum(each.anything for each in answers)

    assert town.client.exists(registry_key(N))
    assert asyncio.run(asked()) == 500


EXAMPLES = re.findall(
    r"```python\n(.*?)```", (PROJECT / "docs" / "reading-data.md").read_text(), re.DOTALL
)[:2]
"""Those that need Redis alone: by typed questions, and by a client of Redis."""


@pytest.mark.parametrize("number", [0, 1])
def test_the_examples_of_the_documents_run(
    settings: RedisSettings, town: Town, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    for key in map(str, town.client.keys(f"{N}:*")):
        town.client.rename(key, key.replace(N, "demo", 1))
    for key in (f"demo:live:electricity:{AREA}", "demo:places:electricity"):
        town.client.hset(key, "MAC000014", str(town.client.hget(key, MINE)))
    text = EXAMPLES[number].replace("redis://127.0.0.1:16379/0", settings.url)
    # Where the stack is, settings say.
    text = text.replace("settings.redis)", f"type(settings.redis)(url={settings.url!r}))")

    exec(compile(text, "docs/reading-data.md", "exec"), {})

    told = capsys.readouterr().out
    assert "438.0" in told and "876.0" in told


def test_what_a_terminal_shows_is_of_all_commodities(settings: RedisSettings, town: Town) -> None:
    town.client.hset(f"{N}:areas:gas", AREA, str(town.client.hget(f"{N}:areas:electricity", AREA)))
    with LiveStore(settings) as live:
        areas = live.ask(ask.all_groups(N, "area"))
        assert set(areas) == {("electricity", AREA), ("electricity", "gcpuz"), ("gas", AREA)}
        assert list(live.ask(ask.all_largest(N))) == ["electricity"]
        first = live.ask(ask.first_meters(N, "electricity", AREA, 2))
        assert len(first) == 2
        assert first == live.ask(ask.live_meters(N, "electricity", AREA, list(first)))


def test_some_meters_of_a_large_area_are_the_same_ones_each_time(
    settings: RedisSettings, town: Town
) -> None:
    key = live_key(N, "electricity", AREA)
    value = str(town.client.hget(key, MINE))
    town.client.hset(key, mapping={f"m{n}": value for n in range(3_000)})
    with LiveStore(settings) as live:
        found = [list(live.ask(ask.first_meters(N, "electricity", AREA, 10))) for _ in range(3)]
    assert len(found[0]) == 10
    assert found[0] == found[1] == found[2]
