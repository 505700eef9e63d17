"""Alerts from their topic: what comes, and what is there."""

from collections.abc import Iterator
from threading import Event

from confluent_kafka import Message
from msgspec import DecodeError
from msgspec.json import Decoder

from adapters.kafka_clients import let_go
from adapters.kept_records import POLL_S, ends_of, has_value, kept, reader
from contracts.alerts import Alert
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.topics import alerts

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
        topic = alerts(settings)
        self._consumer = reader(settings, topic, ends_of(settings, topic))

    def __enter__(self) -> "AlertFeed":
        return self

    def __exit__(self, *_: object) -> None:
        let_go(self._consumer)

    def until(self, stop: Event) -> Iterator[Alert]:
        """What comes until the event is set. A broker that is away is waited for.

        Raises:
            OperationError: a record is no alert, or Kafka is lost (BrokersLostError).
            confluent_kafka.KafkaException: the topic is gone, or the broker refuses.
        """
        while not stop.is_set():
            message = self._consumer.poll(POLL_S)
            if message is not None and has_value(message):
                yield _alert(message)


def kept_alerts(settings: Settings) -> Iterator[Alert]:
    """All versions that the topic has: of each alert the highest one at least, those of an alert in
    their order.

    Raises:
        OperationError: there is no topic of alerts, or a record in it is no alert.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    return map(_alert, kept(settings, alerts(settings)))


def _alert(message: Message) -> Alert:
    """What a record with a value says.

    Raises:
        OperationError: it is no alert.
    """
    try:
        return _decode(message.value() or b"")
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OperationError(
            f"offset {message.offset()} of partition {message.partition()} of {message.topic()} "
            f"is no alert: {error}; only the watch job may write this topic: see who else does"
        ) from None
