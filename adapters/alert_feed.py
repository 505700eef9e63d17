"""Alerts from their topic: what comes, and what is there."""

from collections.abc import Iterator
from threading import Event

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from msgspec import DecodeError
from msgspec.json import Decoder

from adapters.connect import kafka_config
from adapters.kafka import topic_ends
from contracts.alerts import Alert
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.topics import alerts

POLL_S = 0.5
ABSENT = (
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError._UNKNOWN_TOPIC,
    KafkaError._UNKNOWN_PARTITION,
)

_decode = Decoder(Alert).decode


class AlertFeed:
    """The versions of alerts that come after this was made, those of an alert in their order; after
    a restart of the job that makes them some come again. Use it as a context manager."""

    def __init__(self, settings: Settings) -> None:
        """Find where the topic ends.

        Raises:
            OperationError: there is no topic of alerts.
            confluent_kafka.KafkaException: the broker does not answer.
        """
        ends = _ends(settings)
        self._consumer = _consumer(settings)
        self._consumer.assign(_places(settings, ends))

    def __enter__(self) -> "AlertFeed":
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def until(self, stop: Event) -> Iterator[Alert]:
        """What comes until the event is set. A broker that is away is waited for.

        Raises:
            OperationError: a record is no alert.
            confluent_kafka.KafkaException: the topic is gone, or the broker refuses.
        """
        while not stop.is_set():
            message = self._consumer.poll(POLL_S)
            if message is not None and (alert := _alert(message)) is not None:
                yield alert


def kept_alerts(settings: Settings) -> Iterator[Alert]:
    """All versions that the topic has: of each alert the highest one at least, those of an alert in
    their order.

    Raises:
        OperationError: there is no topic of alerts, or a record in it is no alert.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    ends = _ends(settings)
    left = {n for n, end in enumerate(ends) if end}
    consumer = _consumer(settings)
    try:
        consumer.assign(_places(settings, [OFFSET_BEGINNING] * len(ends)))
        while left:
            message = consumer.poll(POLL_S)
            if message is None:
                continue
            if (alert := _alert(message)) is not None:
                yield alert
            # At the last record of before, or where there is no further one.
            at, partition = message.offset(), message.partition()
            if partition in left and at is not None and at >= ends[partition] - 1:
                left.remove(partition)
    finally:
        consumer.close()


def _alert(message: Message) -> Alert | None:
    """What a message says; None of a record without a value, and of the end of a partition.

    Raises:
        OperationError: it is no alert.
        confluent_kafka.KafkaException: it is another error.
    """
    if (error := message.error()) is not None:
        if error.code() == KafkaError._PARTITION_EOF:
            return None
        raise KafkaException(error)
    value = message.value()
    if value is None:
        return None
    try:
        return _decode(value)
    except (DecodeError, UnicodeDecodeError) as error:
        raise OperationError(
            f"offset {message.offset()} of partition {message.partition()} of {message.topic()} "
            f"is no alert: {error}; only the watch job may write this topic: see who else does"
        ) from None


def _ends(settings: Settings) -> list[int]:
    topic = alerts(settings)
    try:
        return topic_ends(settings, topic)
    except KafkaException as error:
        if error.args[0].code() not in ABSENT:
            raise
        raise OperationError(
            f"there is no topic {topic.name}: make it with `wattstream provision --namespace "
            f"{settings.namespace}`"
        ) from None


def _places(settings: Settings, offsets: list[int]) -> list[TopicPartition]:
    name = alerts(settings).name
    return [TopicPartition(name, n, offset) for n, offset in enumerate(offsets)]


def _consumer(settings: Settings) -> Consumer:
    return Consumer(
        {
            **kafka_config(settings),
            # Named as a client must be; it joins no group and commits nothing.
            "group.id": f"{settings.namespace}-alert-feed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
        }
    )
