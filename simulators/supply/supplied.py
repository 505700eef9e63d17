"""What goes into each feeder, as its supply meter counts it.

Homes' registers are known at any time, losses follow the square of the load and are known only as
they are added up: half-hour by half-hour, at each half-hour's mean load, from a little before the
run on. So a supply meter's register begins with the run; what it gains does not depend on when that
was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from contracts.time import HOUR_MS
from simulators.batch import Batch
from simulators.demand.london_profile import UNIT
from simulators.demand.values import Fleet, register_of_homes_m
from simulators.faults.choice import resolve
from simulators.faults.effects import Fault, drawn_m
from simulators.faults.kinds import FaultOptions
from simulators.fleet.plan import FleetPlan
from simulators.supply.dark import Dark, dark
from simulators.supply.errors import Errors
from simulators.supply.losses import Losses, losses

HALF_HOUR_MS = HOUR_MS // 2
EARLIER = 3
"""Half-hours before the run: the first readings tell of intervals before it."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Edge:
    """The beginning of a half-hour; one element per feeder."""

    drawn_m: Ints
    """What its homes have drawn, net, mWh."""
    counted_m: Floats
    """What the supply meter has counted."""
    highest_m: Floats
    """The largest that it had counted at a half-hour."""


@dataclass(frozen=True, slots=True)
class _HalfHour:
    lost_mw: Floats
    factor: Floats
    besides_mw: Floats
    """What the meter counts that is not there."""

    def counted_m(self, feeder: Ints, drawn_m: Ints, lit_ms: Ints) -> Floats:
        """What the meters of these feeders count in a part of it, mWh."""
        hours: Floats = lit_ms / HOUR_MS
        whole_m: Floats = drawn_m.astype(np.float64) + self.lost_mw[feeder] * hours
        counted: Floats = whole_m * self.factor[feeder] + self.besides_mw[feeder] * hours
        return counted


@dataclass(slots=True)
class Supply:
    """The supply meters of a fleet: what they say is asked for by their number, from 0."""

    fleet: Fleet
    faults: Sequence[Fault]
    home: NDArray[np.int32]
    """Meters that count, imports and exports, feeder by feeder."""
    sign: Ints
    first: Ints
    """Each feeder's first place in `home`, and one more at the end."""
    cadence_ms: Ints
    losses: Losses
    errors: Iterator[tuple[Floats, Floats]]
    dark: Dark
    origin: int
    """The first half-hour, counted from 1970."""
    edges: list[_Edge] = field(default_factory=list)
    half_hours: list[_HalfHour] = field(default_factory=list)

    def __call__(self, number: Ints, ts_ms: Ints) -> tuple[Ints, Ints]:
        """Register and demand of these supply meters at these times.

        What flows back is taken off what went in. The register does not go back for it: it stands
        still until as much has gone in again.
        """
        cadence_ms = self.cadence_ms[number]
        counted_m, highest_m = self._at(number, ts_ms)
        before_m, _ = self._at(number, ts_ms - cadence_ms)
        register_m = np.floor(np.maximum(counted_m, highest_m)).astype(np.int64)
        gained_m = np.floor(counted_m).astype(np.int64) - np.floor(before_m).astype(np.int64)
        return register_m, gained_m * HOUR_MS // cadence_ms

    def _at(self, number: Ints, ts_ms: Ints) -> tuple[Floats, Floats]:
        """What has been counted, and the largest of the half-hours before."""
        counted_m, highest_m = np.empty(len(number)), np.empty(len(number))
        half_hour = (ts_ms - 1) // HALF_HOUR_MS - self.origin
        for each in np.unique(half_hour).tolist():
            self._reach(each + 1)
            rows = np.flatnonzero(half_hour == each)
            feeder, at_ms, begin = number[rows], ts_ms[rows], self.edges[each]
            begin_ms = np.full(len(rows), (self.origin + each) * HALF_HOUR_MS)
            drawn = self._drawn_m(feeder, at_ms) - begin.drawn_m[feeder]
            lit_ms = self.dark.lit_ms(feeder, begin_ms, at_ms)
            more_m = self.half_hours[each].counted_m(feeder, drawn, lit_ms)
            counted_m[rows] = begin.counted_m[feeder] + more_m
            highest_m[rows] = begin.highest_m[feeder]
        return counted_m, highest_m

    def _reach(self, edge: int) -> None:
        """Know all edges up to this one."""
        feeder = np.arange(len(self.cadence_ms))
        while len(self.edges) <= edge:
            number = len(self.edges)
            end_ms = np.full(len(feeder), (self.origin + number) * HALF_HOUR_MS)
            drawn_m = self._drawn_m(feeder, end_ms)
            if not number:
                nothing = np.zeros(len(feeder))
                self.edges.append(_Edge(drawn_m, nothing, nothing))
                continue
            begin = self.edges[-1]
            lit_ms = self.dark.lit_ms(feeder, end_ms - HALF_HOUR_MS, end_ms)
            gained_m = drawn_m - begin.drawn_m
            load_mw = gained_m * HOUR_MS / np.maximum(lit_ms, 1) * (lit_ms > 0)
            factor, besides_mw = next(self.errors)
            half_hour = _HalfHour(
                self.losses.at(load_mw, self.origin + number - 1), factor, besides_mw
            )
            counted_m = begin.counted_m + half_hour.counted_m(feeder, gained_m, lit_ms)
            self.half_hours.append(half_hour)
            self.edges.append(_Edge(drawn_m, counted_m, np.maximum(begin.highest_m, counted_m)))

    def _drawn_m(self, feeder: Ints, ts_ms: Ints) -> Ints:
        """What the homes of these feeders have drawn, net, up to these times."""
        number = self.first[feeder + 1] - self.first[feeder]
        begins = np.cumsum(number) - number
        place = np.arange(number.sum()) + np.repeat(self.first[feeder] - begins, number)
        meter, at_ms = self.home[place], np.repeat(ts_ms, number)
        register_m = register_of_homes_m(self.fleet, meter, at_ms)
        signed_m = self.sign[place] * drawn_m(self.faults, _registers(meter, at_ms, register_m))
        sums: Ints = np.add.reduceat(signed_m, begins)
        return sums


def supply_begins_ms(begin_ms: int) -> int:
    """When supply meters begin to count in a run that begins then."""
    return (begin_ms // HALF_HOUR_MS - EARLIER) * HALF_HOUR_MS


def with_supply(
    fleet: Fleet, plan: FleetPlan, options: Sequence[FaultOptions], begin_ms: int
) -> Fleet:
    """The fleet whose supply meters know what happens behind them in a run that begins then.

    Args:
        options: the faults of the run.
    """
    registry = fleet.registry
    meters = registry.take(slice(fleet.homes, None))
    if not len(meters):
        return fleet
    assert fleet.demand is not None

    def registers(meter: NDArray[np.int32], ts_ms: Ints) -> Batch:
        register_m = np.zeros(len(meter), dtype=np.int64)
        home = np.flatnonzero(meter < fleet.homes)
        register_m[home] = register_of_homes_m(fleet, meter[home], ts_ms[home])
        return _registers(meter, ts_ms, register_m)

    faults = resolve(options, registry, registers, seed=plan.seed, begin_ms=begin_ms)
    feeder = _feeder_of(fleet, meters.feeder)
    order = np.argsort(feeder, kind="stable")
    home = order[np.count_nonzero(feeder < 0) :]
    imports = np.where(registry.is_export, -1, feeder)
    mean_mw = fleet.demand.scale * UNIT * (imports[: fleet.homes] >= 0)
    origin = supply_begins_ms(begin_ms) // HALF_HOUR_MS
    mean_load_mw = np.bincount(imports[: fleet.homes].clip(min=0), mean_mw, len(meters))
    errors = Errors(meters, plan.supply_noise, plan.supply_wander, mean_load_mw.astype(np.float64))
    supply = Supply(
        fleet=fleet,
        faults=faults,
        home=home.astype(np.int32),
        sign=np.where(registry.is_export[home], -1, 1),
        first=np.searchsorted(feeder[home], np.arange(len(meters) + 1)),
        cadence_ms=meters.cadence_ms,
        losses=losses(meters),
        errors=errors.from_half_hour(origin),
        dark=dark(faults, imports, len(meters)),
        origin=origin,
    )
    return replace(fleet, supplied=supply)


def _feeder_of(fleet: Fleet, feeders: NDArray[np.bytes_]) -> Ints:
    """Number of the supply meter of each meter's feeder; -1 without one, and of what is no
    electricity of a home."""
    order = np.argsort(feeders)
    place = np.searchsorted(feeders[order], fleet.registry.feeder).clip(max=len(feeders) - 1)
    number = order[place]
    found = (feeders[number] == fleet.registry.feeder) & fleet.registry.is_commodity("electricity")
    return np.where(found, number, -1)


def _registers(meter: NDArray[np.int32], ts_ms: Ints, register_m: Ints) -> Batch:
    """Readings of which nothing but the register is asked."""
    nothing = np.zeros(len(meter), dtype=np.int64)
    return Batch(meter, ts_ms, nothing, register_m, nothing, np.zeros(len(meter)))
