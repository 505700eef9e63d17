"""Kafka: which namespaces there are, how far their topics go, and why messages were rejected."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from confluent_kafka import Consumer, Message, TopicPartition

from adapters.kafka import Offsets
from adapters.kafka_clients import Admin, BrokersLostError, lasting_config, let_go
from contracts.rejects import HEADER_REASON, REASONS
from contracts.settings import Settings
from contracts.topics import all_topics, readings, rejects
from services.exporter.metrics import HELD_BACK, REJECTS, TOPIC_RECORDS, Sample
from services.namespaces import is_ours, namespaces

ANSWER_TIMEOUT_S = 5.0
AT_ONCE = 1_000
MOST_A_LOOK = 100_000
"""Rejects: what comes beyond is counted at the next look."""
FETCHED_KIB = 4_096
"""Rejects have their messages, which may be large, and only the headers are wanted."""
OTHER = "other"
"""A reason that this build does not know."""


class Topics:
    """The topics of all namespaces."""

    name = "kafka"

    def __init__(self, settings: Settings) -> None:
        self.served: tuple[Settings, ...] = ()
        """The namespaces that were there at the last look that was answered."""
        self._settings = settings
        self._admin = Admin(settings)
        self._offsets = Offsets(settings)
        self._rejects: dict[str, Rejects] = {}

    def look(self, _: Sequence[Settings] = ()) -> Iterator[Sample]:
        """How far the topics go.

        Raises:
            confluent_kafka.KafkaException: the broker does not answer.
        """
        found = self._admin.topics(ANSWER_TIMEOUT_S)
        self.served = tuple(
            each for each in namespaces(found, self._settings) if is_ours(found, each)
        )
        there = {each.namespace for each in self.served}
        for gone in set(self._rejects) - there:
            self._rejects.pop(gone).close()
        for settings in self.served:
            yield from self._of_namespace(settings, found)

    def _of_namespace(self, settings: Settings, found: Mapping[str, Any]) -> Iterator[Sample]:
        namespace = settings.namespace
        topics = [
            replace(topic, partitions=len(found[topic.name].partitions))
            for topic in all_topics(settings)
        ]
        ends = dict(zip((each.name for each in topics), self._offsets.ends(topics), strict=True))
        for name, of_partitions in ends.items():
            short = name.removeprefix(f"{namespace}.")
            yield TOPIC_RECORDS.of(sum(of_partitions), namespace, short)
        fed = next(each for each in topics if each.name == readings(settings).name)
        # After the ends, so that what ended between is not told of.
        (stable,) = self._offsets.stable_ends([fed])
        behind = (max(end - at, 0) for at, end in zip(stable, ends[fed.name], strict=True))
        yield HELD_BACK.of(sum(behind), namespace)
        if namespace not in self._rejects:
            self._rejects[namespace] = Rejects(settings, ends[rejects(settings).name])
        for reason, number in self._rejects[namespace].counted().items():
            yield REJECTS.of(number, namespace, reason)


class Rejects:
    """Counts what comes into a topic of rejects."""

    def __init__(self, settings: Settings, ends: Sequence[int]) -> None:
        """
        Args:
            ends: Where each partition ends; what was there before does not count.
        """
        self._counts = Counter(dict.fromkeys((*REASONS, OTHER), 0))
        self._settings = settings
        self._next = dict(enumerate(ends))
        self._consumer = self._reader()

    def _reader(self) -> Consumer:
        settings = self._settings
        consumer = Consumer(
            lasting_config(settings)
            | {
                # Named as a client must be; it joins no group and commits nothing.
                "group.id": f"{settings.namespace}-exporter",
                "enable.auto.commit": False,
                # Of a topic that was made anew all is new.
                "auto.offset.reset": "earliest",
                "queued.max.messages.kbytes": FETCHED_KIB,
                "fetch.message.max.bytes": FETCHED_KIB * 1_024 // 4,
            }
        )
        topic = rejects(settings).name
        consumer.assign([TopicPartition(topic, n, at) for n, at in self._next.items()])
        return consumer

    def counted(self) -> Mapping[str, int]:
        """All that came since the beginning, by reason: those, too, of which none came."""
        try:
            for _ in range(MOST_A_LOOK // AT_ONCE):
                if self._count(self._consumer.consume(AT_ONCE, timeout=0.1)) < AT_ONCE:
                    break
        except BrokersLostError:
            # The next look goes on where this one was.
            self.close()
            self._consumer = self._reader()
        return self._counts

    def _count(self, messages: Sequence[Message]) -> int:
        for message in messages:
            partition, offset = message.partition(), message.offset()
            if message.error() is None and partition is not None and offset is not None:
                self._counts[reason_of(message.headers())] += 1
                self._next[partition] = offset + 1
        return len(messages)

    def close(self) -> None:
        """Let the client go."""
        let_go(self._consumer)


def reason_of(headers: Sequence[tuple[str, Any]] | Mapping[str, Any] | None) -> str:
    """The reason in the headers of a reject; OTHER if it is none that is known."""
    found = dict(headers or {}).get(HEADER_REASON)
    reason = found.decode(errors="replace") if isinstance(found, bytes) else found
    return reason if reason in REASONS else OTHER
