"""Whether a fact shows that homes of a feeder fell silent together.

- FULL: so many homes that were due since the last sign of life of any stayed away, each overdue by
  a share of its cadence, and none came.
- PARTIAL: one instant explains the silence of so many homes that have missed two readings.
"""

from collections.abc import Mapping
from typing import NamedTuple

from contracts.facts import Missed
from jobs.rules.look import Look, due_since, silent_at_once
from jobs.rules.meanwhile import Dark
from jobs.rules.outage_numbers import OutageNumbers
from jobs.rules.silence import Silence

FULL, PARTIAL = "full", "partial"
"""Which part of the rule found it."""


class Finding(NamedTuple):
    """What is found."""

    rule: str
    onset_ms: int
    homes: list[Missed]
    """Those that are missed and were due (full), or are silent at once or have missed two."""
    numbers: dict[str, float]
    """What the rule compared, by name."""
    dark: Dark | None = None
    """Of a whole feeder."""


def find(look: Look, silences: Mapping[str, Silence], rules: OutageNumbers) -> Finding | None:
    """What the fact shows, beside the meters that are known to be silent by themselves."""
    return full(look, silences, rules) or _partial(look, silences, rules)


def full(look: Look, silences: Mapping[str, Silence], rules: OutageNumbers) -> Finding | None:
    """Whether the whole feeder is dark."""
    fact = look.fact
    due = [
        each
        for each in due_since(fact.missed, fact.last_life_ms)
        if _overdue_ms(each, fact.at_ms) * 100 >= rules.overdue_percent * each.cadence_ms
    ]
    # Whoever was silent before can neither come nor stay away.
    before = (silences.keys() & look.missed.keys()) - {each.meter_id for each in due}
    living = fact.alive - len(before)
    needed = min(rules.due_homes, living)
    if living < rules.living_homes or len(due) < needed:
        return None
    numbers = {"due_homes": len(due), "needed_homes": needed, "living_homes": living}
    by_ms = sorted(each.life_ms + each.cadence_ms for each in due)[needed - 1]
    dark = Dark(fact.last_life_ms, by_ms)
    # Who only says that it lost power may not be heard for long after it is back.
    hit = [each for each in fact.missed if _overdue_ms(each, fact.at_ms) > 0]
    return Finding(FULL, fact.last_life_ms, hit, _floats(numbers), dark)


def _overdue_ms(missed: Missed, at_ms: int) -> int:
    """How long ago its reading was due."""
    return at_ms - missed.life_ms - missed.cadence_ms


def _partial(look: Look, silences: Mapping[str, Silence], rules: OutageNumbers) -> Finding | None:
    fact = look.fact
    at_once = silent_at_once(
        [
            missed
            for meter_id, missed in look.twice.items()
            # They stayed away when others came back: told of, and not to be found again.
            if meter_id not in silences or silences[meter_id].outage_id is None
        ]
    )
    needed = max(rules.at_once_homes, -(-rules.at_once_percent * fact.alive // 100))
    if len(at_once) < needed:
        return None
    numbers = {"at_once_homes": len(at_once), "needed_homes": needed, "living_homes": fact.alive}
    onset_ms = max(each.life_ms for each in at_once)
    return Finding(PARTIAL, onset_ms, list(look.twice.values()), _floats(numbers))


def _floats(numbers: Mapping[str, int]) -> dict[str, float]:
    return {name: float(number) for name, number in numbers.items()}
