"""A record that somebody waits for, on a topic of any kind."""

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from adapters.connect import kafka_config
from adapters.kept_records import ends_of
from contracts.settings import Settings
from contracts.topics import Topic

ANSWER_TIMEOUT_S = 30.0


def put_record(
    settings: Settings,
    topic: Topic,
    key: str,
    value: bytes | None,
    timeout_s: float = ANSWER_TIMEOUT_S,
) -> None:
    """Put a record on a topic, once; returns when the broker has it.

    Args:
        value: None removes what has the key, of a topic that is compacted.
        timeout_s: How long the broker may take to have it, once it has told of the topic.

    Raises:
        OperationError: there is no such topic.
        confluent_kafka.KafkaException: the broker does not answer, or refuses.
    """
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
    producer.produce(topic.name, value, key.encode(), on_delivery=delivered)
    producer.flush()
    if failures:
        raise KafkaException(failures[0])
