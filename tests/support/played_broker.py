"""A Kafka broker that librdkafka plays, for what needs no more of one."""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Producer

from contracts.settings import Settings


@contextmanager
def played_broker() -> Iterator[Settings]:
    """Settings of a broker that makes topics, of four partitions, as they are written."""
    host = Producer({"bootstrap.servers": "none:1", "test.mock.num.brokers": 1, "log_level": 2})
    (known,) = host.list_topics(timeout=120).brokers.values()
    yield Settings(kafka_bootstrap=f"{known.host}:{known.port}")
    del host
