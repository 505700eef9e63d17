"""Whether anybody writes a topic of readings: facts of the feed (`contracts.facts.Feed`).

Nothing here asks Kafka or a clock: facts follow from observations, one after the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from contracts.facts import FEED_SETTLED_MS, FEED_SILENT_MS, Feed, Partition
from contracts.time import MINUTE_MS, SECOND_MS
from services.pacemaker.quiet import Held, Observation, is_another_topic

SILENT_S = FEED_SILENT_MS / SECOND_MS
SETTLED_S = FEED_SETTLED_MS / SECOND_MS
AGAIN_S = MINUTE_MS / SECOND_MS
LONGEST_STEP_S = 5.0
"""What passes between two observations counts up to here: while the broker does not answer, nobody
can write."""


@dataclass(slots=True)
class _Partition:
    held: Held
    last_ms: int | None
    has_grown: bool = False
    silent_s: float = 0.0
    alone_s: float = 0.0
    heard_s: float = 0.0
    heard_from_ms: int | None = None

    @property
    def is_heard(self) -> bool:
        return self.has_grown and self.silent_s <= SILENT_S

    def see(self, held: Held, step_s: float) -> None:
        if held.records > self.held.records:
            if not self.is_heard:
                self.heard_s, self.heard_from_ms = 0.0, held.arrival_ms
            self.has_grown, self.silent_s, self.last_ms = True, 0.0, held.arrival_ms
        else:
            self.silent_s += step_s
        self.heard_s = self.heard_s + step_s if self.is_heard else 0.0
        self.held = held


@dataclass(slots=True)
class Watched:
    """What is known of the feed of one topic."""

    topic: str
    _seen: Observation | None = None
    _partitions: dict[int, _Partition] = field(default_factory=dict)
    _heard: frozenset[int] = frozenset()
    _changed_s: float = 0.0
    """When that was another one."""
    _said_s: float = 0.0

    def see(self, seen: Observation, wall_ms: int) -> Feed | None:
        """Add an observation, and say the fact that is due, if one is.

        Args:
            wall_ms: When it was made, by the clock on the wall.
        """
        if self._seen is None or is_another_topic(self._seen, seen):
            self._partitions.clear()
            self._changed_s = seen.at_s
            step_s = 0.0
        else:
            step_s = min(seen.at_s - self._seen.at_s, LONGEST_STEP_S)
        self._seen = seen
        for number, held in seen.held.items():
            known = self._partitions.setdefault(number, _Partition(held, held.arrival_ms))
            known.see(held, step_s)
        self._compare(seen, step_s)
        if not self._is_due(seen.at_s):
            return None
        self._said_s = seen.at_s
        return Feed(self.topic, self._at_ms(), wall_ms, tuple(self._said()))

    @property
    def silent_s(self) -> dict[int, float]:
        """For how long each partition that holds anything was not written, by what was seen."""
        return {
            number: known.silent_s
            for number, known in self._partitions.items()
            if known.held.arrival_ms is not None
        }

    def _compare(self, seen: Observation, step_s: float) -> None:
        """With one another the partitions that answered."""
        heard = frozenset(n for n in seen.held if self._partitions[n].is_heard)
        if heard != self._heard:
            self._heard, self._changed_s = heard, seen.at_s
        for number in seen.held:
            known = self._partitions[number]
            # Writers of one feed end, and begin, one after the other: that is no silence of one.
            is_alone = known.silent_s > 0 and bool(heard - {number})
            known.alone_s = known.alone_s + step_s if is_alone else 0.0

    def _is_due(self, at_s: float) -> bool:
        if all(each.held.arrival_ms is None for each in self._partitions.values()):
            return False
        if at_s - self._changed_s <= SETTLED_S:
            return True
        return len(self._heard) < len(self._partitions) and at_s - self._said_s >= AGAIN_S

    def _at_ms(self) -> int:
        known = self._partitions.values()
        # What has arrived since was no writer's.
        heard_ms = max(each.last_ms or 0 for each in known)
        return heard_ms + _ms(min(each.silent_s for each in known))

    def _said(self) -> Iterator[Partition]:
        for number, known in sorted(self._partitions.items()):
            yield Partition(
                number,
                known.last_ms,
                _ms(known.silent_s),
                _ms(known.alone_s),
                _ms(known.heard_s),
                known.heard_from_ms if known.is_heard else None,
            )


def _ms(seconds: float) -> int:
    return round(seconds * SECOND_MS)
