"""The fitted London profile: days of real homes by home (archetype), season and kind of day.

`python -m simulators.london.fit FILE` wrote `data/london_days.parquet` and
`data/london_homes.parquet` from the Low Carbon London data (UK Power Networks, CC BY 4.0).
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

DATA = Path(__file__).parents[1] / "data"
DAYS_FILE, HOMES_FILE = "london_days.parquet", "london_homes.parquet"
HALF_HOURS = 48
UNIT = 1_000
"""A home's mean demand is this many units."""
SEASONS = 6
CODE_STEP = 1.0445
"""Files hold a byte for each half-hour: 0, or 1 and up for 1 unit and then 4.45 % more each."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LondonProfile:
    """Days in units of a home's mean demand, and the homes that were fitted."""

    days: Ints
    """A row a day: mean demand in each half-hour, units."""
    first: Ints
    """[archetype, season, weekend]: the class's first row of `days`."""
    number: Ints
    """[archetype, season, weekend]: how many days the class has."""
    mean_w: NDArray[np.float64]
    """Of each archetype."""


@cache
def london_profile() -> LondonProfile:
    """The committed fit."""
    return read_profile(DATA)


def read_profile(folder: Path) -> LondonProfile:
    """Read what `fit_london` wrote."""
    table = pl.read_parquet(folder / DAYS_FILE).sort("archetype", "season", "weekend", "day")
    homes = pl.read_parquet(folder / HOMES_FILE).sort("archetype")
    classes = (
        table.with_row_index()
        .group_by("archetype", "season", "weekend")
        .agg(pl.col("index").min().alias("first"), pl.len().alias("number"))
        .sort("archetype", "season", "weekend")
    )
    shape = (homes.height, SEASONS, 2)
    return LondonProfile(
        days=_UNITS[table["codes"].to_numpy()],
        first=classes["first"].to_numpy().astype(np.int64).reshape(shape),
        number=classes["number"].to_numpy().astype(np.int64).reshape(shape),
        mean_w=homes["mean_w"].to_numpy(),
    )


def season_of_month(month: Ints) -> Ints:
    """Season of months 0 to 11: two months each, from December."""
    return (month + 1) % 12 // 2


def encoded(units: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Codes of units; what is not zero stays above zero."""
    code = 1 + np.rint(np.log(np.maximum(units, 1)) / np.log(CODE_STEP))
    return np.where(units > 0, np.minimum(code, len(_UNITS) - 1), 0).astype(np.uint8)


_UNITS = np.concatenate(([0], np.rint(CODE_STEP ** np.arange(255)))).astype(np.int64)
