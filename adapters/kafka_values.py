"""All that a topic holds, from its beginning to its end."""

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from adapters.connect import kafka_config
from contracts.settings import Settings

_TIMEOUT_S = 10.0


def values(settings: Settings, topic: str) -> list[tuple[int, bytes]] | None:
    """Offset and value of every record, partition by partition, without removals. None if there is
    no such topic.

    Raises:
        confluent_kafka.KafkaException: the broker does not answer.
        TimeoutError: a record does not come.
    """
    consumer = Consumer(
        {
            **kafka_config(settings),
            # It is never committed, and has no offsets.
            "group.id": f"{settings.namespace}-read",
            "enable.auto.commit": False,
            # Compaction leaves gaps, so offsets do not say when all has come.
            "enable.partition.eof": True,
            "allow.auto.create.topics": False,
        }
    )
    try:
        metadata = consumer.list_topics(topic, timeout=_TIMEOUT_S).topics[topic]
        if metadata.error is not None:
            if metadata.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return None
            raise KafkaException(metadata.error)
        return [
            each
            for number in sorted(metadata.partitions)
            for each in _read(consumer, TopicPartition(topic, number, OFFSET_BEGINNING))
        ]
    finally:
        consumer.close()


def _read(consumer: Consumer, partition: TopicPartition) -> list[tuple[int, bytes]]:
    consumer.assign([partition])
    found: list[tuple[int, bytes]] = []
    while True:
        message = consumer.poll(_TIMEOUT_S)
        if message is None:
            raise TimeoutError(
                f"partition {partition.partition} of {partition.topic} says nothing for "
                f"{_TIMEOUT_S:.0f} s and has not ended: see the broker's log"
            )
        error = message.error()
        if error is None:
            if message.value() is not None:
                found.append((message.offset(), message.value()))
        elif error.code() == KafkaError._PARTITION_EOF:
            return found
        else:
            raise KafkaException(error)
