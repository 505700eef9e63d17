"""Homes with solar panels: what is left to import and what is exported, half-hour by half-hour.

Sunshine follows from latitude and date, dimmed by the day's clouds. A home's panels are sized in
its own mean demand, so that import and export are sums over tables like everything else.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simulators.demand.day_library import day_library
from simulators.demand.london_profile import HALF_HOURS, UNIT
from simulators.demand.weather import CYCLE_DAYS
from simulators.hashing import uniform

SIZES = (4, 8, 12)
"""Peak power of the panels, in mean demands of the home."""
SKIES = 2
"""Sequences of cloudy and clear days."""
BAND_DEGREES = 5
FARTHEST_DEGREES = 60
"""Latitudes beyond count as this one."""
TILT_GAIN = 1.1
YEAR_DAYS = 365.25

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SolarHomes:
    """Classes of solar homes, one element each: those of a class share their sums."""

    row: Ints
    """Calendar of the day library."""
    size: Ints
    """Index into SIZES."""
    sky: Ints
    band: Ints
    """Latitude in steps of BAND_DEGREES, signed."""
    imported_before: Ints
    """[class, day of the cycle]: units imported on the days before, one day more at the end."""
    exported_before: Ints

    def until(self, number: Ints, half_hour: Ints, *, export: bool) -> tuple[Ints, Ints]:
        """Sum of the half-hours from the epoch up to this one, and the units in it, by class."""
        day, place = np.divmod(half_hour, HALF_HOURS)
        rounds, day = np.divmod(day, CYCLE_DAYS)
        before = self.exported_before if export else self.imported_before
        surplus = _surplus(
            self.row[number], self.size[number], self.sky[number], self.band[number], day
        )
        flow = np.maximum(surplus if export else -surplus, 0)
        earlier = np.where(np.arange(HALF_HOURS) < place[:, None], flow, 0).sum(axis=1)
        whole_days = rounds * before[number, -1] + before[number, day]
        return whole_days + earlier, flow[np.arange(len(flow)), place]


def solar_homes(row: Ints, size: Ints, sky: Ints, band: Ints) -> SolarHomes:
    """The sums of these classes."""
    imported, exported = (np.zeros((len(row), CYCLE_DAYS + 1), np.int64) for _ in range(2))
    days = np.arange(CYCLE_DAYS)
    for number in range(len(row)):
        same = np.full(CYCLE_DAYS, number)
        surplus = _surplus(row[same], size[same], sky[same], band[same], days)
        np.maximum(-surplus, 0).sum(axis=1).cumsum(out=imported[number, 1:])
        np.maximum(surplus, 0).sum(axis=1).cumsum(out=exported[number, 1:])
    return SolarHomes(row, size, sky, band, imported, exported)


def band_of(latitude: NDArray[np.float64]) -> Ints:
    """Band of each latitude (degrees)."""
    near = np.clip(latitude, -FARTHEST_DEGREES, FARTHEST_DEGREES)
    band: Ints = np.rint(near / BAND_DEGREES).astype(np.int64)
    return band


def sunless(band: Ints, half_hour: Ints) -> NDArray[np.bool_]:
    """Whether the sun is down, at each latitude, in half-hours of local solar time since 1970."""
    day, place = np.divmod(half_hour, HALF_HOURS)
    down = np.empty(len(band), dtype=np.bool_)
    for latitude in np.unique(band):
        rows = band == latitude
        down[rows] = _sunshine(int(latitude))[day[rows] % CYCLE_DAYS, place[rows]] == 0
    return down


def _surplus(row: Ints, size: Ints, sky: Ints, band: Ints, day: Ints) -> Ints:
    """Units made less units used in each half-hour of days of the cycle, a row each."""
    library = day_library()
    used = library.shapes[library.shape_of[row, day]]
    made = np.empty_like(used)
    for latitude in np.unique(band):
        rows = band == latitude
        made[rows] = _sunshine(int(latitude))[day[rows]]
    clear = np.stack([_clear(number) for number in range(SKIES)])[sky, day]
    # whole per mille of sun and sky, so that any machine makes the same units
    peak = np.array(SIZES)[size] * UNIT
    surplus: Ints = made * (clear * peak)[:, None] // 1_000_000 - used
    return surplus


@cache
def _sunshine(band: int) -> Ints:
    """Output under a clear sky, per mille of the peak, [day of the cycle, half-hour]."""
    day = np.arange(CYCLE_DAYS)[:, None]
    hour = (np.arange(HALF_HOURS) + 0.5) / 2
    declination = np.radians(-23.44) * np.cos(2 * np.pi * (day + 10) / YEAR_DAYS)
    latitude = np.radians(band * BAND_DEGREES)
    elevation = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(
        declination
    ) * np.cos(np.pi * (hour - 12) / 12)
    output: Ints = np.rint(1_000 * np.clip(elevation * TILT_GAIN, 0, 1)).astype(np.int64)
    return output


@cache
def _clear(sky: int) -> Ints:
    """What the clouds of each day of the cycle let through, per mille."""
    days = np.arange(CYCLE_DAYS, dtype=np.uint64)
    through: Ints = np.rint(150 + 750 * uniform(0, f"sky {sky}", days)).astype(np.int64)
    return through
