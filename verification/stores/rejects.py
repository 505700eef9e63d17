"""Reads the rejects topic from its beginning to its end."""

from confluent_kafka import Message

from contracts.rejects import (
    HEADER_ARRIVAL_MS,
    HEADER_DETAIL,
    HEADER_OFFSET,
    HEADER_PARTITION,
    HEADER_REASON,
    HEADER_TOPIC,
)
from contracts.settings import Settings
from contracts.topics import rejects
from verification.errors import VerificationError
from verification.rows import Reject, RejectKey
from verification.stores.topic import read_topic


class MalformedRejectError(VerificationError):
    """A record of the rejects topic lacks a header, or has a wrong one."""


def read_rejects(settings: Settings) -> list[tuple[RejectKey, Reject]]:
    """Every record of the topic by (partition, offset) of the rejected one; some come twice.

    Raises:
        MalformedRejectError: a record's headers are not those of `contracts.rejects`.
        confluent_kafka.KafkaException: the broker does not answer, or there is no such topic.
        TimeoutError: a record does not come.
    """
    topic = rejects(settings)
    largest_bytes = int(topic.config["max.message.bytes"])
    return [_reject(message) for message in read_topic(settings, topic, largest_bytes)]


def _reject(message: Message) -> tuple[RejectKey, Reject]:
    headers = {name: (value or b"").decode() for name, value in message.headers() or []}
    try:
        if not headers[HEADER_DETAIL]:
            raise ValueError(f"header {HEADER_DETAIL} is empty")
        key = (int(headers[HEADER_PARTITION]), int(headers[HEADER_OFFSET]))
        reject = Reject(
            headers[HEADER_REASON],
            headers[HEADER_TOPIC],
            int(headers[HEADER_ARRIVAL_MS]),
            message.value(),
        )
    except (KeyError, ValueError) as error:
        raise MalformedRejectError(
            f"{message.topic()} offset {message.offset()} has headers {headers}: {error!r}; "
            "the contract wants reason, detail, topic, partition, offset and arrival_ms"
        ) from error
    return key, reject
