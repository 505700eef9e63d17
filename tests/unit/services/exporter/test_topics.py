"""How far topics go and why messages were rejected, with a broker that librdkafka plays."""

import time
from collections.abc import Iterator
from typing import ClassVar

import pytest
from confluent_kafka import Producer, TopicPartition

from adapters.kafka_clients import BrokersLostError
from contracts.rejects import HEADER_REASON, REASONS
from contracts.settings import Settings
from contracts.topics import all_topics, facts, rejects
from services.exporter import topics
from services.exporter.metrics import HELD_BACK, REJECTS, TOPIC_RECORDS, Metric
from services.exporter.topics import OTHER, Topics, reason_of

PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """Of a broker that makes topics as they are written."""
    host = Producer({"bootstrap.servers": "none:1", "test.mock.num.brokers": 1, "log_level": 2})
    (known,) = host.list_topics(timeout=120).brokers.values()
    yield Settings(namespace="told", kafka_bootstrap=f"{known.host}:{known.port}")
    del host


def write(settings: Settings, topic: str, *reasons: str) -> None:
    """A record for each reason, which is in its headers."""
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 2})
    for reason in reasons:
        producer.produce(topic, b"{}", headers={"reason": reason.encode()})
    assert producer.flush(PATIENCE_S) == 0


def of(metric: Metric, topics: Topics) -> dict[str, float]:
    """Values by topic or reason, at a look."""
    return {labels[-1]: value for its, labels, value in topics.look() if its is metric}


def test_topics_go_as_far_as_they_were_written_and_rejects_are_counted_by_reason(
    settings: Settings,
) -> None:
    topics = Topics(settings)
    assert list(topics.look()) == []
    assert not topics.served

    for each in all_topics(settings):
        write(settings, each.name, "missing")
    write(settings, facts(settings).name, "", "")
    short = {each.name.removeprefix("told.") for each in all_topics(settings)}
    assert of(TOPIC_RECORDS, topics) == {**dict.fromkeys(short, 1), "facts": 3}
    assert [each.namespace for each in topics.served] == ["told"]
    assert of(HELD_BACK, topics) == {"told": 0}
    # What was there before it looked does not count, but each reason is there.
    assert of(REJECTS, topics) == dict.fromkeys((*REASONS, OTHER), 0)

    write(settings, rejects(settings).name, "missing", "not_json", "missing", "one_day")
    deadline_s = time.monotonic() + PATIENCE_S
    while sum((found := of(REJECTS, topics)).values()) < 4:
        assert time.monotonic() < deadline_s
    assert {reason: number for reason, number in found.items() if number} == {
        "missing": 2,
        "not_json": 1,
        OTHER: 1,
    }


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_is_known_by_its_header(reason: str) -> None:
    assert reason_of([("detail", b"missing"), ("reason", reason.encode())]) == reason


@pytest.mark.parametrize(
    "headers", [None, [], [("reason", b"new")], [("reason", b"\xff")], [("reason", None)]]
)
def test_what_is_no_reason_has_one_label_for_all(headers: list[tuple[str, bytes]] | None) -> None:
    assert reason_of(headers) == OTHER


class _Record:
    """A reject, of the only partition."""

    def __init__(self, offset: int, reason: str) -> None:
        self._offset, self._reason = offset, reason

    def error(self) -> None:
        return None

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._offset

    def headers(self) -> list[tuple[str, bytes]]:
        return [(HEADER_REASON, self._reason.encode())]


class _Losing:
    """A consumer that gives two records, and has lost Kafka then."""

    begun: ClassVar[list[int]] = []

    def __init__(self, _: object) -> None:
        self._left = [[_Record(7, REASONS[0]), _Record(8, REASONS[1])]]

    def assign(self, places: list[TopicPartition]) -> None:
        self.begun.append(places[0].offset)

    def consume(self, *_: object, **__: object) -> list[_Record]:
        if not self._left:
            raise BrokersLostError("lost")
        return self._left.pop()

    def close(self) -> None:
        raise BrokersLostError("lost")


def test_a_client_that_lost_kafka_is_made_anew_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "Consumer", _Losing)
    monkeypatch.setattr(topics, "AT_ONCE", 2)
    counting = topics.Rejects(Settings(), [7])

    for times in (1, 2):
        found = counting.counted()
        assert (found[REASONS[0]], found[REASONS[1]]) == (times, times)

    assert _Losing.begun == [7, 9, 9]
