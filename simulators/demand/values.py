"""What each meter says at any time: a pure function of the fleet's seed, the meter and the time.

What supply meters say is a fleet's `supplied` to answer. A reading's register is the exact integral
of the demand since the device was installed, in whole thousandths, its demand the mean over the
interval that it ends, rounded down. Times are whole seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

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

MILLION = 1_000_000

Ints = NDArray[np.int64]
Supplied = Callable[[Ints, Ints], tuple[Ints, Ints]]
"""Register (mWh) and demand (mW) of supply meters, by their number from 0, at these times (ms)."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """A registry, and what it takes to compute its meters' values."""

    registry: Registry
    homes: int
    """How many of its meters are of homes; supply meters come after them."""
    demand: LondonDemand | None
    """Of the profile `london`, and of homes' meters."""
    start: Ints
    """Of the reference profiles: each meter's place in its table of draws."""
    volts_from: Ints
    """Each meter's place in the wave of the voltage, s."""
    installed_m: Ints
    """What each home's meter has used since the epoch when its device was installed."""
    supplied: Supplied | None = None
    """None until it is known what happens in the run (`simulators.supply`)."""
    cached: dict[int, Energy] = field(default_factory=dict)
    """The latest minutes of all meters: a shortcut of `values`, which says the same without."""


def make_fleet(registry: Registry) -> Fleet:
    """A fleet of the registry's meters."""
    home = registry.home.astype(np.uint64)
    legacy = registry.profile != "london"
    homes = int(np.count_nonzero(~registry.is_commodity("supply")))
    fleet = Fleet(
        registry=registry,
        homes=homes,
        demand=None if legacy else london_demand(registry.take(slice(0, homes))),
        start=(uniform(registry.seed, "start", registry.meter_hash) * DRAWS).astype(np.int64),
        volts_from=(uniform(registry.seed, "volts", home) * VOLTAGE_WAVE_S).astype(np.int64),
        installed_m=np.zeros(homes, dtype=np.int64),
    )
    known = np.flatnonzero(registry.installed_ms[:homes]).astype(np.int32)
    if not len(known):
        return fleet
    installed_m = fleet.installed_m.copy()
    installed_m[known] = register_of_homes_m(fleet, known, registry.installed_ms[known])
    return replace(fleet, installed_m=installed_m)


def values(fleet: Fleet, meter: NDArray[np.int32], ts_ms: Ints) -> Batch:
    """The readings of these meters (rows of the registry) at these times, in any combination, if
    nothing is wrong and nothing measured wrongly."""
    registry = fleet.registry
    cadence_ms = registry.cadence_ms[meter]
    t_s = ts_ms // 1_000
    of_homes = _legacy if fleet.demand is None else _london
    if fleet.homes == len(registry):
        register_m, demand_m = of_homes(fleet, meter, t_s, cadence_ms // 1_000)
    else:
        register_m, demand_m = np.empty_like(t_s), np.empty_like(t_s)
        home = np.flatnonzero(meter < fleet.homes)
        register_m[home], demand_m[home] = of_homes(
            fleet, meter[home], t_s[home], cadence_ms[home] // 1_000
        )
        supply = np.flatnonzero(meter >= fleet.homes)
        if len(supply):
            assert fleet.supplied is not None, "the fleet has supply meters: see simulators.supply"
            register_m[supply], demand_m[supply] = fleet.supplied(
                meter[supply].astype(np.int64) - fleet.homes, ts_ms[supply]
            )
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


def metered(fleet: Fleet, batch: Batch) -> Batch:
    """What meters make of it, each with its own error."""
    gain_ppm = fleet.registry.gain_ppm[batch.meter].astype(np.int64)
    if not gain_ppm.any():
        return batch
    return replace(
        batch,
        register_m=batch.register_m + batch.register_m * gain_ppm // MILLION,
        demand_m=batch.demand_m + batch.demand_m * gain_ppm // MILLION,
    )


def register_of_homes_m(fleet: Fleet, meter: NDArray[np.int32], ts_ms: Ints) -> Ints:
    """What `values` has as the registers of homes' meters, without the rest."""
    t_s = ts_ms // 1_000
    if fleet.demand is None:
        return _legacy(fleet, meter, t_s, fleet.registry.cadence_ms[meter] // 1_000)[0]
    minute = (t_s - 1) // MINUTE_S
    energy = _energy(fleet, meter, minute)
    used_m: Ints = (energy.used + energy.level * (t_s - minute * MINUTE_S)) // HOUR_S
    return used_m - fleet.installed_m[meter]


def _london(
    fleet: Fleet, meter: NDArray[np.int32], t_s: Ints, interval_s: Ints
) -> tuple[Ints, Ints]:
    minute = (t_s - 1) // MINUTE_S
    energy = _energy(fleet, meter, minute)
    into_s = t_s - minute * MINUTE_S
    register_m = (energy.used + energy.level * into_s) // HOUR_S - fleet.installed_m[meter]
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
    if CACHE_FROM * len(meter) < fleet.homes or not (minute == first).all():
        return fleet.demand.at(meter.astype(np.int64), minute)
    if first not in fleet.cached:
        while len(fleet.cached) > 1:
            del fleet.cached[next(iter(fleet.cached))]
        everyone = np.arange(fleet.homes)
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
    demand_m = (register_m - before_m) * HOUR_S // interval_s
    return register_m - fleet.installed_m[meter], demand_m
