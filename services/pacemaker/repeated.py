"""How many records of the readings are repeats of the registry, by `ingest`.

They move time as any record does, and are no sign that readings come.
"""

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from adapters.kafka_clients import lasting_config
from contracts.reading import INGEST_HEADER
from contracts.settings import Settings

MOST = 100
"""Records between two looks that are read. Where more have come, some are a writer's."""
PATIENCE_S = 1.0
POLL_S = 0.1

Place = tuple[str, int]
"""Topic and partition."""


class Repeated:
    """Counts them from the first look on."""

    def __init__(self, settings: Settings) -> None:
        self._consumer = Consumer(
            {
                **lasting_config(settings),
                # Named as a client must be; it joins no group and commits nothing.
                "group.id": "pacemaker",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                # A transaction that stays open is written, too.
                "isolation.level": "read_uncommitted",
            }
        )
        self._looked: dict[Place, int] = {}
        self._counted: Counter[Place] = Counter()

    def poll(self) -> None:
        """Take what the client says of itself, which gathers where nothing is read for long.

        Raises:
            BrokersLostError: begin anew.
        """
        self._consumer.poll(0)

    def before(self, ends: Mapping[Place, int]) -> Mapping[Place, int]:
        """How many there are before the ends of partitions, as far as they can be read: one that is
        not is taken for a writer's.

        Args:
            ends: Offset after the last record.
        """
        new = {
            place: (self._looked[place], end)
            for place, end in ends.items()
            if place in self._looked and 0 < end - self._looked[place] <= MOST
        }
        self._looked = dict(ends)
        if new:
            # A topic may be gone, or made again.
            with suppress(KafkaException):
                self._read(new)
            self._consumer.unassign()
        return self._counted

    def _read(self, new: Mapping[Place, tuple[int, int]]) -> None:
        self._consumer.assign(
            [TopicPartition(topic, n, begin) for (topic, n), (begin, _) in new.items()]
        )
        left = dict(new)
        deadline = time.monotonic() + PATIENCE_S
        while left and time.monotonic() < deadline:
            for message in self._consumer.consume(MOST, POLL_S):
                place, offset = (
                    (str(message.topic()), _number(message.partition())),
                    message.offset(),
                )
                if place not in left or offset is None:
                    continue
                _, end = left[place]
                if message.error() is None and offset < end and _is_repeated(message):
                    self._counted[place] += 1
                if offset >= end - 1:
                    del left[place]


def _number(partition: int | None) -> int:
    return -1 if partition is None else partition


def _is_repeated(message: Message) -> bool:
    return any(name == INGEST_HEADER for name, _ in message.headers() or [])
