"""Reads the rejects topic from its beginning to its end."""

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from adapters.connect import kafka_config
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

_TIMEOUT_S = 10.0


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
    consumer = Consumer(
        {
            **kafka_config(settings),
            "group.id": f"{settings.namespace}-verify",
            "enable.auto.commit": False,
            "enable.partition.eof": False,
            "fetch.message.max.bytes": int(topic.config["max.message.bytes"]),
        }
    )
    found: list[tuple[RejectKey, Reject]] = []
    try:
        for number in range(topic.partitions):
            partition = TopicPartition(topic.name, number)
            low, high = consumer.get_watermark_offsets(partition, timeout=_TIMEOUT_S)
            partition.offset = low
            consumer.assign([partition])
            position = low
            while position < high:
                message = consumer.poll(_TIMEOUT_S)
                if message is None:
                    raise TimeoutError(
                        f"{topic.name} offset {position} did not come within {_TIMEOUT_S:.0f} s "
                        f"though the topic ends at {high}: see the broker's log"
                    )
                if message.error():
                    raise KafkaException(message.error())
                found.append(_reject(message))
                position = message.offset() + 1
    finally:
        consumer.close()
    return found


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
