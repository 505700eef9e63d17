"""Reads a topic from its beginning to its end."""

from collections.abc import Iterator

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from adapters.connect import kafka_config
from contracts.settings import Settings
from contracts.topics import Topic

_TIMEOUT_S = 10.0


def read_topic(settings: Settings, topic: Topic, largest_bytes: int = 2**20) -> Iterator[Message]:
    """Every record that is there now, partition by partition in order.

    Args:
        largest_bytes: Of a record.

    Raises:
        confluent_kafka.KafkaException: the broker does not answer, or there is no such topic.
        TimeoutError: a record does not come.
    """
    consumer = Consumer(
        {
            **kafka_config(settings),
            "group.id": f"{settings.namespace}-verify",
            "enable.auto.commit": False,
            "enable.partition.eof": False,
            "fetch.message.max.bytes": largest_bytes,
        }
    )
    try:
        for number in range(topic.partitions):
            partition = TopicPartition(topic.name, number)
            low, high = consumer.get_watermark_offsets(partition, timeout=_TIMEOUT_S)
            partition.offset = low
            consumer.assign([partition])
            position = low
            while position < high:
                message = consumer.poll(_TIMEOUT_S)
                if message is None:
                    raise TimeoutError(
                        f"{topic.name} offset {position} did not come within {_TIMEOUT_S:.0f} s "
                        f"though the topic ends at {high}: see the broker's log"
                    )
                if message.error():
                    raise KafkaException(message.error())
                yield message
                position = message.offset() + 1
    finally:
        consumer.close()
