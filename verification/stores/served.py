"""Reads records of the readings topic that no recording has: services wrote them, heartbeats in
the place of a writer that is gone, and announcements of the registry."""

from collections.abc import Sequence

from confluent_kafka import Consumer, KafkaException, TopicPartition

from adapters.connect import kafka_config
from contracts.reading import HEARTBEAT, INGEST_HEADER
from contracts.settings import Settings
from contracts.topics import readings
from verification.oracle.log import Served

_TIMEOUT_S = 10.0
_AT_ONCE = 10_000


def served_at(settings: Settings, partition: int, offsets: Sequence[int]) -> dict[int, Served]:
    """The records of services at these ascending offsets, up to the first other record.

    Raises:
        confluent_kafka.KafkaException: the broker does not answer, or a record is gone.
        TimeoutError: a record does not come.
    """
    topic = readings(settings)
    consumer = Consumer(
        {
            **kafka_config(settings),
            "group.id": f"{settings.namespace}-verify",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "fetch.message.max.bytes": int(topic.config["max.message.bytes"]),
        }
    )
    wanted, found = set(offsets), dict[int, Served]()
    try:
        consumer.assign([TopicPartition(topic.name, partition, offsets[0])])
        while len(found) < len(offsets):
            messages = consumer.consume(_AT_ONCE, timeout=_TIMEOUT_S)
            if not messages:
                raise TimeoutError(
                    f"partition {partition} of {topic.name} has not answered for {_TIMEOUT_S:.0f} "
                    f"s, though it should go on to offset {offsets[-1]}: see the broker's log"
                )
            for message in messages:
                if message.error():
                    raise KafkaException(message.error())
                if message.offset() not in wanted:
                    continue
                value = message.value()
                is_beat = message.key() is None and value == HEARTBEAT
                named = {name for name, _ in message.headers() or []}
                if value is None or not (is_beat or INGEST_HEADER in named):
                    return found
                found[message.offset()] = Served(message.timestamp()[1], value)
    finally:
        consumer.close()
    return found
