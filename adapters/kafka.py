"""How far a topic goes, and how far a job has read it."""

import time
from collections.abc import Sequence

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    ConfigResource,
    ListOffsetsResultInfo,
    OffsetSpec,
)

from adapters.connect import kafka_config
from adapters.kafka_clients import Admin
from contracts.settings import Settings
from contracts.topics import Topic, readings

_TIMEOUT_S = 10.0
_ELECTION_S = 15.0
_RETRY_S = 0.2
WITHOUT_LEADER = (
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH,
    KafkaError._NOENT,
)
"""What is said in a topic's first moments, its first after one of the same name was deleted, after
the broker restarted, and while the controller takes it for dead; the last one is the client's own
word for all of that."""


class Offsets:
    """A session with the brokers that asks for the offsets of many partitions at once.

    All calls raise KafkaException if a broker does not answer, or there is no such topic.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin = Admin(settings)
        self._groups: dict[str, Consumer] = {}

    def begins(self, topics: Sequence[Topic]) -> list[list[int]]:
        """Offset of the first record that is kept, by topic and partition."""
        return self._list(topics, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED)

    def ends(self, topics: Sequence[Topic]) -> list[list[int]]:
        """Offset after the last record, by topic and partition; those of open transactions are
        records too."""
        return self._list(topics, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED)

    def stable_ends(self, topics: Sequence[Topic]) -> list[list[int]]:
        """How far the jobs may read: up to the first record of a transaction that is open, else
        the end."""
        return self._list(topics, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED)

    def from_time(self, topics: Sequence[Topic], at_ms: int) -> list[list[int | None]]:
        """Offset of the first record whose stamp is of then or later, epoch ms, by topic and
        partition; None of a partition that has none."""
        spec = OffsetSpec.for_timestamp(at_ms)
        found = self._list(topics, spec, IsolationLevel.READ_UNCOMMITTED)
        return [[at if at >= 0 else None for at in of_topic] for of_topic in found]

    def newest_arrivals(self, topic: Topic) -> list[int | None]:
        """The largest stamp of each partition, epoch ms; None of one without records.

        It need not be that of the last record, so the brokers are asked for the maximum.
        """
        with self._admin.asked() as client:
            found = list_offsets(client, _partitions([topic]), OffsetSpec.max_timestamp())
        told = {place.partition: info for place, info in found}
        return [told[n].timestamp if told[n].offset >= 0 else None for n in range(topic.partitions)]

    def committed(self, group: str, topics: Sequence[Topic]) -> list[list[int]]:
        """Offset of the next record by the group's last commit, 0 before the first. A Flink job
        commits when a checkpoint has completed, so records before it are in its state."""
        # An administrator who asks dies with its process when the broker does (librdkafka's issue
        # 5315), so the group does.
        if group not in self._groups:
            self._groups[group] = _consumer(self._settings, group)
        told: dict[tuple[str, int], int] = {}
        try:
            found = self._groups[group].committed(_partitions(topics), timeout=_TIMEOUT_S)
        except KafkaException:
            # It may have lost its brokers for good, as of `adapters.kafka_clients`.
            self.forget(group)
            raise
        for each in found:
            if each.error is not None:
                raise KafkaException(each.error)
            told[each.topic, each.partition] = each.offset
        # A negative offset says that the group has committed none.
        return [[max(told[topic.name, n], 0) for n in range(topic.partitions)] for topic in topics]

    def forget(self, group: str) -> None:
        """Let go of a group that nobody asks for any more."""
        if (consumer := self._groups.pop(group, None)) is not None:
            consumer.close()

    def _list(
        self, topics: Sequence[Topic], spec: OffsetSpec, isolation: IsolationLevel
    ) -> list[list[int]]:
        with self._admin.asked() as client:
            found = list_offsets(client, _partitions(topics), spec, isolation)
        told = {(place.topic, place.partition): info.offset for place, info in found}
        return [[told[topic.name, n] for n in range(topic.partitions)] for topic in topics]


def list_offsets(
    admin: AdminClient,
    places: Sequence[TopicPartition],
    spec: OffsetSpec,
    isolation: IsolationLevel = IsolationLevel.READ_UNCOMMITTED,
) -> list[tuple[TopicPartition, ListOffsetsResultInfo]]:
    """What the brokers have at each place; while a partition has no leader, one is waited for.

    Raises:
        confluent_kafka.KafkaException: a broker does not answer, or no leader was found in time, as
            of a topic that does not exist.
    """
    deadline = time.monotonic() + _ELECTION_S
    while True:
        answers = admin.list_offsets(
            dict.fromkeys(places, spec), isolation_level=isolation, request_timeout=_TIMEOUT_S
        )
        try:
            return [(place, answer.result()) for place, answer in answers.items()]
        except KafkaException as problem:
            if problem.args[0].code() not in WITHOUT_LEADER or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_S)
            # A broker that restarted has another epoch, which the client learns from metadata only.
            admin.list_topics(timeout=_TIMEOUT_S)


def _partitions(topics: Sequence[Topic]) -> list[TopicPartition]:
    return [TopicPartition(topic.name, n) for topic in topics for n in range(topic.partitions)]


def topic_names(settings: Settings) -> frozenset[str]:
    """The topics that the brokers have.

    Raises:
        confluent_kafka.KafkaException: no broker answers.
    """
    return frozenset(AdminClient(kafka_config(settings)).list_topics(timeout=_TIMEOUT_S).topics)


def partitions_there(settings: Settings, topic: Topic) -> int:
    """How many partitions the brokers have of a topic, whatever it was to be made with.

    Raises:
        confluent_kafka.KafkaException: the broker does not answer, or there is no such topic.
    """
    # Of all: who asks for one makes it, where a broker is set up so.
    there = AdminClient(kafka_config(settings)).list_topics(timeout=_TIMEOUT_S).topics
    if topic.name not in there:
        raise KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART))
    return len(there[topic.name].partitions)


def stamped_by(admin: AdminClient, topic: str) -> str:
    """Who stamps a topic's records: `CreateTime` is the producer, `LogAppendTime` the broker.

    Raises:
        confluent_kafka.KafkaException: the broker does not say.
    """
    asked = ConfigResource(ConfigResource.Type.TOPIC, topic)
    (answer,) = admin.describe_configs([asked], request_timeout=_TIMEOUT_S).values()
    return str(answer.result()["message.timestamp.type"].value)


def topic_ends(settings: Settings, topic: Topic | None = None) -> list[int]:
    """Offset after the last record of each partition of a topic, by default of the readings.

    Raises:
        confluent_kafka.KafkaException: the broker does not answer, or there is no such topic.
    """
    (ends,) = Offsets(settings).ends([topic or readings(settings)])
    return ends


def _consumer(settings: Settings, group: str) -> Consumer:
    return Consumer(
        {
            **kafka_config(settings),
            "group.id": group,
            "enable.auto.commit": False,
            # Whoever asks waits until a broker that restarted is found again.
            "reconnect.backoff.max.ms": 1_000,
        }
    )
