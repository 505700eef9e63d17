"""Reads heartbeats of the readings topic that no recording has: a pacemaker wrote them."""

from collections.abc import Sequence

from confluent_kafka import Consumer, KafkaException, TopicPartition

from adapters.connect import kafka_config
from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from contracts.topics import readings

_TIMEOUT_S = 10.0
_AT_ONCE = 10_000


def heartbeats_at(settings: Settings, partition: int, offsets: Sequence[int]) -> dict[int, int]:
    """Arrival (ms) of the heartbeats at these ascending offsets, up to the first other record.

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
    wanted, found = set(offsets), dict[int, int]()
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
                if message.key() is not None or message.value() != HEARTBEAT:
                    return found
                found[message.offset()] = message.timestamp()[1]
    finally:
        consumer.close()
    return found
