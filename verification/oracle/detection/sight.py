"""What a fact of a feeder shows of each home: whether it is away, back, or no longer there."""

from contracts.facts import (
    ALIVE_SILENCES,
    MISSED_AFTER_MS,
    MISSED_TWICE,
    MOST_METERS,
    SHORTEST_LIFE_MS,
    SHORTEST_SILENCE_MS,
    SILENT_CADENCES,
)
from verification.oracle.detection.facts import MANY_MISSED
from verification.rows import FeederFact, MissedMeter


def silent_after_ms(cadence_ms: int) -> int:
    """Longest time without a sign of life of a meter that is not silent."""
    return max(SILENT_CADENCES * cadence_ms, SHORTEST_SILENCE_MS)


def due_until_ms(life_ms: int, cadence_ms: int, readings: int) -> int:
    """Until when so many readings after the last sign of life may come: not how a meter stands by
    the fact, which takes readings that are a part of a cadence on their way for none missed."""
    return life_ms + readings * cadence_ms + MISSED_AFTER_MS


class Sight:
    """A fact, as of its time."""

    def __init__(self, at_ms: int, fact: FeederFact) -> None:
        self.at_ms, self.fact = at_ms, fact
        self.missed = {each.meter_id: each for each in fact.missed}
        self.back = {each.meter_id: each for each in fact.returned}
        self.away = {each.meter_id: each for each in fact.missed if each.stands >= MISSED_TWICE}
        """Those that have missed two readings."""
        self.hidden = fact.missed_count - len(fact.missed)
        """Missed ones that the list has no room for."""
        self.all_back = len(fact.returned) < MOST_METERS
        """Whether the list of those that are back has room for all."""
        self.calm = fact.missed_count < MANY_MISSED and fact.missed_twice == 0
        """Whether no further fact need follow."""

    def forgets(self, life_ms: int, cadence_ms: int) -> bool:
        """Whether a home that was heard last then lives no longer: no fact lists it."""
        lives_ms = max(ALIVE_SILENCES * silent_after_ms(cadence_ms), SHORTEST_LIFE_MS)
        return self.at_ms - life_ms > lives_ms

    def shows(self, meter_id: str, life_ms: int, cadence_ms: int) -> bool:
        """Whether it would have to list a home that is still missed, and does not."""
        if meter_id in self.missed or self.forgets(life_ms, cadence_ms):
            return False
        # Those are hidden that were heard before all in the list.
        return not self.hidden or life_ms > self.fact.missed[-1].life_ms

    def due(self, overdue_percent: int) -> list[MissedMeter]:
        """Homes whose next reading was due when somebody was heard last, or later, and so long ago
        by now: a share of their cadence."""
        return [
            each
            for each in self.fact.missed
            for due_ms in [each.life_ms + each.cadence_ms]
            if due_ms > self.fact.last_life_ms
            and 100 * (self.at_ms - due_ms) >= overdue_percent * each.cadence_ms
        ]
