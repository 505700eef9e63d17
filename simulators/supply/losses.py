"""What is lost between a transformer and the homes behind it, and what burns without a meter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.demand.london import DEGREES_LONGITUDE_PER_HOUR
from simulators.demand.solar import band_of, sunless
from simulators.fleet.registry import Registry
from simulators.hashing import uniform

NO_LOAD_MW = 350_000.0
"""Of a transformer, 30 % more or less: it is lost day and night."""
NO_LOAD_WITHIN = 0.3
LOAD_MW, AT_LOAD_MW = 2_400_000.0, 60_000_000.0
"""Lost in windings and lines at this load, and with the square of the load."""
LEAST_LOAD_SHARE, LOAD_SHARES = 0.6, 1.0
"""That of a feeder is 0.6 to 1.6 times as much."""
LARGEST_LAMPS_MW = 600_000.0
"""Street lights, from sunset to sunrise: up to so much."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Losses:
    """One element per feeder, mW."""

    no_load: Floats
    per_load_squared: Floats
    """Per mW of load squared."""
    lamps: Floats
    band: Ints
    """Latitude, as `solar.band_of` counts it."""
    ahead: Ints
    """Local solar time less UTC, in half-hours."""

    def at(self, load: Floats, half_hour: int) -> Floats:
        """What is lost at this mean load (mW) in a half-hour since 1970, lamps included."""
        night = sunless(self.band, half_hour + self.ahead)
        lamps = np.where(night, self.lamps, 0.0)
        lost: Floats = self.no_load + self.per_load_squared * load**2 + lamps
        return lost


def losses(meters: Registry) -> Losses:
    """Those of the feeders of these supply meters, drawn by hash."""

    def draw(purpose: str) -> Floats:
        return uniform(meters.seed, f"supply {purpose}", meters.meter_hash)

    load_share = LEAST_LOAD_SHARE + LOAD_SHARES * draw("load loss")
    hours = np.rint(meters.longitude / DEGREES_LONGITUDE_PER_HOUR).astype(np.int64)
    return Losses(
        no_load=NO_LOAD_MW * (1 + NO_LOAD_WITHIN * (2 * draw("no load") - 1)),
        per_load_squared=LOAD_MW * load_share / AT_LOAD_MW**2,
        lamps=LARGEST_LAMPS_MW * draw("lamps"),
        band=band_of(meters.latitude),
        ahead=2 * hours,
    )
