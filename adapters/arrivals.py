"""Which readings had come at an instant, by the stamps of arrival."""

from dataclasses import replace

from adapters.kafka import Offsets
from adapters.kept_records import ends_of
from contracts.settings import Settings
from contracts.topics import readings


def came_from(settings: Settings, at_ms: int) -> list[int]:
    """By partition of the readings, the first offset that came at an instant or later, epoch ms;
    the end if none did.

    Raises:
        OperationError: there is no such topic.
        confluent_kafka.KafkaException: Kafka does not answer.
    """
    topic = readings(settings)
    ends = ends_of(settings, topic)
    (found,) = Offsets(settings).from_time([replace(topic, partitions=len(ends))], at_ms)
    return [end if at is None else at for end, at in zip(ends, found, strict=True)]
