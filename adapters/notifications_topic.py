"""The notifier's topic: its records, written in transactions by one writer at a time."""

from collections.abc import Callable, Iterable, Iterator
from time import monotonic

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from adapters.connect import kafka_config
from adapters.kept_records import kept
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.topics import MAX_MESSAGE_BYTES, notifications

ANSWER_TIMEOUT_S = 30.0
POLL_S = 0.5
_FENCED = (KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED)


class AnotherWriterError(OperationError):
    """Another notifier has taken over."""


class AnotherTopicError(OperationError):
    """The topic is another one of the same name: what was known is of one that is gone."""


def kept_notifications(settings: Settings) -> Iterator[tuple[bytes, bytes | None]]:
    """Keys and values of what is there, in its order; None removes. Whoever writes goes on.

    Raises:
        OperationError: there is no such topic, or the broker says nothing.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    for message in kept(settings, notifications(settings), with_removals=True):
        yield _bytes(message.key()) or b"", _bytes(message.value())


class NotificationsTopic:
    """The topic of a namespace. Who opens it last is its writer: another's transaction that is
    open is given up, and what another writes from then on is refused."""

    def __init__(self, settings: Settings) -> None:
        """Be its writer.

        Raises:
            confluent_kafka.KafkaException: the broker does not answer.
        """
        self._settings = settings
        self._topic = notifications(settings)
        self._written = -1
        """Offset of the last record of its own."""
        self._producer = Producer(
            kafka_config(settings)
            | {
                "transactional.id": f"{settings.namespace}-notifier",
                "compression.type": "lz4",
                "linger.ms": 0,
                "message.max.bytes": MAX_MESSAGE_BYTES,
            }
        )
        self._producer.init_transactions(ANSWER_TIMEOUT_S)

    def read(self) -> Iterator[tuple[bytes, bytes | None]]:
        """As `kept_notifications`; what others wrote before is all there, and nothing comes."""
        return kept_notifications(self._settings)

    def append(self, those: Iterable[tuple[bytes, bytes | None]]) -> None:
        """All of them in one transaction. After an error nobody knows whether it was: read again.

        Raises:
            AnotherWriterError: somebody else has opened it since.
            AnotherTopicError: it was deleted and made anew since.
            confluent_kafka.KafkaException: the broker does not answer, or refuses.
        """
        offsets: list[int] = []

        def delivered(error: KafkaError | None, message: Message) -> None:
            if error is None:
                offsets.append(message.offset() or 0)

        try:
            self._producer.begin_transaction()
            for key, value in those:
                self._produce(key, value, delivered)
            self._producer.flush(ANSWER_TIMEOUT_S)
            if offsets and min(offsets) <= self._written:
                self._producer.abort_transaction(ANSWER_TIMEOUT_S)
                raise AnotherTopicError(
                    f"{self._topic.name} is another one of the same name: begun anew"
                )
            self._producer.commit_transaction(ANSWER_TIMEOUT_S)
        except KafkaException as error:
            if self._reason(error) in _FENCED:
                raise AnotherWriterError(
                    f"another notifier serves namespace {self._settings.namespace}: let one of "
                    "them run"
                ) from None
            raise
        self._written = max(offsets, default=self._written)

    def _produce(
        self,
        key: bytes,
        value: bytes | None,
        delivered: Callable[[KafkaError | None, Message], None],
    ) -> None:
        """Put a record into the producer's queue, which has places for so many, and gets them back
        as the broker takes what is in it."""
        until_s = monotonic() + ANSWER_TIMEOUT_S
        while True:
            try:
                self._producer.produce(self._topic.name, value, key, 0, on_delivery=delivered)
            except BufferError:
                if monotonic() > until_s:
                    raise KafkaException(KafkaError(KafkaError._QUEUE_FULL)) from None
                self._producer.poll(POLL_S)
            else:
                return

    def _reason(self, error: KafkaException) -> int:
        """The code of an error. A producer that is at its end says of a record only that it is,
        and why when it is asked about the transaction."""
        code: int = error.args[0].code()
        if code == KafkaError._FATAL:
            try:
                self._producer.abort_transaction(ANSWER_TIMEOUT_S)
            except KafkaException as reason:
                return int(reason.args[0].code())
        return code


def _bytes(said: str | bytes | None) -> bytes | None:
    return said.encode() if isinstance(said, str) else said
