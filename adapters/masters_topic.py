"""The topic of the masters' changes, read from its beginning to some place in PostgreSQL's log."""

from collections.abc import Iterator, Sequence
from time import monotonic

import orjson
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, Message

from adapters.kafka import topic_names
from adapters.kept_records import reader
from contracts.capture import COPIED, HEARTBEAT, LSN_HEADER, OP_HEADER, TABLE_HEADER, Change
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.topics import masters

POLL_S = 0.2
SILENT_S = 60.0
"""So long no further heartbeat may come before nobody seems to capture: one that is behind says so
by heartbeats that are old."""


class CaptureError(OperationError):
    """Changes of masters do not come; the message says what to look at."""


def changes_until(settings: Settings, lsn: int, silent_s: float = SILENT_S) -> Iterator[Change]:
    """All changes on the topic in its order, until a heartbeat came that is later than `lsn`: every
    transaction is there then that had ended by that place of PostgreSQL's log.

    Args:
        silent_s: So long no further heartbeat may come.

    Raises:
        CaptureError: there is no topic, no further heartbeat for `silent_s`, or a record is none.
        confluent_kafka.KafkaException: the broker does not answer.
    """
    topic = masters(settings)
    if topic.name not in topic_names(settings):
        raise CaptureError(
            f"there is no topic {topic.name}: make it with `wattstream provision --namespace "
            f"{settings.namespace}`"
        )
    consumer = reader(settings, topic, [OFFSET_BEGINNING])
    reached, deadline = 0, monotonic() + silent_s
    try:
        while True:
            message = consumer.poll(POLL_S)
            if message is not None and _is_record(message):
                change = change_of(
                    message.key(), message.value(), message.headers() or (), message.offset()
                )
                yield change
                if change.table == HEARTBEAT and change.lsn > reached and not change.copied:
                    if change.lsn > lsn:
                        return
                    reached, deadline = change.lsn, monotonic() + silent_s
            if monotonic() > deadline:
                raise CaptureError(
                    f"no further heartbeat came to {topic.name} for {silent_s:.0f} s, so not all "
                    "that PostgreSQL has written is there: see `wattstream status`, and the logs "
                    "of connect and postgresql"
                )
    finally:
        consumer.close()


def change_of(
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes | None]],
    offset: int | None = None,
) -> Change:
    """A record as a change.

    Raises:
        CaptureError: it is none.
    """
    told = dict(headers)
    try:
        return Change(
            table=_decoded(told[TABLE_HEADER]),
            key=orjson.loads(key or b""),
            lsn=int(_decoded(told[LSN_HEADER])),
            row=None if value is None else orjson.loads(value),
            copied=_decoded(told[OP_HEADER]) == COPIED,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CaptureError(
            f"record {offset} of the masters' topic is none of a change ({error!r}): its key is "
            f"{key!r}, and its headers are {told}; nobody but the connector may write there"
        ) from None


def _decoded(header: bytes | None) -> str:
    """A header's text, with or without the quotes of JSON."""
    text = (header or b"").decode()
    return str(orjson.loads(text)) if text.startswith('"') else text


def _is_record(message: Message) -> bool:
    if (error := message.error()) is None:
        return True
    if error.code() == KafkaError._PARTITION_EOF:
        return False
    raise KafkaException(error)
