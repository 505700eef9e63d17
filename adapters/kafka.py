"""How far a topic goes, and how far a job has read it."""

from confluent_kafka import Consumer, TopicPartition

from adapters.connect import kafka_config
from contracts.settings import Settings
from contracts.topics import Topic, readings

_TIMEOUT_S = 10.0


def topic_ends(settings: Settings, topic: Topic | None = None) -> list[int]:
    """Offset after the last record of each partition of a topic, by default of the readings.

    Raises:
        confluent_kafka.KafkaException: the broker does not answer, or there is no such topic.
    """
    topic = topic or readings(settings)
    consumer = _consumer(settings, f"{settings.namespace}-verify")
    try:
        return [
            consumer.get_watermark_offsets(TopicPartition(topic.name, n), timeout=_TIMEOUT_S)[1]
            for n in range(topic.partitions)
        ]
    finally:
        consumer.close()


def committed_offsets(settings: Settings, group: str, topic: Topic | None = None) -> list[int]:
    """Offset of the next record per partition by the group's last commit, 0 before the first; of
    the readings unless another topic is given.

    A Flink job commits when a checkpoint has completed, so records before it are in its state.
    """
    topic = topic or readings(settings)
    consumer = _consumer(settings, group)
    try:
        partitions = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
        # A negative offset says that the group has committed none.
        return [
            max(partition.offset, 0)
            for partition in consumer.committed(partitions, timeout=_TIMEOUT_S)
        ]
    finally:
        consumer.close()


def _consumer(settings: Settings, group: str) -> Consumer:
    return Consumer({**kafka_config(settings), "group.id": group, "enable.auto.commit": False})
