"""What of a writer is in the log of readings already: the log is its memory.

A writer that was killed does not know which of its last records were stored. Each record of a
reading has the writer's name and its own in a header, so that can be read back.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from adapters.kafka_clients import let_go
from adapters.kept_records import ends_of, reader, until
from contracts.reading import ID_HEADER
from contracts.settings import Settings
from contracts.topics import readings


class OwnRecord(NamedTuple):
    """A record of this writer: where it is, which it is, and what it says."""

    partition: int
    offset: int
    record_id: str
    value: bytes


def own_records(settings: Settings, writer: str, since: Sequence[int]) -> Iterator[OwnRecord]:
    """Records with an id of this writer, those of a partition in their order.

    Args:
        writer: How the ids begin, such as `bridge/home/`.
        since: The offset from which each partition is read, up to where it ends now. From one that
            a partition does not have it is read from its beginning; so are partitions without one.

    Raises:
        OperationError: there is no such topic, or the broker says nothing for a long time.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    topic, begins_with = readings(settings), writer.encode()
    ends = ends_of(settings, topic)
    begins = [since[n] if n < len(since) and since[n] <= end else 0 for n, end in enumerate(ends)]
    consumer = reader(settings, topic, begins)
    try:
        for message in until(consumer, ends, settings, topic):
            record_id = _id_of(message.headers())
            if record_id is None or not record_id.startswith(begins_with):
                continue
            partition, offset, value = message.partition(), message.offset(), message.value()
            assert partition is not None
            assert offset is not None
            yield OwnRecord(partition, offset, record_id.decode(), _bytes(value))
    finally:
        let_go(consumer)


def _id_of(headers: object) -> bytes | None:
    """The newest id of a record's headers; None without."""
    if not isinstance(headers, list):
        return None
    for name, value in reversed(headers):
        if name == ID_HEADER:
            return _bytes(value)
    return None


def _bytes(value: str | bytes | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""
