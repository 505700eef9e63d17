"""The notifier's topic: its records, written in transactions by one writer at a time."""

from collections.abc import Iterable, Iterator

from confluent_kafka import KafkaError, KafkaException, Producer

from adapters.connect import kafka_config
from adapters.kept_records import kept
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.topics import MAX_MESSAGE_BYTES, notifications

ANSWER_TIMEOUT_S = 30.0


class AnotherWriterError(OperationError):
    """Another notifier has taken over."""


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
        """Keys and values of what is there, in its order; None removes.

        Raises:
            OperationError: there is no such topic, or the broker says nothing.
            confluent_kafka.KafkaException: the broker does not answer.
        """
        for message in kept(self._settings, self._topic, with_removals=True):
            yield _bytes(message.key()) or b"", _bytes(message.value())

    def append(self, those: Iterable[tuple[bytes, bytes | None]]) -> None:
        """All of them in one transaction. After an error nobody knows whether it was: read again.

        Raises:
            AnotherWriterError: somebody else has opened it since.
            confluent_kafka.KafkaException: the broker does not answer, or refuses.
        """
        try:
            self._producer.begin_transaction()
            for key, value in those:
                self._producer.produce(self._topic.name, value, key, 0)
            self._producer.commit_transaction(ANSWER_TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].code() in (KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH):
                raise AnotherWriterError(
                    f"another notifier serves namespace {self._settings.namespace}: let one of "
                    "them run"
                ) from None
            raise


def _bytes(said: str | bytes | None) -> bytes | None:
    return said.encode() if isinstance(said, str) else said
