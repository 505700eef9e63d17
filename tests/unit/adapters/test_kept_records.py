"""Whoever reads what a topic has does not wait for a broker that is gone."""

import socket

import pytest
from confluent_kafka import Producer

from adapters import kept_records
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.topics import alerts
from tests.support.played_broker import played_broker


def test_a_broker_that_goes_away_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_records, "SILENT_S", 0.1)
    with socket.socket() as taken:
        # A port on which nobody listens.
        taken.bind(("127.0.0.1", 0))
        settings = Settings(namespace="demo", kafka_bootstrap=f"127.0.0.1:{taken.getsockname()[1]}")
        topic = alerts(settings)
        ends = [3, 0, 5, 0]
        # Where they end is known: it was there a moment ago.
        monkeypatch.setattr(kept_records, "partitions_there", lambda *_: len(ends))
        monkeypatch.setattr(kept_records, "topic_ends", lambda *_: ends)

        with pytest.raises(
            OperationError,
            match=r"nothing for 0\.1 s, and 2 of 4 partitions of demo\.alerts .* `wattstream up`",
        ):
            list(kept_records.kept(settings, topic))


def test_all_partitions_that_there_are_are_read_whatever_the_settings_say() -> None:
    with played_broker() as settings:
        topic = alerts(settings.model_copy(update={"readings_partitions": 1}))
        producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
        producer.produce(topic.name, b"told", b"an alert", 3)
        assert producer.flush(120) == 0

        assert kept_records.ends_of(settings, topic) == [0, 0, 0, 1]
        (message,) = kept_records.kept(settings, topic)

    assert message.value() == b"told"


def test_a_topic_that_is_not_there_is_told_with_the_way_to_make_it() -> None:
    with (
        played_broker() as settings,
        pytest.raises(OperationError, match=r"no topic wattstream\.alerts: .* provision"),
    ):
        kept_records.ends_of(settings, alerts(settings))
