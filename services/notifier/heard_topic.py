"""What the notifier hears: alerts, what people say of them and ask for, from where it was on."""

import logging
from collections.abc import Iterator
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message
from msgspec import DecodeError
from msgspec.json import Decoder

from adapters.kept_records import ends_of, reader
from contracts.alerts import Alert
from contracts.notes import Note
from contracts.notify_requests import Request
from contracts.settings import Settings
from contracts.topics import Topic
from services.notifier.state import Read, State
from services.notifier.step import Heard

AT_ONCE = 500

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
        self._topic = topic
        self._decode: Decoder[Alert | Note | Request] = Decoder(of)
        self._ends = ends_of(settings, topic)
        known = state.get(Read, topic.name)
        before = known.offsets if known is not None else ()
        # Beyond its end it is another topic of the same name.
        self._offsets = [
            before[n] if n < len(before) and before[n] <= end else 0
            for n, end in enumerate(self._ends)
        ]
        self._consumer = reader(settings, topic, self._offsets)

    @property
    def read(self) -> Read:
        """How far it is heard."""
        return Read(self._topic.name, tuple(self._offsets))

    @property
    def is_heard_whole(self) -> bool:
        """Whether all is heard that was there in the beginning."""
        return all(at >= end for at, end in zip(self._offsets, self._ends, strict=True))

    def hear(self, timeout_s: float) -> Iterator[Heard]:
        """What is new, waited for so long; what is nothing that belongs there is passed over.

        Raises:
            confluent_kafka.KafkaException: the broker refuses.
        """
        for message in self._consumer.consume(AT_ONCE, timeout_s):
            partition, offset = message.partition(), message.offset()
            problem = message.error()
            if problem is not None and problem.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(problem)
            assert partition is not None and offset is not None
            if problem is not None:
                # The last records may be none that a consumer is given.
                self._offsets[partition] = max(self._offsets[partition], offset)
                continue
            self._offsets[partition] = offset + 1
            if (heard := self._heard(message)) is not None:
                yield heard

    def close(self) -> None:
        """Let the client go."""
        self._consumer.close()

    def _heard(self, message: Message) -> Heard | None:
        if message.value() is None:
            return None
        try:
            what = self._decode.decode(message.value() or b"")
        except (DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
            log.warning(
                "offset %s of partition %s of %s is passed over: %s",
                message.offset(),
                message.partition(),
                self._topic.name,
                error,
            )
            return None
        return Heard(what, message.timestamp()[1])
