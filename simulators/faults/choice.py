"""Whom the faults of a run hit, and when: chosen by hash, the same in every process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.time import HOUR_MS
from simulators.batch import Batch
from simulators.errors import OptionError
from simulators.faults.effects import Fault, with_silent
from simulators.faults.kinds import (
    Amounts,
    FaultOptions,
    Mask,
    OfMeters,
    OfPlaces,
    Outage,
    Overload,
    whole_seconds_ms,
)
from simulators.fleet.registry import Registry, Text
from simulators.hashing import Hashes, text_hashes, uniform

Values = Callable[[NDArray[np.int32], Amounts], Batch]
"""What these meters (rows of the registry) say at these times (epoch ms) if nothing is wrong."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """One element per meter, in the order of the registry."""

    meter: NDArray[np.int32]
    place: Text
    """Its feeder or area, or empty."""
    identity: Hashes
    """Of what was chosen: the meter, the feeder or the area."""


def resolve(
    options: Sequence[FaultOptions], registry: Registry, values: Values, *, seed: int, begin_ms: int
) -> tuple[Fault, ...]:
    """The faults of a run that begins at `begin_ms` (simulated), in the order of their effect.

    Faults of feeders and areas take effect first. A meter has at most one of its own; export
    registers and solar homes have none. Faults of single meters begin and end with a reading.

    Args:
        registry: of the whole fleet, not of one process.

    Raises:
        OptionError: the fleet has fewer meters, feeders or areas than a fault is to hit.
    """
    free = ~registry.is_export & (registry.solar_w == 0)
    faults: list[Fault] = []
    for number, option in sorted(
        enumerate(options, 1), key=lambda numbered: isinstance(numbered[1], OfMeters)
    ):
        name = f"faults[{number}]"
        if isinstance(option, OfPlaces):
            chosen = _behind_places(option, registry, free, seed, name)
        elif isinstance(option, OfMeters):
            chosen = _single_meters(option, registry, free, seed, name)
            free[chosen.meter] = False
        start_ms, end_ms = _span(option, registry, chosen, begin_ms, seed, name)

        def register_m(ts_ms: Amounts, meter: NDArray[np.int32] = chosen.meter) -> Amounts:
            return with_silent(faults, values(meter, ts_ms))[0].register_m

        more_mw = np.zeros(len(chosen.meter), dtype=np.int64)
        if isinstance(option, Overload):
            more_mw = _more_mw(option, registry, chosen, start_ms, register_m)
        faults.append(
            Fault(
                options=option,
                meter=chosen.meter,
                place=chosen.place,
                start_ms=start_ms,
                end_ms=end_ms,
                register_at_start_m=register_m(start_ms),
                register_at_end_m=register_m(end_ms),
                more_mw=more_mw,
            )
        )
    return tuple(faults)


def _single_meters(
    option: OfMeters, registry: Registry, free: Mask, seed: int, name: str
) -> _Chosen:
    able = free & registry.is_commodity(option.commodity)
    what = f"{option.commodity} meters without solar and without another fault"
    if option.feeders_share < 1:
        feeders, place = np.unique(registry.feeder, return_inverse=True)
        draw = uniform(seed, f"{name} feeders", text_hashes(feeders))
        able &= (draw < option.feeders_share)[place]
        what += f" behind {option.feeders_share:g} of the feeders"
    candidates = np.flatnonzero(able)
    rows = candidates[_draw(option, registry.meter_hash[candidates], seed, name, what)]
    return _Chosen(
        rows.astype(np.int32), np.full(len(rows), b"", dtype="S1"), registry.meter_hash[rows]
    )


def _behind_places(
    option: OfPlaces, registry: Registry, free: Mask, seed: int, name: str
) -> _Chosen:
    place_of = registry.feeder if option.place == "feeder" else registry.area
    behind = registry.is_commodity("electricity")
    what = f"{option.place}s with electricity"
    if isinstance(option, Overload):
        behind &= free & np.isin(place_of, place_of[_rated(registry)])
        what += " and a rating, which those with a supply meter have"
    electric = np.flatnonzero(behind)
    places, index = np.unique(place_of[electric], return_inverse=True)
    hashes = text_hashes(places)
    drawn = _draw(option, hashes, seed, name, what)
    hit = np.isin(index, drawn)
    return _Chosen(electric[hit].astype(np.int32), place_of[electric[hit]], hashes[index[hit]])


def _draw(
    option: FaultOptions, hashes: Hashes, seed: int, name: str, what: str
) -> NDArray[np.int64]:
    """Which of these to hit, ascending."""
    number = uniform(seed, f"{name} {type(option).__name__}", hashes)
    if option.share is not None:
        return np.flatnonzero(number < option.share)
    if option.count is None or option.count > len(hashes):
        raise OptionError(
            f"{name}.count is {option.count}: the fleet has {len(hashes)} {what}; give more "
            "meters, or in the scenario's file a smaller count, or share in place of it"
        )
    return np.sort(np.argsort(number, kind="stable")[: option.count])


def _span(
    option: FaultOptions, registry: Registry, chosen: _Chosen, begin_ms: int, seed: int, name: str
) -> tuple[Amounts, Amounts]:
    """When the fault begins and ends at each meter."""
    cadence_ms = registry.cadence_ms[chosen.meter]
    later_ms = option.later_ms(uniform(seed, f"{name} begins", chosen.identity))
    start_ms = option.begins_after(begin_ms) + later_ms
    end_ms = start_ms + option.lasts_ms(cadence_ms)
    if isinstance(option, Outage):
        later = _homes_of_each_place(option.later_homes, registry, chosen, seed, f"{name} later")
        end_ms += np.where(later, whole_seconds_ms(option.later_minutes), 0)
    if isinstance(option, OfPlaces):
        return start_ms, end_ms
    phase_ms = registry.phase_ms[chosen.meter]
    return start_ms + (phase_ms - start_ms) % cadence_ms, end_ms + (phase_ms - end_ms) % cadence_ms


def _rated(registry: Registry) -> NDArray[np.int64]:
    """Meters of the registry that say what their feeder is rated for."""
    return np.flatnonzero(registry.is_commodity("supply") & (registry.capacity_w > 0))


def _more_mw(
    option: Overload,
    registry: Registry,
    chosen: _Chosen,
    start_ms: Amounts,
    register_m: Callable[[Amounts, NDArray[np.int32]], Amounts],
) -> Amounts:
    """What each home draws more so that its feeder's homes draw what the option says, on average
    over its time; 0 where they do anyway.

    Args:
        register_m: what these meters' registers say at these times.
    """
    feeders, first, place, homes = np.unique(
        chosen.place, return_index=True, return_inverse=True, return_counts=True
    )
    rated = _rated(registry)
    order = np.argsort(registry.feeder[rated])
    known = np.searchsorted(registry.feeder[rated][order], feeders)
    wanted_mw = option.utilisation * 1_000.0 * registry.capacity_w[rated[order[known]]]

    # Whoever is behind them counts: homes with panels, and what these export.
    electric = np.flatnonzero(
        registry.is_commodity("electricity") & np.isin(registry.feeder, feeders)
    ).astype(np.int32)
    feeder = np.searchsorted(feeders, registry.feeder[electric])
    from_ms = start_ms[first[feeder]]
    lasts_ms = whole_seconds_ms(option.minutes)
    gained_m = register_m(from_ms + lasts_ms, electric) - register_m(from_ms, electric)
    signed_m = np.where(registry.is_export[electric], -gained_m, gained_m)
    drawn_mw = np.bincount(feeder, signed_m, len(feeders)) * HOUR_MS / lasts_ms
    more_mw = np.maximum(wanted_mw - drawn_mw, 0) / homes
    each_mw: Amounts = np.rint(more_mw).astype(np.int64)[place]
    return each_mw


def _homes_of_each_place(
    homes: int, registry: Registry, chosen: _Chosen, seed: int, purpose: str
) -> Mask:
    """Which of the chosen meters are of so many homes of their feeder or area, by hash."""
    home = registry.home[chosen.meter]
    drawn = uniform(seed, purpose, home.astype(np.uint64))
    order = np.lexsort((home, drawn, chosen.identity))
    first_of_place = _begins(chosen.identity[order])
    number = np.cumsum(first_of_place | _begins(home[order]))
    of_first = np.maximum.accumulate(np.where(first_of_place, number, 0))
    found = np.zeros(len(home), dtype=np.bool_)
    found[order] = number - of_first < homes
    return found


def _begins(runs: NDArray[np.generic]) -> Mask:
    """Where another value begins."""
    begins = np.ones(len(runs), dtype=np.bool_)
    begins[1:] = runs[1:] != runs[:-1]
    return begins
