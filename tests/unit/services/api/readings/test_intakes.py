"""Intakes begin when somebody sends readings, and know what is in the log: with a broker played by
librdkafka."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from confluent_kafka import OFFSET_BEGINNING, Producer

from adapters import readings_writer
from adapters.kept_records import ends_of, reader, until
from contracts.errors import OperationError
from contracts.reading import HEARTBEAT, ID_HEADER
from contracts.settings import Settings
from contracts.topics import readings
from services.api.problems import ProblemError
from services.api.readings import intakes
from services.api.readings.intake import Intake
from services.api.readings.intakes import Intakes
from services.api.readings.known import WRITER, OtherBodyError
from tests.support.played_broker import played_broker
from tests.unit.services.api.readings.played_log import PlayedLog
from tests.unit.services.api.readings.test_intake import LINES, TOKEN, lines

PARTITIONS = 4


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A broker whose topic of readings is there."""
    # The one that is played does not say what its topics are like, nor when a record came.
    monkeypatch.setattr(readings_writer, "stamped_by", lambda *_: "LogAppendTime")
    monkeypatch.setattr(intakes, "came_from", lambda *_: [0] * PARTITIONS)
    with played_broker() as settings:
        producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
        producer.produce(readings(settings).name, HEARTBEAT, partition=0)
        assert producer.flush(30) == 0
        yield settings


def ids(settings: Settings) -> Counter[bytes]:
    """How often each id is in the log."""
    topic = readings(settings)
    ends = ends_of(settings, topic)
    consumer = reader(settings, topic, [OFFSET_BEGINNING] * len(ends))
    try:
        return Counter(
            value
            for message in until(consumer, ends, settings, topic)
            for name, value in message.headers() or []
            if name == ID_HEADER and isinstance(value, bytes)
        )
    finally:
        consumer.close()


def test_an_api_that_begins_anew_knows_what_the_one_before_it_wrote(broker: Settings) -> None:
    async def life() -> None:
        known = Intakes()
        intake = await known.of(broker)
        assert await intake.take(TOKEN, "k", b"a", lines()) == LINES
        with pytest.raises(OtherBodyError):
            await intake.take(TOKEN, "k", b"b", lines())
        await known.close()

    for _ in range(3):
        asyncio.run(life())
    found = ids(broker)
    assert len(found) == LINES
    assert set(found.values()) == {1}


def test_a_namespace_has_one_intake_and_a_broken_one_is_begun_anew() -> None:
    log = PlayedLog()

    async def run() -> None:
        known = Intakes(log.begin)
        first, second, other = await asyncio.gather(
            *(known.of(Settings(namespace=name)) for name in ("a", "a", "b"))
        )
        assert first is second is not other
        await asyncio.to_thread(first.close)
        assert await known.of(Settings(namespace="a")) is not first
        await known.close()

    asyncio.run(run())
    assert sorted(log.begun) == ["a", "a", "b"]


def test_one_that_takes_long_to_begin_goes_on_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intakes, "BEGIN_S", 0.05)
    log = PlayedLog()

    def slow(settings: Settings) -> Intake:
        time.sleep(0.3)
        return log.begin(settings)

    async def run() -> None:
        known = Intakes(slow)
        with pytest.raises(ProblemError) as problem:
            await known.of(Settings(namespace="a"))
        assert problem.value.headers["Retry-After"] == "5"
        monkeypatch.setattr(intakes, "BEGIN_S", 60.0)
        await known.of(Settings(namespace="a"))
        await known.close()

    asyncio.run(run())
    assert log.begun == ["a"]


def test_one_that_cannot_begin_is_tried_again() -> None:
    log = PlayedLog()
    problems = [OperationError("there is no topic"), None]

    def begin(settings: Settings) -> Intake:
        if (problem := problems.pop(0)) is not None:
            raise problem
        return log.begin(settings)

    async def run() -> None:
        known = Intakes(begin)
        with pytest.raises(ProblemError) as refused:
            await known.of(Settings(namespace="a"))
        assert refused.value.status == 503
        assert await known.of(Settings(namespace="a"))
        await known.close()

    asyncio.run(run())


def test_a_namespace_whose_producers_stamp_arrivals_takes_none(
    broker: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings_writer, "stamped_by", lambda *_: "CreateTime")

    async def run() -> None:
        known = Intakes()
        with pytest.raises(ProblemError) as refused:
            await known.of(broker)
        assert refused.value.status == 409
        assert "LogAppendTime" in refused.value.details.detail
        await known.close()

    asyncio.run(run())
    assert not ids(broker)


def test_so_far_back_the_log_is_read_and_who_cannot_read_it_lets_its_writer_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    closed: list[float] = []

    def from_time(_: Settings, at_ms: int) -> list[int]:
        asked.append(at_ms)
        return [7]

    class Writer:
        def __init__(self, _: Settings) -> None:
            pass

        def records_of_before(self, name: str, since: list[int]) -> None:
            assert (name, since) == (WRITER, [7])
            raise OperationError("enough")

        def close(self, within_s: float) -> None:
            closed.append(within_s)

    monkeypatch.setattr(intakes, "ReadingsWriter", Writer)
    monkeypatch.setattr(intakes, "came_from", from_time)
    with pytest.raises(OperationError, match="enough"):
        intakes.begin(Settings())
    assert abs(time.time() * 1_000 - 3_600_000 - asked[0]) < 60_000
    assert closed == [0.0]
