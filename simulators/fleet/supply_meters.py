"""Supply meters: one at the transformer of a feeder, and what the transformer is rated for."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from contracts.reading import COMMODITIES
from contracts.time import MINUTE_MS, SECOND_MS
from simulators.demand.london import EV_MW, london_demand
from simulators.demand.london_profile import UNIT
from simulators.fleet.registry import Registry
from simulators.hashing import normal, text_hashes, uniform

SUFFIX = b":supply"
"""After the feeder, a supply meter's id."""
PEAK = 2.2
"""A winter's load in mean loads, without the cars, which may all charge with it."""
RESERVE = 1.2
"""A transformer is rated for so many times that at least, and for what its largest user draws more
for some minutes: BURST times that one's mean."""
BURST = 8
RATINGS_W = 1_000 * np.array(
    [50, 100, 160, 200, 250, 315, 400, 500, 630, 800, 1_000, 1_250, 1_600, 2_000, 2_500]
)
"""Of distribution transformers, at a power factor of 1 (IEC 60076-1, preferred values in kVA)."""


def with_supply_meters(
    registry: Registry, share: float, *, cadence_ms: int, gain_error: float
) -> Registry:
    """The fleet, and a meter more for so many of its feeders with electricity, by hash.

    A transformer stands where the first of its homes is.

    Args:
        gain_error: standard deviation of how wrong they are, as a share.
    """
    seed = registry.seed
    electric = np.flatnonzero(registry.is_commodity("electricity") & ~registry.is_export)
    feeders, first, place = np.unique(
        registry.feeder[electric], return_index=True, return_inverse=True
    )
    ids = np.char.add(feeders, SUFFIX)
    hashes = text_hashes(ids)
    chosen = np.flatnonzero(uniform(seed, "supply meter", hashes) < share)
    number, own = len(chosen), hashes[chosen]
    second = (uniform(seed, "supply phase", own) * (cadence_ms // SECOND_MS)).astype(np.int64)
    meters = registry.take(electric[first[chosen]])
    no = np.zeros(number, dtype=np.bool_)
    return registry.joined(
        replace(
            meters,
            meter_id=ids[chosen],
            announced_feeder=meters.feeder,
            home=np.full(number, -1, dtype=np.int32),
            commodity=np.full(number, COMMODITIES.index("supply"), dtype=np.int8),
            business=no,
            tariff=np.zeros(number, dtype=np.int8),
            cadence_ms=np.full(number, cadence_ms, dtype=np.int64),
            # half-hours end on the clock, as those of homes do
            phase_ms=SECOND_MS * second if cadence_ms <= MINUTE_MS else np.zeros_like(second),
            solar_w=np.zeros(number, dtype=np.int32),
            ev=no,
            gain_ppm=np.rint(1e6 * gain_error * normal(seed, "supply gain", own)).astype(np.int32),
            capacity_w=_ratings_w(registry.take(electric), place, len(feeders))[chosen],
            meter_hash=own,
        )
    )


def _ratings_w(homes: Registry, feeder: NDArray[np.int64], feeders: int) -> NDArray[np.int32]:
    """Of each feeder the smallest rating above what it must carry, or the largest that there is.

    Args:
        feeder: number of each home's.
    """
    mean_w = london_demand(homes).scale * UNIT / 1_000
    largest_w = np.zeros(feeders)
    np.maximum.at(largest_w, feeder, mean_w)
    cars_w = np.bincount(feeder, homes.ev * EV_MW / 1_000, feeders)
    all_w = PEAK * np.bincount(feeder, mean_w, feeders) + cars_w
    place = np.searchsorted(RATINGS_W, RESERVE * all_w + BURST * largest_w).clip(
        max=len(RATINGS_W) - 1
    )
    ratings_w: NDArray[np.int32] = RATINGS_W[place].astype(np.int32)
    return ratings_w
