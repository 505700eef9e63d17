"""A Redis that hangs is waited for by one, and not by everybody in turn."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
import redis
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import AuthenticationError, RedisError

from adapters import connect, redis_pool
from adapters.connect import async_redis_client
from adapters.redis_pool import PatientPool
from contracts.settings import RedisSettings
from tests.support.redis_edge import edge
from tests.support.redis_server import redis_server


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a Redis of this test alone, for which a client has few connections."""
    monkeypatch.setattr(connect, "REDIS_CONNECTIONS", 4)
    monkeypatch.setattr(connect, "REDIS_WAIT_S", 60.0)
    monkeypatch.setattr(connect, "REDIS_TIMEOUT_S", 5.0)
    with redis_server() as url:
        yield url


@contextmanager
def hanging(url: str) -> Iterator[None]:
    """It takes connections, and does nothing else."""
    with redis.Redis.from_url(url) as client:
        pid = int(client.info("server")["process_id"])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
    assert psutil.pid_exists(pid)


def counted(pool: PatientPool, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Who has been let through to a connection since."""
    through: list[object] = []
    before = BlockingConnectionPool.ensure_connection

    async def ensure(self: PatientPool, connection: object) -> None:
        through.append(connection)
        await before(self, connection)  # type: ignore[arg-type]

    monkeypatch.setattr(BlockingConnectionPool, "ensure_connection", ensure)
    assert isinstance(pool, PatientPool)
    return through


def test_who_comes_while_redis_hangs_is_told_so_at_once(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        client = async_redis_client(RedisSettings(url=url))
        await client.ping()
        through = counted(client.connection_pool, monkeypatch)  # type: ignore[arg-type]
        monkeypatch.setattr(redis_pool, "AWAY_S", 3_600.0)
        with hanging(url):
            # Four have a connection, and the others wait for one of theirs.
            told = await asyncio.gather(*(client.ping() for _ in range(50)), return_exceptions=True)
            assert all(isinstance(each, RedisError) for each in told)
            assert len(through) == 4
            for _ in range(20):
                with pytest.raises(RedisError):
                    await client.ping()
            assert len(through) == 4
            # When the time is over, one tries.
            monkeypatch.setattr(redis_pool, "AWAY_S", 0.0)
            told = await asyncio.gather(*(client.ping() for _ in range(50)), return_exceptions=True)
            assert all(isinstance(each, RedisError) for each in told)
            assert len(through) == 5
        assert await client.ping()
        assert all(await asyncio.gather(*(client.ping() for _ in range(50))))
        await client.aclose()

    asyncio.run(run())


def test_who_gives_up_says_nothing_of_redis(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "REDIS_TIMEOUT_S", 60.0)

    async def run() -> None:
        client = async_redis_client(RedisSettings(url=url))
        await client.ping()
        waiting = asyncio.ensure_future(client.execute_command("BLPOP", "nothing", 50))  # type: ignore[no-untyped-call]
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await client.ping()
        await client.aclose()

    asyncio.run(run())


def test_a_redis_that_is_there_again_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redis_pool, "AWAY_S", 0.0)

    async def run() -> None:
        with redis_server() as url:
            client = async_redis_client(RedisSettings(url=url))
            await asyncio.gather(*(client.ping() for _ in range(20)))
        for _ in range(3):
            with pytest.raises(RedisError):
                await client.ping()
        with redis_server(int(url.rpartition(":")[2].partition("/")[0])):
            assert all(await asyncio.gather(*(_asked(client) for _ in range(20))))
        await client.aclose()

    async def _asked(client: "redis.asyncio.Redis") -> bool:
        for _ in range(6_000):
            try:
                return bool(await client.ping())
            except RedisError:
                await asyncio.sleep(0.01)
        return False

    asyncio.run(run())


def test_one_that_answers_after_a_second_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    # Any machine may be slow besides.
    monkeypatch.setattr(connect, "REDIS_TIMEOUT_S", 30.0)

    async def run(upstream: str) -> None:
        async with edge(upstream, late_s=1.0) as (_, url):
            client = async_redis_client(RedisSettings(url=url))
            assert await client.ping()
            # Some of them connect first, which takes an answer more.
            assert all(await asyncio.gather(*(client.ping() for _ in range(5))))
            await client.aclose()

    with redis_server() as upstream:
        asyncio.run(run(upstream))


def test_who_connects_waits_for_one_answer_and_no_more(url: str) -> None:
    async def run() -> None:
        async with edge(url) as (between, through):
            client = async_redis_client(RedisSettings(url=through))
            assert await client.ping()
            assert [piece.split(b"\r\n")[2] for piece in between.asked] == [b"HELLO", b"PING"]
            await client.aclose()

    asyncio.run(run())


def test_one_that_accepts_and_never_answers_is_away_and_found_again(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with edge(url) as (between, through):
            between.dead = True
            client = async_redis_client(RedisSettings(url=through))
            with pytest.raises(RedisError, match="Timeout"):
                await client.ping()
            monkeypatch.setattr(redis_pool, "AWAY_S", 3_600.0)
            connections = len(between.seen)
            told = await asyncio.gather(*(client.ping() for _ in range(50)), return_exceptions=True)
            assert {str(each) for each in told} == {"Redis has not answered just before"}
            assert len(between.seen) == connections
            monkeypatch.setattr(redis_pool, "AWAY_S", 0.0)
            between.dead = False
            assert await client.ping()
            assert all(await asyncio.gather(*(client.ping() for _ in range(50))))
            await client.aclose()

    asyncio.run(run())


@pytest.mark.parametrize("connected", [False, True])
def test_who_waits_in_vain_while_others_are_answered_says_nothing_of_redis(
    url: str, monkeypatch: pytest.MonkeyPatch, connected: bool
) -> None:
    monkeypatch.setattr(redis_pool, "AWAY_S", 3_600.0)

    async def run() -> None:
        async with edge(url) as (between, through):
            client = async_redis_client(RedisSettings(url=through))
            if connected:
                await client.ping()
            between.mute.add(0)
            asked = len(between.asked)
            waiting = asyncio.ensure_future(client.ping())
            while len(between.asked) == asked:
                await asyncio.sleep(0.01)
            assert await client.ping()
            with pytest.raises(RedisError, match="Timeout"):
                await waiting
            assert await client.ping()
            await client.aclose()

    asyncio.run(run())


def test_a_connection_that_is_cut_says_nothing_of_redis(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_pool, "AWAY_S", 3_600.0)
    monkeypatch.setattr(connect, "REDIS_TIMEOUT_S", 60.0)

    async def run() -> None:
        async with edge(url) as (between, through):
            client = async_redis_client(RedisSettings(url=through))
            await client.ping()
            between.mute.add(0)
            asked = len(between.asked)
            waiting = asyncio.ensure_future(client.ping())
            while len(between.asked) == asked:
                await asyncio.sleep(0.01)
            between.seen[0].transport.abort()
            with pytest.raises(RedisError):
                await waiting
            assert await client.ping()
            await client.aclose()

    asyncio.run(run())


def test_one_that_refuses_a_password_is_not_away(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_pool, "AWAY_S", 3_600.0)

    async def run() -> None:
        client = async_redis_client(RedisSettings(url=url.replace("://", "://nobody:wrong@")))
        for _ in range(3):
            with pytest.raises(AuthenticationError):
                await client.ping()
        await client.aclose()

    asyncio.run(run())
