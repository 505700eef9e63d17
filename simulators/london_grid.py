"""Where simulated homes are: three grids of points in south-east London."""

from dataclasses import dataclass
from functools import cache
from itertools import chain

import pygeohash

from simulators.hashing import text_hash

LATITUDE_STEP, LONGITUDE_STEP = 0.000242, -0.00035
GEOHASH_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Grid:
    """A square of `side` by `side` homes; degrees, steps away from the origin."""

    latitude: float
    longitude: float
    side: int

    def geohashes(self) -> list[str]:
        """Geohash of each home, the origin first, its opposite corner last."""
        return [
            pygeohash.encode(
                self.latitude + i * LATITUDE_STEP,
                self.longitude + j * LONGITUDE_STEP,
                precision=GEOHASH_LENGTH,
            )
            for i in range(self.side)
            for j in range(self.side)
        ]


GRIDS = (
    Grid(51.439006, -0.073757, 57),
    Grid(51.452318, -0.055667, 57),
    Grid(51.464798, -0.073757, 58),
)


@cache
def homes() -> tuple[str, ...]:
    """Geohashes of all 9,862 homes, grid by grid; no two are the same."""
    return tuple(chain.from_iterable(grid.geohashes() for grid in GRIDS))


def geohash_of(meter_id: str) -> str:
    """A home for a meter whose own place is unknown: always the same one for the same meter."""
    return homes()[text_hash(meter_id) % len(homes())]
