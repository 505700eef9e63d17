"""What the notifier hears: alerts, what people say of them and ask for, from where it was on."""

import logging
from collections.abc import Iterator
from typing import Any

from confluent_kafka import Message
from msgspec import DecodeError
from msgspec.json import Decoder

from adapters.followed_topic import FollowedTopic
from contracts.alerts import Alert
from contracts.notes import Note
from contracts.notify_requests import Request
from contracts.settings import Settings
from contracts.topics import Topic
from services.notifier.state import Read, State
from services.notifier.step import Heard

log = logging.getLogger("notifier")


class HeardTopic:
    """A topic as it is heard. Close it."""

    def __init__(
        self,
        settings: Settings,
        topic: Topic,
        of: Any,  # noqa: ANN401
        state: State,
    ) -> None:
        """Go on where the state was.

        Args:
            of: The type of what is there: Alert, Note or Request.

        Raises:
            OperationError: there is no such topic.
            confluent_kafka.KafkaException: the broker does not answer.
        """
        self._decode: Decoder[Alert | Note | Request] = Decoder(of)
        known = state.get(Read, topic.name)
        self._topic = FollowedTopic(settings, topic, known.offsets if known is not None else ())

    @property
    def read(self) -> Read:
        """How far it is heard."""
        return Read(self._topic.name, self._topic.offsets)

    @property
    def is_heard_whole(self) -> bool:
        """Whether all is heard that was there in the beginning."""
        return self._topic.is_read_whole

    def hear(self, timeout_s: float) -> Iterator[Heard]:
        """What is new, waited for so long; what is nothing that belongs there is passed over.

        Raises:
            confluent_kafka.KafkaException: the broker refuses.
        """
        for record in self._topic.records(timeout_s):
            if (heard := self._heard(record)) is not None:
                yield heard

    def close(self) -> None:
        """Let the client go."""
        self._topic.close()

    def _heard(self, record: Message) -> Heard | None:
        if record.value() is None:
            return None
        try:
            what = self._decode.decode(record.value() or b"")
        except (DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
            log.warning(
                "offset %s of partition %s of %s is passed over: %s",
                record.offset(),
                record.partition(),
                self._topic.name,
                error,
            )
            return None
        return Heard(what, record.timestamp()[1])
