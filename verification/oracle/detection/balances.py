"""What went into a feeder on a day and what its homes took, by the half-hour, kWh.

A meter is away that is not known at the beginning or the end of the day, or whose register fell;
the others stand for it, by what each counts as a rule.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contracts.facts import HALF_HOUR_MS, HALF_HOURS
from contracts.meters import EXPORT_SUFFIX
from contracts.time import DAY_MS, HOUR_MS
from verification.rows import DayFact

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counted = Mapping[str, Floats | None]

_LETTERS = "0123456789bcdefghjkmnpqrstuvwxyz"
_BITS = 5
"""Of a letter of a geohash."""


@dataclass(frozen=True)
class Balance:
    """A day of a feeder; a number each half-hour."""

    supplied: Floats
    taken: Floats
    """By the homes, less what they fed in; with an estimate of those that are away."""
    homes: Mapping[str, Floats]
    """What those took that are not."""
    covered: float
    """Their share of what all meters count as a rule."""
    night: Flags

    @property
    def counts(self) -> Flags:
        """Half-hours in which power was there, and none was fed back."""
        counting: Flags = (self.supplied > 0) & (self.taken > 0)
        return counting

    @property
    def missing(self) -> Floats:
        """What went in and was not taken, in the half-hours that count."""
        lost: Floats = (self.supplied - self.taken)[self.counts]
        return lost

    @property
    def terms(self) -> Floats:
        """What losses depend on: a row each half-hour that counts."""
        taken, night = self.taken[self.counts], self.night[self.counts].astype(np.float64)
        return np.column_stack([np.ones(len(taken)), taken, taken**2, night])


def counted_by(fact: DayFact) -> dict[str, Floats | None]:
    """What its meters counted each half-hour; None of those that are away."""
    return {each.meter_id: _half_hours(each.gained_wh) for each in fact.meters}


def _half_hours(marks: Sequence[int | None]) -> Floats | None:
    known = [mark for mark in marks if mark is not None]
    if not known or marks[0] is None or marks[-1] is None:
        return None
    if any(after < before for before, after in pairwise(known)):
        return None
    # What is gained between two that are known is shared evenly.
    whole = pl.Series(marks, dtype=pl.Float64).interpolate().to_numpy()
    return np.diff(whole) / 1_000


def balance_of(fact: DayFact, counted: Counted, usual_kwh: Mapping[str, float]) -> Balance | None:
    """A day's balance; None if it cannot be known.

    Args:
        usual_kwh: What meters count a day as a rule, as far as days before say.
    """
    supplied = _half_hours(fact.supply.gained_wh)
    homes = {each: took for each, took in counted.items() if not each.endswith(EXPORT_SUFFIX)}
    exports = {each: fed for each, fed in counted.items() if each.endswith(EXPORT_SUFFIX)}
    there = {each: took for each, took in homes.items() if took is not None}
    shares = [_covered(each, usual_kwh) for each in (homes, exports)]
    if supplied is None or not there or not all(shares) or fact.meters_count > len(fact.meters):
        return None
    fed = [each for each in exports.values() if each is not None]
    taken = _sum(there.values()) / shares[0] - _sum(fed) / shares[1]
    return Balance(supplied, taken, there, min(shares), _night(fact.area))


def _covered(counted: Counted, usual_kwh: Mapping[str, float]) -> float:
    """Which share of what all count as a rule is that of those which are not away."""
    away = {each for each, energy in counted.items() if energy is None}
    if not away:
        return 1.0
    rule = {
        each: usual_kwh.get(each, None if energy is None else float(energy.sum()))
        for each, energy in counted.items()
    }
    known = [kwh for kwh in rule.values() if kwh is not None]
    mean = sum(known) / len(known) if known else 0.0
    filled = {each: mean if kwh is None else kwh for each, kwh in rule.items()}
    whole = sum(filled.values())
    there = sum(kwh for each, kwh in filled.items() if each not in away)
    return there / whole if whole > 0 else 0.0


def _sum(parts: Iterable[Floats]) -> Floats:
    every = [np.zeros(HALF_HOURS), *parts]
    total: Floats = np.sum(every, axis=0)
    return total


def _night(area: str) -> Flags:
    """From six in the evening to six in the morning by the mean sun."""
    code = 0
    for letter in area:
        code = (code << _BITS) | _LETTERS.index(letter)
    # The first bit is one of the longitude, and every other one.
    bits = [code >> (_BITS * len(area) - 1 - place) & 1 for place in range(0, _BITS * len(area), 2)]
    east = sum(bit / 2 ** (place + 1) for place, bit in enumerate(bits)) + 0.5 ** (len(bits) + 1)
    noon_ms = DAY_MS / 2 - (east - 0.5) * DAY_MS
    middles = (np.arange(HALF_HOURS) + 0.5) * HALF_HOUR_MS
    from_noon = (middles - noon_ms + DAY_MS / 2) % DAY_MS - DAY_MS / 2
    night: Flags = (from_noon < -6 * HOUR_MS) | (from_noon >= 6 * HOUR_MS)
    return night
