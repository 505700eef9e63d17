"""Notes of people on their topic: one more, and all that there are."""

from collections.abc import Iterator

from msgspec.json import Encoder

from adapters.kept_records import kept
from adapters.one_record import ANSWER_TIMEOUT_S, put_record
from adapters.redis_notes import notes_of
from contracts.notes import Note
from contracts.settings import Settings
from contracts.topics import alert_notes

_encode = Encoder().encode


def say(settings: Settings, note: Note, timeout_s: float = ANSWER_TIMEOUT_S) -> None:
    """Put a note on the topic, once; returns when the broker has it.

    Args:
        timeout_s: How long the broker may take to have it, once it has told of the topic.

    Raises:
        OperationError: there is no topic of notes.
        confluent_kafka.KafkaException: the broker does not answer, or refuses.
    """
    put_record(settings, alert_notes(settings), note.id, _encode(note), timeout_s)


def kept_notes(settings: Settings) -> Iterator[Note]:
    """All notes, in their order; what is none is passed over.

    Raises:
        OperationError: there is no topic of notes.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    return notes_of(message.value() or b"" for message in kept(settings, alert_notes(settings)))
