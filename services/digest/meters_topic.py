"""The topic of meters, from its beginning to where it ends at the time, and on."""

from collections.abc import Iterator
from typing import TypeAlias

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from adapters.kept_records import reader
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.topics import meters

ANSWER_TIMEOUT_S = 5.0
AT_ONCE = 1_000

Record: TypeAlias = tuple[str, bytes | None]
"""A meter with its entry, or None where that was removed."""


class AnotherTopicError(OperationError):
    """The topic ends before what was read of it: it is another one of the same name."""


class MetersTopic:
    """Of a namespace, read by one that keeps its place itself."""

    def __init__(self, settings: Settings) -> None:
        topic = meters(settings)
        self._place = TopicPartition(topic.name, 0)
        self._settings = settings
        self._topic = topic
        self._position = 0
        self._consumer = self._reader()

    def new(self) -> Iterator[list[Record]]:
        """What is there and was not given before, in parts.

        Raises:
            confluent_kafka.KafkaException: the broker does not answer, or there is no such topic.
                The next call goes on after the parts that were given.
            AnotherTopicError: begin anew.
        """
        try:
            yield from self._new()
        except KafkaException:
            # It may have lost its brokers for good, as of `adapters.kafka_clients`.
            self._consumer.close()
            self._consumer = self._reader()
            raise

    def _reader(self) -> Consumer:
        return reader(
            self._settings, self._topic, [self._position or OFFSET_BEGINNING], polled=False
        )

    def _new(self) -> Iterator[list[Record]]:
        _, end = self._consumer.get_watermark_offsets(self._place, timeout=ANSWER_TIMEOUT_S)
        if end < self._position:
            raise AnotherTopicError(
                f"{self._place.topic} ends at {end}, and was read up to {self._position}: it is "
                "another one of the same name"
            )
        while self._position < end:
            first = self._consumer.poll(ANSWER_TIMEOUT_S)
            if first is None:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
            # To be asked for many at once is to wait for many.
            messages = [first, *self._consumer.consume(AT_ONCE, timeout=0)]
            part: list[Record] = []
            failed: KafkaError | None = None
            for message in messages:
                offset, problem = message.offset(), message.error()
                if problem is None:
                    assert offset is not None
                    self._position = offset + 1
                    # An entry of a meter without a name is nobody's.
                    if key := message.key():
                        part.append((_text(key), _bytes(message.value())))
                elif problem.code() == KafkaError._PARTITION_EOF:
                    # The last records may be none that a consumer is given.
                    self._position = max(self._position, offset or 0)
                else:
                    failed = problem
            yield part
            if failed is not None:
                raise KafkaException(failed)

    def close(self) -> None:
        """Let the client go."""
        self._consumer.close()


def _text(key: str | bytes) -> str:
    return key if isinstance(key, str) else key.decode(errors="replace")


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
