"""What a `FeederSlice` says of each home."""

from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Self

from contracts.facts import (
    ALIVE_SILENCES,
    MISSED_AFTER_MS,
    MISSED_TWICE,
    MOST_METERS,
    SHORTEST_LIFE_MS,
    SHORTEST_SILENCE_MS,
    SILENT_CADENCES,
    SILENT_LONG,
    FeederSlice,
    Missed,
    Returned,
)

FEW_MISSED = 4
"""Fewer than these, none of which has missed two readings, are what networks lose: no further fact
is said."""


def silent_after_ms(cadence_ms: int) -> int:
    """After how long a meter is silent."""
    return max(SILENT_CADENCES * cadence_ms, SHORTEST_SILENCE_MS)


def lives_for_ms(cadence_ms: int) -> int:
    """For how long after its last sign of life a meter counts among those that live."""
    return max(ALIVE_SILENCES * silent_after_ms(cadence_ms), SHORTEST_LIFE_MS)


def awaited_until_ms(life_ms: int, cadence_ms: int, readings: int = 1) -> int:
    """Until when so many readings of a meter that was heard last at `life_ms` may come, if none is
    more than MISSED_AFTER_MS longer on its way than that one was: each is due by then, whatever a
    fact takes for missed."""
    return life_ms + readings * cadence_ms + MISSED_AFTER_MS


@dataclass(frozen=True, slots=True)
class Look:
    """A fact, looked at home by home; by meter."""

    fact: FeederSlice
    missed: dict[str, Missed]
    """Those that are listed as having missed a reading."""
    twice: dict[str, Missed]
    """Of them those that have missed two."""
    silent_long: dict[str, Missed]
    """Of them those that are silent for long."""
    returned: dict[str, Returned]

    @classmethod
    def at(cls, fact: FeederSlice) -> Self:
        """A look at a fact."""
        return cls(
            fact,
            _by_meter(fact.missed),
            _by_meter(each for each in fact.missed if each.stands >= MISSED_TWICE),
            _by_meter(each for each in fact.missed if each.stands == SILENT_LONG),
            {each.meter_id: each for each in fact.returned},
        )

    @property
    def unlisted(self) -> int:
        """Homes that have missed a reading and are not listed, as the list is full."""
        return self.fact.missed_count - len(self.fact.missed)

    @property
    def calm(self) -> bool:
        """Whether nothing is the matter, so that no further fact may come for days."""
        return self.fact.missed_count < FEW_MISSED and not self.fact.missed_twice

    def has_dropped_out(self, life_ms: int, cadence_ms: int) -> bool:
        """Whether a home that was heard last at `life_ms` lives no longer: that it is not missed
        says nothing then."""
        return self.fact.at_ms - life_ms > lives_for_ms(cadence_ms)

    def is_heard(self, meter_id: str, life_ms: int, cadence_ms: int) -> bool:
        """Whether a home that was missed, and heard last at `life_ms`, has been heard since, as far
        as is known: it is no longer listed, though it would be, and somebody was heard."""
        no_longer = self._is_missed_no_longer(meter_id, life_ms, cadence_ms)
        return no_longer and self.fact.last_life_ms > life_ms

    def is_gone(self, meter_id: str, life_ms: int, cadence_ms: int) -> bool:
        """Whether a home that had missed two readings, and was heard last at `life_ms`, is by the
        registry no longer behind the feeder, or not due yet: it is no longer listed, though it
        would be, and has not returned."""
        no_longer = self._is_missed_no_longer(meter_id, life_ms, cadence_ms)
        all_listed = len(self.fact.returned) < MOST_METERS
        return no_longer and all_listed and meter_id not in self.returned

    def _is_missed_no_longer(self, meter_id: str, life_ms: int, cadence_ms: int) -> bool:
        if meter_id in self.missed or self.has_dropped_out(life_ms, cadence_ms):
            return False
        # The latest heard stand first, so what is cut off was heard last before the last of them.
        return not (self.unlisted > 0 and life_ms <= self.fact.missed[-1].life_ms)


def due_since(missed: Iterable[Missed], last_life_ms: int) -> list[Missed]:
    """Those that were due after the last sign of life of any."""
    return [each for each in missed if each.life_ms + each.cadence_ms > last_life_ms]


def silent_at_once(missed: Collection[Missed]) -> list[Missed]:
    """Those whose silence one instant explains, the first of those instants that explain most: each
    was heard before it, and awaited at it."""
    if not missed:
        return []
    lives = sorted(each.life_ms for each in missed)
    ends = sorted(awaited_until_ms(each.life_ms, each.cadence_ms) for each in missed)

    def explained(life_ms: int) -> int:
        return bisect_right(lives, life_ms) - bisect_right(ends, life_ms)

    before_ms = max(lives, key=lambda life_ms: (explained(life_ms), -life_ms))
    return [
        each
        for each in missed
        if each.life_ms <= before_ms < awaited_until_ms(each.life_ms, each.cadence_ms)
    ]


def _by_meter(missed: Iterable[Missed]) -> dict[str, Missed]:
    return {each.meter_id: each for each in missed}
