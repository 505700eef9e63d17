"""What each meter says at any time: a pure function of the fleet's seed, the meter and the time.

A reading's register is the exact integral of the demand since the epoch in whole thousandths, its
demand the mean over the interval that it ends, rounded down. Times are whole seconds.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulators.batch import Batch
from simulators.demand.legacy import DRAWS, draws
from simulators.demand.london import MINUTE_S, Energy, LondonDemand, london_demand
from simulators.fleet.registry import USED, Registry
from simulators.hashing import uniform

HOUR_S = 3_600
CACHE_FROM = 16
"""One in so many meters asked for at one minute makes it worth to compute them all."""
VOLTAGE_V, VOLTAGE_SWING_V, VOLTAGE_WAVE_S = 230.0, 4.0, 900
_VOLTS = np.round(
    VOLTAGE_V + VOLTAGE_SWING_V * np.sin(np.arange(VOLTAGE_WAVE_S) * 2 * np.pi / VOLTAGE_WAVE_S), 1
)

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fleet:
    """A registry, and what it takes to compute its meters' values."""

    registry: Registry
    demand: LondonDemand | None
    """Of the profile `london`."""
    start: Ints
    """Of the reference profiles: each meter's place in its table of draws."""
    volts_from: Ints
    """Each meter's place in the wave of the voltage, s."""
    cached: dict[int, Energy] = field(default_factory=dict)
    """The latest minutes of all meters: a shortcut of `values`, which says the same without."""


def make_fleet(registry: Registry) -> Fleet:
    """A fleet of the registry's meters."""
    home = registry.home.astype(np.uint64)
    legacy = registry.profile != "london"
    return Fleet(
        registry=registry,
        demand=None if legacy else london_demand(registry),
        start=(uniform(registry.seed, "start", registry.meter_hash) * DRAWS).astype(np.int64),
        volts_from=(uniform(registry.seed, "volts", home) * VOLTAGE_WAVE_S).astype(np.int64),
    )


def values(fleet: Fleet, meter: NDArray[np.int32], ts_ms: Ints) -> Batch:
    """The readings of these meters (rows of the registry) at these times, in any combination."""
    registry = fleet.registry
    cadence_ms = registry.cadence_ms[meter]
    t_s = ts_ms // 1_000
    if fleet.demand is None:
        register_m, demand_m = _legacy(fleet, meter, t_s, cadence_ms // 1_000)
    else:
        register_m, demand_m = _london(fleet, meter, t_s, cadence_ms // 1_000)
    electric = registry.is_commodity("electricity") & ~registry.is_export
    volts = _VOLTS[(fleet.volts_from[meter] + t_s) % VOLTAGE_WAVE_S]
    return Batch(
        meter=meter,
        ts_ms=ts_ms,
        seq=(ts_ms - registry.phase_ms[meter]) // cadence_ms,
        register_m=register_m,
        demand_m=demand_m,
        voltage_v=np.where(electric[meter], volts, np.nan),
    )


def _london(
    fleet: Fleet, meter: NDArray[np.int32], t_s: Ints, interval_s: Ints
) -> tuple[Ints, Ints]:
    minute = (t_s - 1) // MINUTE_S
    energy = _energy(fleet, meter, minute)
    into_s = t_s - minute * MINUTE_S
    register_m = (energy.used + energy.level * into_s) // HOUR_S
    demand_m = energy.net_level
    begin_s = t_s - interval_s
    longer = np.flatnonzero(begin_s < minute * MINUTE_S)
    if len(longer):
        before_minute = begin_s[longer] // MINUTE_S
        before = _energy(fleet, meter[longer], before_minute)
        net_before = before.net + before.net_level * (begin_s[longer] - before_minute * MINUTE_S)
        net = (energy.net + energy.net_level * into_s)[longer]
        demand_m = demand_m.copy()
        demand_m[longer] = (net - net_before) // interval_s[longer]
    return register_m, demand_m


def _energy(fleet: Fleet, meter: NDArray[np.int32], minute: Ints) -> Energy:
    """Energy at the beginnings of minutes; a whole fleet's at once where that pays."""
    assert fleet.demand is not None
    first = int(minute[0]) if len(minute) else 0
    if CACHE_FROM * len(meter) < len(fleet.registry) or not (minute == first).all():
        return fleet.demand.at(meter.astype(np.int64), minute)
    if first not in fleet.cached:
        while len(fleet.cached) > 1:
            del fleet.cached[next(iter(fleet.cached))]
        everyone = np.arange(len(fleet.registry))
        fleet.cached[first] = fleet.demand.at(everyone, np.full_like(everyone, first))
    return fleet.cached[first].take(meter.astype(np.int64))


def _legacy(
    fleet: Fleet, meter: NDArray[np.int32], t_s: Ints, interval_s: Ints
) -> tuple[Ints, Ints]:
    register_m, before_m = np.empty_like(t_s), np.empty_like(t_s)
    commodity = fleet.registry.commodity[meter]
    for number, name in enumerate(USED):
        rows = np.flatnonzero(commodity == number)
        if len(rows):
            table, start = draws(fleet.registry.profile, name), fleet.start[meter[rows]]
            register_m[rows] = table.register_m(start, t_s[rows])
            before_m[rows] = table.register_m(start, t_s[rows] - interval_s[rows])
    return register_m, (register_m - before_m) * HOUR_S // interval_s
