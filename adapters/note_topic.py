"""Notes of people on their topic: one more, and all that there are."""

from collections.abc import Iterator

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from msgspec.json import Encoder

from adapters.connect import kafka_config
from adapters.kept_records import ends_of, kept
from adapters.redis_notes import notes_of
from contracts.notes import Note
from contracts.settings import Settings
from contracts.topics import alert_notes

ANSWER_TIMEOUT_S = 30.0

_encode = Encoder().encode


def say(settings: Settings, note: Note, timeout_s: float = ANSWER_TIMEOUT_S) -> None:
    """Put a note on the topic, once; returns when the broker has it.

    Args:
        timeout_s: How long the broker may take to have it, once it has told of the topic.

    Raises:
        OperationError: there is no topic of notes.
        confluent_kafka.KafkaException: the broker does not answer, or refuses.
    """
    topic = alert_notes(settings)
    # A producer waits for a topic that is not there until its time is over.
    ends_of(settings, topic)
    failures: list[KafkaError] = []

    def delivered(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failures.append(error)

    producer = Producer(
        kafka_config(settings)
        | {"enable.idempotence": True, "message.timeout.ms": round(timeout_s * 1_000)}
    )
    producer.produce(topic.name, _encode(note), note.id.encode(), on_delivery=delivered)
    producer.flush()
    if failures:
        raise KafkaException(failures[0])


def kept_notes(settings: Settings) -> Iterator[Note]:
    """All notes, in their order; what is none is passed over.

    Raises:
        OperationError: there is no topic of notes.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    return notes_of(message.value() or b"" for message in kept(settings, alert_notes(settings)))
