"""The registry of meters in the log of readings, through a real broker."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from confluent_kafka import Producer

from adapters.connect import kafka_config
from adapters.kept_records import kept
from contracts import topics
from contracts.reading import INGEST_HEADER
from contracts.settings import Settings
from contracts.topics import partition_of
from services.ingest.ingest import ingest
from tests.support.namespaces import fresh_topics

PATIENCE_S = 240.0
QUIET_S = 2.0


@pytest.fixture
def empty(broker: Settings) -> Iterator[Settings]:
    shared = broker.model_copy(update={"readings_timestamp_type": "LogAppendTime"})
    with fresh_topics(shared, "ingest_test") as settings:
        yield settings


@contextmanager
def announcing(settings: Settings) -> Iterator[None]:
    stop = threading.Event()
    service = threading.Thread(
        target=ingest, args=(settings, stop), kwargs={"only_this_namespace": True}
    )
    service.start()
    try:
        yield
    finally:
        stop.set()
        service.join()


def register(settings: Settings, entries: dict[str, dict[str, Any] | None]) -> None:
    producer = Producer(kafka_config(settings))
    for meter_id, entry in entries.items():
        value = None if entry is None else orjson.dumps(entry)
        producer.produce(topics.meters(settings).name, value, meter_id)
    assert producer.flush(120) == 0


def announced(settings: Settings) -> list[dict[str, Any]]:
    """All announcements, partition by partition."""
    topic = topics.readings(settings)
    found = []
    for message in sorted(kept(settings, topic), key=lambda each: each.partition() or 0):
        value, key = message.value(), message.key()
        assert isinstance(value, bytes) and isinstance(key, bytes)
        said: dict[str, Any] = orjson.loads(value)["meter"]
        assert said["meter_id"] == key.decode()
        assert partition_of(said["meter_id"], topic.partitions) == message.partition()
        assert [name for name, _ in message.headers() or []] == [INGEST_HEADER]
        found.append(said)
    return found


def wait_for(settings: Settings, number: int) -> list[dict[str, Any]]:
    """All announcements once there are so many, and no more for a while."""
    deadline = time.monotonic() + PATIENCE_S
    while len(announced(settings)) < number and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(QUIET_S)
    found = announced(settings)
    assert len(found) == number
    return found


ENTRY = {"geohash": "gcpuyj2k41vd", "commodity": "electricity", "feeder": "f1"}


def test_what_the_registry_says_is_in_the_log_once_whoever_restarts(empty: Settings) -> None:
    register(empty, {f"m{number}": ENTRY for number in range(40)})
    with announcing(empty):
        found = wait_for(empty, 40)
        assert {each["meter_id"] for each in found} == {f"m{number}" for number in range(40)}
        for each in found:
            assert each == {**ENTRY, "meter_id": each["meter_id"], "removed": False}
        register(empty, {"m1": {**ENTRY, "feeder": "f2"}, "m2": None, "m3": ENTRY})
        wait_for(empty, 42)
    register(empty, {"m4": None, "m5": ENTRY})
    with announcing(empty):
        found = wait_for(empty, 43)
    latest = {each["meter_id"]: each for each in found}
    assert latest["m1"]["feeder"] == "f2"
    assert {meter for meter, each in latest.items() if each["removed"]} == {"m2", "m4"}


def test_where_producers_stamp_arrivals_nobody_else_writes(broker: Settings) -> None:
    with fresh_topics(broker, "ingest_test") as settings:
        register(settings, {"m1": ENTRY})
        with announcing(settings):
            assert wait_for(settings, 0) == []
