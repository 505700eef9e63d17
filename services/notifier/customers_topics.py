"""What the notifier knows of customers: how they want to be told, and whose meters are whose. Both
have a compacted topic, which is read whole as a notifier begins, and then followed."""

import logging
from collections.abc import Iterator
from typing import Any

from confluent_kafka import Message
from msgspec import DecodeError
from msgspec.json import Decoder

from contracts.choices import Choice
from contracts.meters import Meter
from contracts.settings import Settings
from contracts.topics import choices, meters
from services.notifier.followed import AT_ONCE, FollowedTopic
from services.notifier.residents import Residents
from services.notifier.step import Heard, Unchosen

READ_S = 0.2
"""So long a read waits for more, until all is read that was there."""
MOST_READS = 20
"""In a turn afterwards, so that a registry that is written anew holds up nobody."""

log = logging.getLogger("notifier")


class ChoicesTopic:
    """How customers want to be told. Close it."""

    def __init__(self, settings: Settings) -> None:
        """Begin to read it.

        Raises:
            OperationError: there is no such topic.
            confluent_kafka.KafkaException: the broker does not answer.
        """
        self._topic = FollowedTopic(settings, choices(settings))
        self._decode = Decoder(Choice).decode

    @property
    def is_heard_whole(self) -> bool:
        """Whether all is heard that was there in the beginning."""
        return self._topic.is_read_whole

    def hear(self) -> Iterator[Heard | Unchosen]:
        """What is new; what is no choice is passed over.

        Raises:
            confluent_kafka.KafkaException: the broker refuses.
        """
        for record in _records(self._topic):
            customer = _key(record)
            choice = None if record.value() is None else _decoded(self._decode, record, "choice")
            if choice is not None and choice.customer == customer:
                yield Heard(choice, record.timestamp()[1])
            elif record.value() is None:
                yield Unchosen(customer)

    def close(self) -> None:
        """Let the client go."""
        self._topic.close()


class MetersTopic:
    """The registry, as far as it says whose meters are whose. Close it."""

    def __init__(self, settings: Settings) -> None:
        """As `ChoicesTopic`."""
        self.residents = Residents()
        self._topic = FollowedTopic(settings, meters(settings))
        self._decode = Decoder(Meter).decode

    @property
    def is_heard_whole(self) -> bool:
        """Whether all is heard that was there in the beginning."""
        return self._topic.is_read_whole

    def hear(self) -> None:
        """Take what is new; what is no entry is passed over.

        Raises:
            confluent_kafka.KafkaException: the broker refuses.
        """
        for record in _records(self._topic):
            if record.value() is None:
                self.residents.take(_key(record), None)
            elif (entry := _decoded(self._decode, record, "entry of a meter")) is not None:
                self.residents.take(_key(record), entry)

    def close(self) -> None:
        """Let the client go."""
        self._topic.close()


def _records(topic: FollowedTopic) -> Iterator[Message]:
    """All that is there already, or what has come since."""
    for _ in range(MOST_READS):
        found = list(topic.records(0.0 if topic.is_read_whole else READ_S))
        yield from found
        if topic.is_read_whole and len(found) < AT_ONCE // 2:
            return


def _key(record: Message) -> str:
    key = record.key()
    return key.decode(errors="replace") if isinstance(key, bytes) else str(key or "")


def _decoded(decode: Any, record: Message, what: str) -> Any:  # noqa: ANN401
    """What a record says; None if it is none. What it says of whom is in no log."""
    try:
        return decode(record.value() or b"")
    except (DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        log.warning(
            "offset %s of %s is no %s and is passed over (%s)",
            *(record.offset(), record.topic(), what, type(error).__name__),
        )
        return None
