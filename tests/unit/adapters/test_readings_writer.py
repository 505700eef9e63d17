"""Readings on their way into the log, and what is found of them again, with a broker played by
librdkafka."""

import time
from collections.abc import Iterator
from functools import partial

import orjson
import pytest
from confluent_kafka import OFFSET_BEGINNING, Message, Producer

from adapters import readings_writer
from adapters.kept_records import ends_of, kept, reader, until
from adapters.own_records import OwnRecord, own_records
from adapters.readings_writer import ReadingsWriter, Stored, refuse_producers_time
from contracts.errors import OperationError
from contracts.reading import HEARTBEAT, ID_HEADER, Reading
from contracts.settings import Settings
from contracts.topics import partition_of, readings, unmapped
from tests.support.played_broker import played_broker

PARTITIONS = 4
METERS = ("kitchen", "cellar", "roof", "garage", "shed")
PLAYED_ARRIVAL_MS = 1_234
"""How the broker that is played says that it has stamped a record."""
NOW_MS = 1_790_000_000_000


@pytest.fixture(scope="module")
def broker() -> Iterator[Settings]:
    """A broker whose topic of readings is there."""
    with played_broker() as settings:
        _seed(settings)
        yield settings


def _seed(settings: Settings) -> None:
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
    producer.produce(readings(settings).name, HEARTBEAT, partition=0)
    producer.produce(unmapped(settings).name, b"", partition=0)
    assert producer.flush(30) == 0


@pytest.fixture
def settings(broker: Settings, request: pytest.FixtureRequest) -> Settings:
    """A namespace of its own for each test."""
    of_test = broker.model_copy(update={"namespace": request.node.name.removeprefix("test_")[:30]})
    _seed(of_test)
    return of_test


@pytest.fixture(autouse=True)
def _stamped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker that is played does not say what its topics are like."""
    monkeypatch.setattr(readings_writer, "stamped_by", lambda *_: "LogAppendTime")


def _reading(meter_id: str, seq: int = 1) -> Reading:
    return Reading(meter_id, "u33db", "electricity", NOW_MS, seq, 1.5, 40.0)


def _log(settings: Settings) -> list[Message]:
    topic = readings(settings)
    ends = [0] * PARTITIONS
    for n, end in enumerate(ends_of(settings, topic)):
        ends[n] = end
    consumer = reader(settings, topic, [OFFSET_BEGINNING] * PARTITIONS)
    try:
        return list(until(consumer, ends, settings, topic))
    finally:
        consumer.close()


def test_a_reading_is_stored_where_its_meter_belongs_and_the_caller_is_told_where(
    settings: Settings,
) -> None:
    writer = ReadingsWriter(settings)
    told: dict[str, Stored] = {}
    for meter_id in METERS:
        writer.write(_reading(meter_id), f"w/{meter_id}", partial(told.__setitem__, meter_id))
    assert writer.flush(30) == 0

    assert {meter_id: at.partition for meter_id, at in told.items()} == {
        meter_id: partition_of(meter_id, PARTITIONS) for meter_id in METERS
    }
    by_place = {(each.partition(), each.offset()): each for each in _log(settings)}
    for meter_id, at in told.items():
        record = by_place[at.partition, at.offset]
        assert record.key() == meter_id.encode()
        assert record.headers() == [(ID_HEADER, f"w/{meter_id}".encode())]
        assert at.arrival_ms == PLAYED_ARRIVAL_MS
        assert orjson.loads(record.value() or b"") == {
            "meter_id": meter_id,
            "geohash": "u33db",
            "commodity": "electricity",
            "ts": NOW_MS,
            "seq": 1,
            "register": 1.5,
            "demand": 40.0,
        }


def test_a_writer_finds_its_own_records_from_an_offset_on_and_no_other_ones(
    settings: Settings,
) -> None:
    writer = ReadingsWriter(settings)
    places: list[Stored] = []
    for seq in range(5):
        writer.write(_reading("kitchen", seq), f"bridge/home/{seq}", places.append)
        writer.write(_reading("kitchen", seq), f"bridge/homestead/{seq}")
        writer.pass_time(everywhere=True)
    assert writer.flush(30) == 0
    partition = partition_of("kitchen", PARTITIONS)
    since = [0] * PARTITIONS
    since[partition] = places[2].offset

    found = list(own_records(settings, "bridge/home/", since))

    assert found == [
        OwnRecord(partition, places[seq].offset, f"bridge/home/{seq}", found[seq - 2].value)
        for seq in (2, 3, 4)
    ]
    assert [orjson.loads(each.value)["seq"] for each in found] == [2, 3, 4]


def test_what_a_writer_of_before_had_on_its_way_is_there_before_it_is_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ReadingsWriter(settings)
    before.write(_reading("kitchen"), "w/1")
    assert before.flush(30) == 0

    found = ReadingsWriter(settings).records_of_before("w/", [0] * PARTITIONS)
    # Already now, before one is taken.
    beats = {each.partition() for each in _log(settings) if each.value() == HEARTBEAT}
    assert beats == set(range(PARTITIONS))
    assert [each.record_id for each in found] == ["w/1"]

    monkeypatch.setattr(readings_writer, "ends_of", lambda *_: [0] * PARTITIONS)
    monkeypatch.setattr(readings_writer, "FENCE_S", 0.1)
    away = ReadingsWriter(Settings(kafka_bootstrap="127.0.0.1:1"))
    with pytest.raises(OperationError, match="does not take a heartbeat"):
        away.records_of_before("w/", [0] * PARTITIONS)
    away.close(0.1)


def test_a_checkpoint_of_a_topic_that_was_emptied_hides_nothing(settings: Settings) -> None:
    writer = ReadingsWriter(settings)
    writer.write(_reading("kitchen"), "w/1")
    assert writer.flush(30) == 0

    found = list(own_records(settings, "w/", [1_000] * PARTITIONS))

    assert [each.record_id for each in found] == ["w/1"]


def test_time_goes_on_where_nothing_was_written_for_a_second(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock_s = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock_s[0])
    writer = ReadingsWriter(settings)
    writer.write(_reading("kitchen"), "w/1")
    clock_s[0] += 0.9
    writer.pass_time()
    writer.pass_time()
    assert writer.flush(30) == 0

    beats = [each.partition() for each in _log(settings) if each.value() == HEARTBEAT]

    own = partition_of("kitchen", PARTITIONS)
    # One in partition 0 was there before.
    assert sorted(beats) == sorted([0, *(set(range(PARTITIONS)) - {own})])


def test_a_sole_writers_time_never_goes_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings_writer, "stamped_by", lambda *_: "CreateTime")
    monkeypatch.setattr(readings_writer, "_newest_ms", lambda *_: NOW_MS)
    clock_ms = iter([NOW_MS - 5_000, NOW_MS + 7, NOW_MS + 3])
    monkeypatch.setattr(time, "time_ns", lambda: next(clock_ms) * 1_000_000)
    writer = ReadingsWriter(settings, sole_writer=True)
    for seq in range(3):
        writer.write(_reading("kitchen", seq), f"w/{seq}")
    assert writer.flush(30) == 0

    own = [each for each in _log(settings) if each.key() == b"kitchen"]
    assert [each.timestamp()[1] for each in own] == [NOW_MS, NOW_MS + 7, NOW_MS + 7]


def test_a_topic_with_producers_time_is_refused_with_the_ways_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings_writer, "stamped_by", lambda *_: "CreateTime")

    with pytest.raises(OperationError, match=r"CreateTime.*LogAppendTime.*sole writer"):
        ReadingsWriter(settings)

    refuse_producers_time(settings, "CreateTime", sole_writer=True)
    refuse_producers_time(settings, "LogAppendTime", sole_writer=False)


def test_a_payload_goes_byte_for_byte_to_a_topic_of_its_own(settings: Settings) -> None:
    writer = ReadingsWriter(settings)
    told: list[Stored] = []
    topic = unmapped(settings)
    writer.put(topic, "tele/plug", b"\x00{", {"reason": b"not_json"}, told.append)
    assert writer.flush(30) == 0

    assert len(told) == 1
    (record,) = (each for each in kept(settings, topic) if each.key() == b"tele/plug")
    assert record.value() == b"\x00{"
    assert record.headers() == [("reason", b"not_json")]


def test_what_kafka_refuses_is_told_and_never_counts_as_stored(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the topic had been made again with fewer partitions.
    monkeypatch.setattr(readings_writer, "ends_of", lambda *_: [0] * 64)
    writer = ReadingsWriter(settings)
    there = next(m for m in map(str, range(999)) if partition_of(m, 64) < PARTITIONS)
    gone = next(m for m in map(str, range(999)) if partition_of(m, 64) >= PARTITIONS)
    told: list[str] = []
    writer.write(_reading(there), "w/1", lambda _: told.append(there))
    writer.write(_reading(gone), "w/2", lambda _: told.append(gone))

    with pytest.raises(OperationError, match=r"partition"):
        writer.flush(30)
    assert told == [there]


def test_a_writer_that_is_closed_writes_no_more_behind_the_back_of_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readings_writer, "ends_of", lambda *_: [0] * PARTITIONS)
    nobody = Settings(kafka_bootstrap="127.0.0.1:1")
    writer = ReadingsWriter(nobody)
    told: list[Stored] = []
    writer.write(_reading("kitchen"), "w/1", told.append)

    assert writer.close(0.1) == 1

    assert len(writer) == 0
    assert told == []
    assert writer.close(0.1) == 0
