"""The partitions of the readings topic: what they hold already, and whose readings go there."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ListOffsetsResultInfo, OffsetSpec

from adapters.connect import kafka_config
from adapters.kafka import list_offsets, stamped_by
from contracts.settings import Settings
from contracts.topics import partition_of
from simulators.errors import TopicError

TIMEOUT_S = 15.0


def admin_client(settings: Settings) -> AdminClient:
    """Client for questions; it connects when it is first asked."""
    return AdminClient(kafka_config(settings))


def partition_count(admin: AdminClient, topic: str, settings: Settings) -> int:
    """Partitions of a topic.

    Raises:
        TopicError: no broker answers, or the topic is not there.
    """
    try:
        topics = admin.list_topics(timeout=TIMEOUT_S).topics
    except KafkaException as problem:
        raise TopicError(
            f"no Kafka broker answers at {settings.kafka_bootstrap} ({problem.args[0].str()}): "
            "start the stack with `wattstream up`, or set WATTSTREAM_KAFKA_BOOTSTRAP"
        ) from problem
    if topic not in topics:
        raise TopicError(
            f"there is no topic {topic} at {settings.kafka_bootstrap}: `wattstream submit` "
            "creates it"
        )
    return len(topics[topic].partitions)


def end_offsets(admin: AdminClient, topic: str, partitions: Iterable[int]) -> dict[int, int]:
    """The offset that each partition's next record gets."""
    return {p: info.offset for p, info in _list(admin, topic, partitions, OffsetSpec.latest())}


def newest_arrivals(admin: AdminClient, topic: str, partitions: Iterable[int]) -> dict[int, int]:
    """The largest record timestamp (ms) of each partition that has records.

    It need not be that of the last record, so the broker is asked for the maximum.
    """
    found = _list(admin, topic, partitions, OffsetSpec.max_timestamp())
    return {p: info.timestamp for p, info in found if info.offset >= 0}


def timestamp_type(admin: AdminClient, topic: str) -> str:
    """Who stamps the topic's records: `CreateTime` is the producer, `LogAppendTime` the broker.

    Raises:
        TopicError: the broker does not say.
    """
    try:
        return stamped_by(admin, topic)
    except KafkaException as problem:
        raise TopicError(f"configuration of {topic}: {problem.args[0].str()}") from problem


def refuse_broker_stamps(topic: str, stamps: str) -> None:
    """Refuse to write arrivals into a topic whose broker overwrites them.

    Raises:
        TopicError: says how to get a topic that keeps them.
    """
    if stamps != "CreateTime":
        raise TopicError(
            f"{topic} has message.timestamp.type={stamps}: the broker would stamp what is sent "
            "with today's time, and every reading of the past would be late. Send it into another "
            "namespace (--namespace, WATTSTREAM_NAMESPACE) that `wattstream submit` made with "
            "WATTSTREAM_READINGS_TIMESTAMP_TYPE=CreateTime, the default"
        )


def refuse_older(
    topic: str, first_arrivals: Mapping[int, int], newest: Mapping[int, int], slack_ms: int
) -> None:
    """Refuse to write arrivals older than a partition already holds, by more than the slack.

    Raises:
        TopicError: says which partition, both times and how to go on.
    """
    for partition, first_ms in first_arrivals.items():
        held_ms = newest.get(partition, first_ms)
        if first_ms < held_ms - slack_ms:
            raise TopicError(
                f"partition {partition} of {topic} already holds arrivals up to {iso(held_ms)}, "
                f"and this run would begin at {iso(first_ms)}; time must not go back in a "
                "partition. Empty the namespace with `wattstream reset`, or use another one with "
                "--namespace (WATTSTREAM_NAMESPACE)"
            )


def iso(ms: int) -> str:
    """Epoch milliseconds as ISO 8601, UTC."""
    return datetime.fromtimestamp(ms / 1_000, UTC).isoformat(timespec="milliseconds")


def _list(
    admin: AdminClient, topic: str, partitions: Iterable[int], spec: OffsetSpec
) -> list[tuple[int, ListOffsetsResultInfo]]:
    try:
        found = list_offsets(admin, [TopicPartition(topic, p) for p in partitions], spec)
    except KafkaException as problem:
        raise TopicError(f"offsets of {topic}: {problem.args[0].str()}") from problem
    return [(place.partition, info) for place, info in found]


def meters_in(partition: int, settings: Settings, prefix: str, number: int) -> list[str]:
    """Ids of so many meters, with the prefix, whose readings belong to the partition."""
    meters: list[str] = []
    candidate = 0
    while len(meters) < number:
        meter = f"{prefix}-{candidate}"
        if partition_of(meter, settings.readings_partitions) == partition:
            meters.append(meter)
        candidate += 1
    return meters
