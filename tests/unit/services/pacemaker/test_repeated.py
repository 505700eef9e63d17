"""Records that ingest repeats, on a broker that librdkafka plays."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from contracts.reading import INGEST_HEADER, PACED_HEADER
from contracts.settings import Settings
from services.pacemaker.repeated import MOST, Place, Repeated

TOPIC = "n.readings"


@pytest.fixture(scope="module")
def broker() -> Iterator[Settings]:
    """Settings of a broker that makes topics as they are written."""
    host = Producer({"bootstrap.servers": "none:1", "test.mock.num.brokers": 1, "log_level": 2})
    (known,) = host.list_topics(timeout=120).brokers.values()
    yield Settings(kafka_bootstrap=f"{known.host}:{known.port}")
    del host


@pytest.fixture
def producer(broker: Settings) -> Producer:
    return Producer({"bootstrap.servers": broker.kafka_bootstrap, "log_level": 2})


def write(producer: Producer, ends: dict[Place, int], place: Place, *headers: str) -> None:
    """A record with each of these headers; "" is none."""
    for header in headers:
        told = {header: b""} if header else {}
        producer.produce(place[0], b"{}", partition=place[1], headers=told)
        ends[place] = ends.get(place, 0) + 1
    assert producer.flush(120) == 0


def test_what_ingest_repeats_is_counted_and_nothing_else(
    broker: Settings, producer: Producer
) -> None:
    one, other = (TOPIC, 0), (TOPIC, 1)
    ends: dict[Place, int] = {}
    write(producer, ends, one, INGEST_HEADER, "")
    write(producer, ends, other, "")
    repeated = Repeated(broker)
    # Whoever begins does not look back.
    assert dict(repeated.before(ends)) == {}

    write(producer, ends, one, INGEST_HEADER, "", PACED_HEADER, INGEST_HEADER)
    assert dict(repeated.before(ends)) == {one: 2}
    assert dict(repeated.before(ends)) == {one: 2}

    write(producer, ends, other, INGEST_HEADER, "")
    write(producer, ends, one, INGEST_HEADER)
    assert dict(repeated.before(ends)) == {one: 3, other: 1}


def test_where_many_records_come_they_are_a_writers(broker: Settings, producer: Producer) -> None:
    place = ("m.readings", 0)
    ends: dict[Place, int] = {}
    write(producer, ends, place, "")
    repeated = Repeated(broker)
    repeated.before(ends)

    write(producer, ends, place, *[INGEST_HEADER] * (MOST + 1))
    assert dict(repeated.before(ends)) == {}

    write(producer, ends, place, *[INGEST_HEADER] * MOST)
    assert dict(repeated.before(ends)) == {place: MOST}


def test_a_topic_that_is_gone_stops_nobody(broker: Settings) -> None:
    repeated = Repeated(broker)
    repeated.before({("gone.readings", 7): 1})

    assert dict(repeated.before({("gone.readings", 7): 3})) == {}
