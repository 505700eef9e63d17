"""Three grids of points in south-east London, each a home."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simulators.fleet.geohash import encode
from simulators.hashing import text_hash

BLOCKS = 8
"""Along each side of a grid."""
LATITUDE_STEP, LONGITUDE_STEP = 0.000242, -0.00035


@dataclass(frozen=True, slots=True)
class Grid:
    """A square of `side` by `side` homes; degrees, steps away from the origin."""

    latitude: float
    longitude: float
    side: int

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Latitude and longitude of each home, the origin first, its opposite corner last."""
        steps = np.arange(self.side)
        return (
            self.latitude + np.repeat(steps, self.side) * LATITUDE_STEP,
            self.longitude + np.tile(steps, self.side) * LONGITUDE_STEP,
        )

    def blocks(self) -> NDArray[np.int64]:
        """The block of each home, from 0: BLOCKS by BLOCKS squares of about 50 homes."""
        place = np.arange(self.side) * BLOCKS // self.side
        return np.repeat(place, self.side) * BLOCKS + np.tile(place, self.side)


GRIDS = (
    Grid(51.439006, -0.073757, 57),
    Grid(51.452318, -0.055667, 57),
    Grid(51.464798, -0.073757, 58),
)


@cache
def points() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude of all 9,862 homes, grid by grid."""
    latitudes, longitudes = zip(*(grid.points() for grid in GRIDS), strict=True)
    return np.concatenate(latitudes), np.concatenate(longitudes)


@cache
def blocks() -> NDArray[np.int64]:
    """The block of each home, counted through all grids."""
    return np.concatenate([number * BLOCKS**2 + grid.blocks() for number, grid in enumerate(GRIDS)])


@cache
def homes() -> tuple[str, ...]:
    """Geohashes of all homes; no two are the same."""
    return tuple(encode(*points()).astype(str).tolist())


def geohash_of(meter_id: str) -> str:
    """A home for a meter whose own place is unknown: always the same one for the same meter."""
    return homes()[text_hash(meter_id) % len(homes())]
