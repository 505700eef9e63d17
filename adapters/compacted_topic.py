"""Compacted topics: what is said under each key, read from the beginning, and then followed."""

import logging
from collections.abc import Iterable, Iterator
from time import monotonic
from typing import Any, Generic, NamedTuple, TypeVar

from confluent_kafka import Message
from msgspec import DecodeError
from msgspec.json import Decoder

from adapters.followed_topic import AT_ONCE, FollowedTopic
from adapters.kept_records import SILENT_S, silent
from contracts.settings import Settings
from contracts.topics import Topic

READ_S = 0.2
"""So long a read waits for more, until all is read that was there."""
MOST_READS = 20
"""At once afterwards, so that a topic that is written anew holds up nobody."""

log = logging.getLogger(__name__)

T = TypeVar("T")


class Entry(NamedTuple, Generic[T]):
    """What is said under a key."""

    key: str
    value: T | None
    """None: nothing any more."""
    at_ms: int
    """The record's stamp."""


class CompactedTopic(Generic[T]):
    """A compacted topic. What is no entry is passed over, and stands in the log of this process
    with where it is, not with what it says. Close it."""

    def __init__(self, settings: Settings, topic: Topic, of: Any) -> None:  # noqa: ANN401
        """
        Args:
            of: The type of what is there, as msgspec takes it.

        Raises:
            OperationError: there is no such topic.
            confluent_kafka.KafkaException: the broker does not answer.
        """
        self._settings, self._named = settings, topic
        self._decode = Decoder(of).decode
        self._topic = FollowedTopic(settings, topic)

    @property
    def is_read_whole(self) -> bool:
        """Whether all is read that was there in the beginning."""
        return self._topic.is_read_whole

    def whole(self) -> Iterator[Entry[T]]:
        """All that was there in the beginning, and perhaps some of what has come since.

        Raises:
            OperationError: the broker says nothing for SILENT_S.
            confluent_kafka.KafkaException: the broker refuses.
        """
        deadline_s, before = monotonic() + SILENT_S, self._topic.offsets
        while not self.is_read_whole:
            yield from self._entries(self._topic.records(READ_S))
            if self._topic.offsets != before:
                deadline_s, before = monotonic() + SILENT_S, self._topic.offsets
            elif monotonic() > deadline_s:
                raise silent(self._settings, self._named, self._topic.left, len(before))

    def new(self) -> Iterator[Entry[T]]:
        """What is there already, or has come since the last time.

        Raises:
            confluent_kafka.KafkaException: the broker refuses.
        """
        for _ in range(MOST_READS):
            found = list(self._topic.records(0.0 if self.is_read_whole else READ_S))
            yield from self._entries(found)
            if self.is_read_whole and len(found) < AT_ONCE // 2:
                return

    def close(self) -> None:
        """Let the client go."""
        self._topic.close()

    def _entries(self, records: Iterable[Message]) -> Iterator[Entry[T]]:
        for record in records:
            try:
                said = record.value()
                value = None if said is None else self._decode(said)
            except (DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
                log.warning(
                    "offset %s of partition %s of %s is no entry and is passed over (%s)",
                    *(record.offset(), record.partition(), record.topic(), type(error).__name__),
                )
                continue
            yield Entry(_key(record), value, record.timestamp()[1])


def _key(record: Message) -> str:
    key = record.key()
    return key.decode(errors="replace") if isinstance(key, bytes) else str(key or "")
