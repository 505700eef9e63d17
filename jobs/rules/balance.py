"""What went into a feeder on a day, and what its homes took: by the half-hour, kWh.

Half-hours between two that are known share evenly what a register gained in between. A meter of
which the beginning or the end of the day is not known, or whose register fell, is away that day:
the others stand for it, by what each uses as a rule.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from contracts.facts import HALF_HOURS, FeederDay, MeterDay
from contracts.meters import EXPORT_SUFFIX

Floats = NDArray[np.float64]
Counted = Mapping[str, Floats | None]

WH_A_KWH = 1_000


class Usual(Struct, frozen=True, array_like=True, gc=False):
    """What a meter counts on a day as a rule."""

    days: int = 0
    """Of which it is known, as far as they are counted."""
    kwh: float = 0.0

    def after(self, kwh: float, most_days: int) -> "Usual":
        """With another day; the mean over the last `most_days` of them, the further back the
        less."""
        days = min(self.days + 1, most_days)
        return Usual(days, self.kwh + (kwh - self.kwh) / days)


@dataclass(frozen=True, slots=True)
class Balance:
    """A feeder's day."""

    supplied: Floats
    """What went in in each half-hour."""
    taken: Floats
    """What the homes took by their meters, less what they fed in; what is estimated for those that
    are away included."""
    homes: Mapping[str, Floats]
    """What each home took that is not away, by id."""
    covered: float
    """Which share of what all meters count as a rule is that of those that are not away."""
    counted: NDArray[np.bool_]
    """Half-hours that say something: both are above 0, so that no power was cut off, and none fed
    back, which a register does not count."""

    @property
    def missing(self) -> Floats:
        """What went in and was not taken."""
        return self.supplied - self.taken

    @property
    def supplied_kwh(self) -> float:
        """In the half-hours that count."""
        return float(self.supplied[self.counted].sum())

    @property
    def missing_kwh(self) -> float:
        """In the half-hours that count."""
        return float(self.missing[self.counted].sum())


def half_hours(meter: MeterDay) -> Floats | None:
    """What a meter counted in each half-hour; None if it is away."""
    marks = meter.gained_wh
    known = [number for number, mark in enumerate(marks) if mark is not None]
    if not known or known[0] != 0 or known[-1] != HALF_HOURS:
        return None
    gained = np.array([mark for mark in marks if mark is not None], dtype=np.float64) / WH_A_KWH
    if bool((np.diff(gained) < 0).any()):
        return None
    if len(known) < len(marks):
        gained = np.interp(np.arange(HALF_HOURS + 1), known, gained)
    return np.diff(gained)


def counted_by(meters: Iterable[MeterDay]) -> Counted:
    """What meters counted, by id; None of those that are away."""
    return {each.meter_id: half_hours(each) for each in meters}


def balance_of(fact: FeederDay, counted: Counted, usual: Mapping[str, Usual]) -> Balance | None:
    """A day's balance; None if it is not known what went in, or what any home took.

    Args:
        counted: What its meters did.
        usual: What meters count as a rule, of those of which a day before is known.
    """
    supplied = half_hours(fact.supply)
    homes = {each: counted[each] for each in counted if not each.endswith(EXPORT_SUFFIX)}
    exports = {each: counted[each] for each in counted if each.endswith(EXPORT_SUFFIX)}
    there = {each: energy for each, energy in homes.items() if energy is not None}
    if supplied is None or not there or fact.meters_count > len(fact.meters):
        return None
    covered, covered_fed = _covered(homes, usual), _covered(exports, usual)
    if not covered or not covered_fed:
        return None
    fed = [energy for energy in exports.values() if energy is not None]
    taken = _total(there.values()) / covered - _total(fed) / covered_fed
    counts = (supplied > 0) & (taken > 0)
    return Balance(supplied, taken, there, min(covered, covered_fed), counts)


def usual_after(usual: Mapping[str, Usual], counted: Counted, most_days: int) -> dict[str, Usual]:
    """What meters count as a rule, with a day; without meters that are no longer there."""
    after: dict[str, Usual] = {}
    for meter_id, energy in counted.items():
        before = usual.get(meter_id)
        if energy is not None:
            after[meter_id] = (before or Usual()).after(float(energy.sum()), most_days)
        elif before is not None:
            after[meter_id] = before
    return after


def _covered(counted: Counted, usual: Mapping[str, Usual]) -> float:
    """The share of those that are not away. One of which nothing is known counts as the mean of
    those of which something is."""
    if all(energy is not None for energy in counted.values()):
        return 1.0
    weights: dict[str, float] = {}
    for meter_id, energy in counted.items():
        if meter_id in usual:
            weights[meter_id] = usual[meter_id].kwh
        elif energy is not None:
            weights[meter_id] = float(energy.sum())
    mean = sum(weights.values()) / len(weights) if weights else 0.0
    whole = sum(weights.get(each, mean) for each in counted)
    part = sum(weights[each] for each, energy in counted.items() if energy is not None)
    return part / whole if whole > 0 else 0.0


def _total(parts: Iterable[Floats]) -> Floats:
    total: Floats = np.zeros(HALF_HOURS)
    for each in parts:
        total = total + each
    return total
