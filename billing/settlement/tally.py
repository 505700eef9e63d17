"""What stays and supplies add up to, as pieces of the curve come in: a day of all registers at once
is one product of two matrices.

Segments come in any pieces, each segment once; those of a register in the order of time. A gap that
reaches back into days that were there before only adds to them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from billing.curve.segments import Segments
from billing.settlement.allocation import Allocation
from billing.settlement.rows import Stays
from billing.settlement.together import Together
from billing.settlement.used import Others, Used, Weights
from billing.tariffs.columns import products
from billing.tariffs.gas import converted
from contracts.billing import Letter
from contracts.energy import Span
from contracts.masters import Direction, Installation
from contracts.time import DAY_MS

Ints = NDArray[np.int64]
Exact = NDArray[np.int64] | NDArray[np.object_]
"""Python's integers where 64 bits might not do."""

LETTERS = max(Letter) + 1
NO_PEAK = -1
_NEVER = -1


class _PlanSums:
    """Sums of the supplies on one version of a plan."""

    def __init__(self, weights: Weights, supplies: int) -> None:
        self.weights = weights
        self.sums: Exact = np.zeros((supplies, weights.imported.shape[1]), dtype=np.int64)
        self.total: Ints = np.zeros(supplies, dtype=np.int64)
        self.peaks_mwh: Ints = np.full((supplies, weights.windows.shape[1]), NO_PEAK)
        self.others_mwh: Ints = np.zeros(
            (supplies, LETTERS, len(weights.quantities)), dtype=np.int64
        )
        # The last period that has energy may get more of it from what comes next, and some that was
        # not measured: until then it is no peak.
        self._last = np.full(supplies, _NEVER)
        self._last_mwh = np.zeros(supplies, dtype=np.int64)
        self._rests: dict[int, int] = {}
        self._last_measured = np.ones(supplies, dtype=np.bool_)

    def copy(self) -> "_PlanSums":
        """One that goes on from here by itself."""
        found = copy(self)
        for name, value in vars(self).items():
            if name != "weights":
                setattr(found, name, value.copy())
        return found

    def add(self, supply: Ints, energy_mwh: Ints, first: int, direction: Direction) -> None:
        """Rows of energy, each of a supply, from the month's period `first` on."""
        if direction == "import":
            np.add.at(self.total, supply, energy_mwh.sum(axis=1))
        weights = self.weights.imported if direction == "import" else self.weights.exported
        part = products(energy_mwh, weights[first : first + energy_mwh.shape[1]])
        self.sums = _added(self.sums, supply, part)

    def converted(self, stay: Ints, energy_mwh: Ints, first: int) -> Ints:
        """Rows of stays in what the plan counts. What is left of a whole thousandth of one is
        converted with what comes of it next, so that no order of days matters to the sum."""
        how = self.weights.conversion
        if how is None:
            return energy_mwh
        rests = np.array([self._rests.get(each, 0) for each in stay.tolist()], dtype=object)
        last = first + energy_mwh.shape[1]
        energy, rests = converted(energy_mwh, how.of(first, last), rests)
        self._rests.update(zip(stay.tolist(), rests.tolist(), strict=True))
        return energy

    def converted_parts(self, energy_mwh: Ints, period: Ints) -> Ints:
        """Parts of periods in what the plan counts, each rounded down: shares of an estimate, of
        which no thousandth is asked for."""
        how = self.weights.conversion
        if how is None:
            return energy_mwh
        each = np.array(how.numerators, dtype=object)[period]
        found: Ints = (energy_mwh * each // how.denominator).astype(np.int64)
        return found

    def add_others(self, others: Others, direction: Direction) -> None:
        """What of it is not simply measured."""
        weights = self.weights.imported if direction == "import" else self.weights.exported
        counts = weights[others.period][:, self.weights.quantities]
        added = counts * others.energy_mwh[:, np.newaxis]
        np.add.at(self.others_mwh, (others.supply, others.letter), added)

    def used(self) -> list[Used]:
        """What each supply adds up to, with nothing more to come."""
        self._end_held(np.arange(len(self.total)))
        some_others = self.others_mwh.any(axis=(1, 2)).tolist()
        rows = zip(
            self.sums.tolist(),
            self.total.tolist(),
            self.peaks_mwh.tolist(),
            some_others,
            strict=True,
        )
        return [
            Used(
                tuple(sums),
                total,
                tuple(None if peak == NO_PEAK else peak for peak in peaks),
                self._others(place) if others else {},
            )
            for place, (sums, total, peaks, others) in enumerate(rows)
        ]

    def _others(self, supply: int) -> Mapping[int, Mapping[Letter, int]]:
        others = self.others_mwh[supply]
        return {
            column: {
                letter: int(others[letter, place]) for letter in Letter if others[letter, place]
            }
            for place, column in enumerate(self.weights.quantities)
            if others[:, place].any()
        }

    def look_for_peaks(
        self, supply: Ints, energy_mwh: Ints, measured: NDArray[np.bool_], first: int
    ) -> None:
        """The largest periods of rows; what is not measured is no peak."""
        if self.peaks_mwh.shape[1] == 0 or len(supply) == 0:
            return
        who, place = np.unique(supply, return_inverse=True)
        periods = energy_mwh.shape[1]
        energy = np.zeros((len(who), periods), dtype=np.int64)
        known = np.ones((len(who), periods), dtype=np.bool_)
        # Registers of one supply have one peak, not each its own.
        np.add.at(energy, place, energy_mwh)
        np.logical_and.at(known, place, measured)
        held = (self._last[who] >= first) & (self._last[who] < first + periods)
        at = self._last[who[held]] - first
        energy[held, at] += self._last_mwh[who[held]]
        known[held, at] &= self._last_measured[who[held]]
        used = energy != 0
        last = periods - 1 - used[:, ::-1].argmax(axis=1)
        newer = np.flatnonzero(used.any(axis=1) & (last + first >= self._last[who]))
        self._end_held(who[newer][self._last[who[newer]] < first])
        within = self.weights.windows[first : first + periods]
        over = known.copy()
        over[newer, last[newer]] = False
        for component in range(within.shape[1]):
            candidates = np.where(over & within[:, component], energy, NO_PEAK).max(axis=1)
            had = self.peaks_mwh[who, component]
            self.peaks_mwh[who, component] = np.maximum(had, candidates)
        self._last[who[newer]] = last[newer] + first
        self._last_mwh[who[newer]] = energy[newer, last[newer]]
        self._last_measured[who[newer]] = known[newer, last[newer]]

    def _end_held(self, who: Ints) -> None:
        """Nothing more comes of the last periods of these supplies: they may be peaks."""
        own = who[(self._last[who] != _NEVER) & self._last_measured[who]]
        held = np.where(
            self.weights.windows[self._last[own]], self._last_mwh[own, np.newaxis], NO_PEAK
        )
        self.peaks_mwh[own] = np.maximum(self.peaks_mwh[own], held)


class Tally:
    """Sums of a month.

    Args:
        plans: Of each supply the place of its version of a plan in `weights`, or none.
    """

    def __init__(
        self,
        allocation: Allocation,
        registers: Sequence[Installation],
        month: Span,
        period_ms: int,
        plans: Sequence[int | None],
        weights: Sequence[Weights],
    ) -> None:
        self._month, self._period_ms = month, period_ms
        stays = allocation.stays
        self._stays = Stays(stays, len(registers), period_ms)
        self._direction = np.array(
            [registers[stay.register].direction for stay in stays], dtype=np.str_
        )
        self._supply = np.array(
            [_NEVER if stay.supply is None else stay.supply for stay in stays], dtype=np.int64
        )
        self._plan = np.array([_NEVER if plan is None else plan for plan in plans], dtype=np.int64)
        # There may be no supply at all, and then there is none to look the last one of up by -1.
        self._plan_of_stay = np.full(len(stays), _NEVER)
        supplied = self._supply >= 0
        self._plan_of_stay[supplied] = self._plan[self._supply[supplied]]
        self._local = np.zeros(len(plans), dtype=np.int64)
        self._sums: list[_PlanSums] = []
        for place, each in enumerate(weights):
            own = np.flatnonzero(self._plan == place)
            self._local[own] = np.arange(len(own))
            self._sums.append(_PlanSums(each, len(own)))
        self._letters_mwh = np.zeros((len(stays), LETTERS), dtype=np.int64)
        # Of some supplies a period is known once all of their registers are.
        self._is_together = self._several(allocation, weights)
        self._together: list[Together] = []
        self._place = np.full(len(plans), _NEVER)
        for place, each in enumerate(weights):
            own = np.flatnonzero(self._is_together & (self._plan == place))
            self._place[own] = np.arange(len(own))
            self._together.append(Together(len(own), each))

    def add(self, segments: Segments) -> None:
        """Count what segments have in the month; each of them once."""
        for span in _days(segments, self._month):
            inside = (segments.begin_ms < span.end_ms) & (segments.end_ms > span.begin_ms)
            if inside.all():
                self._add(segments, span)
            elif inside.any():
                self._add(segments.take(inside), span)

    def copy(self) -> "Tally":
        """One that goes on from here by itself."""
        found = copy(self)
        found._sums = [each.copy() for each in self._sums]
        found._together = [each.copy() for each in self._together]
        found._letters_mwh = self._letters_mwh.copy()
        return found

    def letters_mwh(self) -> list[Mapping[Letter, int]]:
        """What each stay has, by letter; without letters that have none."""
        letters = [*Letter]
        return [
            {letter: row[letter] for letter in letters if row[letter]}
            for row in self._letters_mwh.tolist()
        ]

    def used(self) -> list[Used]:
        """What each supply adds up to."""
        found = [Used((), 0, (), {})] * len(self._plan)
        for plan, (sums, together) in enumerate(zip(self._sums, self._together, strict=True)):
            alone = sums.used()
            for supply in np.flatnonzero(self._plan == plan).tolist():
                if self._is_together[supply]:
                    found[supply] = together.used(int(self._place[supply]))
                else:
                    found[supply] = alone[self._local[supply]]
        return found

    def _several(self, allocation: Allocation, weights: Sequence[Weights]) -> NDArray[np.bool_]:
        """Whether a period of a supply is known only with all of its registers: if there is a
        demand that several make together, or if what one gives is taken off what another takes."""
        registers: dict[int, set[tuple[str, int]]] = defaultdict(set)
        for stay, direction in zip(allocation.stays, self._direction.tolist(), strict=True):
            if stay.supply is not None:
                registers[stay.supply].add((direction, stay.register))
        found = np.zeros(len(self._plan), dtype=np.bool_)
        for supply, its in registers.items():
            plan = int(self._plan[supply])
            if plan >= 0:
                takes = sum(1 for direction, _ in its if direction == "import")
                gives = any(direction == "export" for direction, _ in its)
                has_demand = weights[plan].windows.shape[1] > 0
                found[supply] = (takes > 1 and has_demand) or (gives and weights[plan].nets)
        return found

    def _add(self, segments: Segments, span: Span) -> None:
        rows = self._stays.rows(segments, span)
        first = (span.begin_ms - self._month.begin_ms) // self._period_ms
        total = rows.energy_mwh.sum(axis=1)
        simply = self._letters_mwh[:, int(Letter.A)]
        np.add.at(simply, rows.stay, total)
        stay_of_other = rows.stay[rows.other_row]
        np.add.at(self._letters_mwh, (stay_of_other, rows.other_letter), rows.other_mwh)
        billed = rows.other_letter != Letter.N
        np.subtract.at(simply, stay_of_other[billed], rows.other_mwh[billed])
        supply = self._supply[rows.stay]
        plan = self._plan_of_stay[rows.stay]
        measured = np.ones(rows.energy_mwh.shape, dtype=np.bool_)
        measured[rows.other_row, rows.other_period] = False
        for place, sums in enumerate(self._sums):
            of_plan = plan == place
            for direction in ("import", "export"):
                chosen = np.flatnonzero(of_plan & (self._direction[rows.stay] == direction))
                if len(chosen) == 0:
                    continue
                # What is all of them, as a rule, needs no copy.
                energy = rows.energy_mwh if len(chosen) == len(plan) else rows.energy_mwh[chosen]
                energy = sums.converted(rows.stay[chosen], energy, first)
                of_chosen = np.isin(rows.other_row, chosen) & billed
                period = rows.other_period[of_chosen] + first
                others = Others(
                    supply[rows.other_row[of_chosen]],
                    period,
                    rows.other_letter[of_chosen],
                    sums.converted_parts(rows.other_mwh[of_chosen], period),
                )
                its = supply[chosen]
                alone = ~self._is_together[its]
                if not alone.all():
                    self._add_together(place, its, energy, others, first, direction)
                    its, energy, chosen = its[alone], energy[alone], chosen[alone]
                    others = others.only(~self._is_together[others.supply])
                local = self._local[its]
                sums.add(local, energy, first, direction)
                sums.add_others(others._replace(supply=self._local[others.supply]), direction)
                if direction == "import":
                    sums.look_for_peaks(local, energy, measured[chosen], first)

    def _add_together(
        self,
        plan: int,
        supply: Ints,
        energy_mwh: Ints,
        others: Others,
        first: int,
        direction: Direction,
    ) -> None:
        sums, own = self._together[plan], self._is_together[supply]
        sums.add(self._place[supply[own]], energy_mwh[own], first, direction)
        others = others.only(self._is_together[others.supply])
        sums.add_others(others._replace(supply=self._place[others.supply]), direction)


def _days(segments: Segments, month: Span) -> Iterator[Span]:
    """The UTC days of the month of which segments may have some time."""
    if len(segments) == 0:
        return
    first_ms = max(int(segments.begin_ms.min()), month.begin_ms) // DAY_MS * DAY_MS
    last_ms = min(int(segments.end_ms.max()), month.end_ms)
    for ms in range(first_ms, last_ms, DAY_MS):
        yield Span(max(ms, month.begin_ms), min(ms + DAY_MS, month.end_ms))


def _added(sums: Exact, rows: Ints, part: Exact) -> Exact:
    """Sums with parts added to some rows, exactly."""
    if sums.dtype != object and part.dtype != object and len(rows):
        # As floats: a bound that is itself beyond 64 bits must not wrap.
        bound = float(np.abs(sums).max(initial=0)) + float(np.abs(part).max(initial=0)) * len(rows)
        if bound >= 2**62:
            bound = float(np.abs(sums).max()) + float(np.abs(part).max()) * _most(rows)
        if bound < 2**62:
            np.add.at(sums, rows, part)
            return sums
    sums = sums.astype(object)
    np.add.at(sums, rows, part.astype(object))
    return sums


def _most(rows: Ints) -> int:
    """How often the most frequent row is among them."""
    return int(np.bincount(rows).max(initial=0))
