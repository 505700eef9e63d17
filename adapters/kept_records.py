"""Topics that are read without a group: where they end, and all that they have."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import monotonic

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from adapters.connect import kafka_config
from adapters.kafka import partitions_there, topic_ends
from adapters.kafka_clients import lasting_config, let_go
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.topics import Topic

POLL_S = 0.5
SILENT_S = 30.0
"""For so long a broker may say nothing, neither a record nor an end, of what is not read yet."""
ABSENT = (
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError._UNKNOWN_TOPIC,
    KafkaError._UNKNOWN_PARTITION,
)


def kept(settings: Settings, topic: Topic, *, with_removals: bool = False) -> Iterator[Message]:
    """The records with a value that are there, those of a partition in their order.

    Args:
        with_removals: Those without a value, too: what they remove may not be gone yet.

    Raises:
        OperationError: there is no such topic, or the broker says nothing for SILENT_S.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    ends = ends_of(settings, topic)
    consumer = reader(settings, topic, [OFFSET_BEGINNING] * len(ends))
    try:
        for message in until(consumer, ends, settings, topic):
            if with_removals or message.value() is not None:
                yield message
    finally:
        let_go(consumer)


def until(
    consumer: Consumer, ends: Sequence[int], settings: Settings, topic: Topic
) -> Iterator[Message]:
    """What a `reader` finds before these ends, and perhaps some records after them.

    Raises:
        OperationError: the broker says nothing for SILENT_S.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    left = {n for n, end in enumerate(ends) if end}
    deadline_s = monotonic() + SILENT_S
    while left:
        message = consumer.poll(POLL_S)
        if message is None:
            if monotonic() > deadline_s:
                raise silent(settings, topic, len(left), len(ends))
            continue
        if is_record(message):
            yield message
        # At the last record of before, or where there is no further one.
        at, partition = message.offset(), message.partition()
        if partition in left and at is not None and at >= ends[partition] - 1:
            left.remove(partition)
        # Not before the record has been made use of, which may take long.
        deadline_s = monotonic() + SILENT_S


def silent(settings: Settings, topic: Topic, left: int, partitions: int) -> OperationError:
    """That a broker says nothing of so many partitions that are not read to their end."""
    return OperationError(
        f"Kafka at {settings.kafka_bootstrap} has said nothing for {SILENT_S:g} s, and {left} of "
        f"{partitions} partitions of {topic.name} are not read to their end: see `wattstream "
        "status`, start it with `wattstream up` if it is down, and try again"
    )


def has_value(message: Message) -> bool:
    """Whether a message is a record with a value.

    Raises:
        confluent_kafka.KafkaException: it is an error.
    """
    return is_record(message) and message.value() is not None


def is_record(message: Message) -> bool:
    """Whether a message is a record; the end of a partition is none.

    Raises:
        confluent_kafka.KafkaException: it is an error.
    """
    if (error := message.error()) is not None:
        if error.code() == KafkaError._PARTITION_EOF:
            return False
        raise KafkaException(error)
    return True


def ends_of(settings: Settings, topic: Topic) -> list[int]:
    """Offset after the last record of each partition that the broker has.

    Raises:
        OperationError: there is no such topic.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    try:
        return topic_ends(settings, replace(topic, partitions=partitions_there(settings, topic)))
    except KafkaException as error:
        if error.args[0].code() not in ABSENT:
            raise
        raise OperationError(
            f"there is no topic {topic.name}: make it with `wattstream provision --namespace "
            f"{settings.namespace}`"
        ) from None


def reader(
    settings: Settings, topic: Topic, offsets: Sequence[int], *, polled: bool = True
) -> Consumer:
    """A consumer that reads each partition from its offset on, and says where it ends; the caller
    closes it.

    Args:
        polled: Whether somebody polls it all the time: then it raises BrokersLostError where it
            would wait for ever.
    """
    consumer = Consumer(
        {
            **(lasting_config if polled else kafka_config)(settings),
            # Named as a client must be; it joins no group and commits nothing.
            "group.id": f"{settings.namespace}-reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.assign([TopicPartition(topic.name, n, offset) for n, offset in enumerate(offsets)])
    return consumer
