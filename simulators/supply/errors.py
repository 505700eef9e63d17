"""How supply meters are wrong besides their gain: by a share of each half-hour, and by a slow
wander that does not follow the load."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from simulators.fleet.registry import Registry
from simulators.hashing import normal

WANDER_HALF_HOURS = 48
"""The wander's time constant: what is left of it after so long is 1/e."""
WARM_UP = 10 * WANDER_HALF_HOURS
"""So much earlier the wander begins at 0: what it is depends on its beginning no more then."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Errors:
    """Of supply meters; standard deviations are shares."""

    meters: Registry
    noise: float
    wander: float
    """Of the mean load."""
    mean_load_mw: Floats

    def from_half_hour(self, half_hour: int) -> Iterator[tuple[Floats, Floats]]:
        """Of each half-hour since 1970 from this one on: the factor by which the meters count what
        there is, and what they count besides, mW."""
        keep = math.exp(-1 / WANDER_HALF_HOURS)
        renew = math.sqrt(1 - keep**2)
        slow = np.zeros(len(self.meters))
        for number in count(half_hour - WARM_UP):
            if self.wander:
                slow = keep * slow + renew * self._draw("wander", number)
            if number >= half_hour:
                noise = self.noise * self._draw("noise", number) if self.noise else 0 * slow
                yield 1 + noise, self.wander * slow * self.mean_load_mw

    def _draw(self, purpose: str, half_hour: int) -> Floats:
        number = np.full(len(self.meters), half_hour, dtype=np.uint64)
        return normal(self.meters.seed, f"supply {purpose}", self.meters.meter_hash, number)
