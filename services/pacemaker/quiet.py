"""Which partitions of a topic have gone quiet, and which time a heartbeat may tell them.

Nothing here asks Kafka or the clock: a decision is a function of two observations.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

STEP_MS = 1_000
"""Arrival time that a heartbeat must gain: less closes hardly a window."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a partition holds."""

    records: int
    """Those of its writers; the pacemaker's own heartbeats do not count."""
    arrival_ms: int | None
    """The largest arrival; None without records."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A topic at one moment of a monotonic clock; partitions that did not answer are left out."""

    at_s: float
    held: Mapping[int, Held]

    def without(self, records: Mapping[int, int]) -> Self:
        """The same if some records were not there, so many of a partition."""
        held = {
            n: replace(each, records=each.records - records.get(n, 0))
            for n, each in self.held.items()
        }
        return replace(self, held=held)


def quiet_partitions(then: Observation, now: Observation) -> list[int]:
    """Partitions into which no writer wrote between the two."""
    return [
        partition
        for partition, held in now.held.items()
        if partition in then.held and held.records == then.held[partition].records
    ]


def heartbeats_due(then: Observation, now: Observation) -> dict[int, int]:
    """Arrival (ms) of the heartbeat that each quiet partition is due.

    It is the smallest arrival that the growing partitions held `then`. The watermark is the
    smallest over all partitions, so a later one would close no further window, and would only
    make more of what the quiet writer still has go back in time. Nothing is due while no
    growing partition's time advances: a finished topic stays as it is, and a single arrival far
    ahead in one of them, after which its time stands, drags no other along.
    """
    quiet = quiet_partitions(then, now)
    growing = [partition for partition in now.held if partition not in quiet]
    arrivals_ms: list[int] = []
    advances = False
    for partition in growing:
        before = then.held.get(partition)
        after_ms = now.held[partition].arrival_ms
        if before is None or before.arrival_ms is None or after_ms is None:
            return {}
        arrivals_ms.append(before.arrival_ms)
        advances = advances or after_ms > before.arrival_ms
    if not advances:
        return {}
    arrival_ms = min(arrivals_ms)
    due: dict[int, int] = {}
    for partition in quiet:
        held_ms = now.held[partition].arrival_ms
        if held_ms is None or arrival_ms >= held_ms + STEP_MS:
            due[partition] = arrival_ms
    return due


@dataclass(slots=True)
class Watch:
    """The last `quiet_s` of one topic, and what the pacemaker has written to it."""

    quiet_s: float
    paced: set[int] = field(default_factory=set)
    """Quiet partitions that have had a heartbeat since their writer's last record."""
    _written: Counter[int] = field(default_factory=Counter)
    _history: deque[Observation] = field(default_factory=deque)

    def see(
        self, at_s: float, ends: Mapping[int, int], arrivals_ms: Mapping[int, int]
    ) -> dict[int, int]:
        """Add an observation, and say which heartbeats are due.

        Args:
            ends: offset after the last record, per partition.
            arrivals_ms: the largest arrival, per partition that has records.
        """
        now = Observation(
            at_s,
            {p: Held(end - self._written[p], arrivals_ms.get(p)) for p, end in ends.items()},
        )
        if self._history and is_another_topic(self._history[-1], now):
            self._history.clear()
            self.paced.clear()
        self._history.append(now)
        while len(self._history) > 1 and self._history[1].at_s <= at_s - self.quiet_s:
            self._history.popleft()
        then = self._history[0]
        if then.at_s > at_s - self.quiet_s:
            return {}
        self.paced.intersection_update(quiet_partitions(then, now))
        return heartbeats_due(then, now)

    @property
    def latest(self) -> Observation:
        """What was seen last; something has been."""
        return self._history[-1]

    def wrote(self, partition: int) -> None:
        """Note a heartbeat that Kafka has stored."""
        self._written[partition] += 1
        self.paced.add(partition)


def is_another_topic(before: Observation, now: Observation) -> bool:
    """Whether records are gone: the topic was deleted and made again."""
    return any(
        held.records < before.held[partition].records
        or (held.arrival_ms or 0) < (before.held[partition].arrival_ms or 0)
        for partition, held in now.held.items()
        if partition in before.held
    )
