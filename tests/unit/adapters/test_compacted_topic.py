"""Compacted topics with entries that are none, against a broker played by librdkafka."""

import logging
from collections.abc import Iterator
from contextlib import closing

import pytest
from confluent_kafka import Producer
from msgspec import Struct

from adapters import compacted_topic
from adapters.compacted_topic import CompactedTopic
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.topics import meters
from exchange.importing.importer import Place
from exchange.importing.registry import registered
from services.bridge.registry import Registry
from tests.support.played_broker import played_broker

GOOD = b'{"geohash":"u33db","commodity":"gas","cadence_ms":%d,"solar_w":0,"export":false}'
BROKEN = (b"", b"{", b"\xff\xfe", b"[]", b"null", b'"text"', b'{"geohash":"u33db"}', b"[" * 5_000)


class Entry(Struct):
    geohash: str
    cadence_ms: int


@pytest.fixture(scope="module")
def broker() -> Iterator[Settings]:
    with played_broker() as settings:
        yield settings


def put(settings: Settings, *records: tuple[str | bytes, bytes | None]) -> None:
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
    for key, value in records:
        producer.produce(meters(settings).name, value, key, partition=0)
    assert producer.flush(30) == 0


@pytest.fixture
def settings(broker: Settings, request: pytest.FixtureRequest) -> Settings:
    """A registry of which the most is broken."""
    of_test = broker.model_copy(update={"namespace": request.node.name.removeprefix("test_")[:30]})
    put(of_test, ("m1", GOOD % 900_000), *(("m2", each) for each in BROKEN))
    put(of_test, ("m3", GOOD % 1_000), ("m3", None), (b"\xff", GOOD % 60_000), ("m4", GOOD % -1))
    return of_test


def test_what_is_no_entry_is_passed_over_and_the_rest_is_read(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.WARNING),
        closing(CompactedTopic[Entry](settings, meters(settings), Entry)) as topic,
    ):
        found = [
            (key, None if value is None else value.cadence_ms) for key, value, _ in topic.whole()
        ]
        assert topic.is_read_whole
        assert found == [
            *(("m1", 900_000), ("m3", 1_000), ("m3", None), ("\ufffd", 60_000), ("m4", -1)),
        ]
        assert len(caplog.records) == len(BROKEN)
        # What an entry says may be somebody's.
        assert "u33db" not in caplog.text
        assert list(topic.new()) == []
        put(settings, ("m5", GOOD % 7), ("m5", b"{"), ("m1", None))
        later: list[tuple[str, int | None]] = []
        while len(later) < 2:
            later += [
                (key, None if value is None else value.cadence_ms) for key, value, _ in topic.new()
            ]
        assert later == [("m5", 7), ("m1", None)]


def test_a_broken_registry_keeps_nobody_from_its_meters(settings: Settings) -> None:
    assert registered(settings) == {
        "m1": Place("u33db", "gas", 900_000, "register"),
        "\ufffd": Place("u33db", "gas", 60_000, "register"),
        "m4": Place("u33db", "gas", None, "register"),
    }
    registry = Registry(settings)
    assert set(registry.places) == {"m1", "\ufffd"}
    put(settings, ("m1", None), ("m2", GOOD % 1_000))
    while "m2" not in registry.places:
        for change in registry.changes():
            registry.take(change)
    assert set(registry.places) == {"m2", "\ufffd"}
    registry.close()


def test_a_broker_that_says_nothing_is_not_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacted_topic, "SILENT_S", 0.1)
    topic = CompactedTopic[Entry](settings, meters(settings), Entry)
    monkeypatch.setattr(topic._topic, "records", lambda _: iter(()))
    with closing(topic), pytest.raises(OperationError, match=r"1 of 4 partitions .* not read"):
        list(topic.whole())
