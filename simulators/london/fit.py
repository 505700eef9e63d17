"""Fits the London profile: `python -m simulators.london.fit FILE`, once.

Of the file's homes 30 % are held out, for tests, by a hash of their names. Each of the others is an
archetype: it keeps a sample of its days for every season, of weekdays and of weekends, in units of
its mean demand. Sampled days are scaled, by the part of the day, so that their mean is that of all
days of the class. Zeros stay zeros, peaks stay peaks.
"""

import sys
from itertools import product
from pathlib import Path

import numpy as np
import orjson
import polars as pl
from numpy.typing import NDArray

from simulators.demand.london_profile import (
    DATA,
    DAYS_FILE,
    HALF_HOURS,
    HOMES_FILE,
    SEASONS,
    UNIT,
    encoded,
    season_of_month,
)
from simulators.hashing import text_hash, uniform
from simulators.london.lcl import HALF_HOUR_MS, read_london

HELD_OUT_SHARE = 0.3
STATISTICS_FILE = "london_statistics.json"
"""`statistics` of the fitted homes and of those held out."""
WEEKDAYS_KEPT, WEEKEND_DAYS_KEPT = 5, 3
"""Of a home and season."""
FEWEST_DAYS = 60
"""A home with fewer whole days says too little of its year."""
PART_OF_DAY = 8
"""Half-hours that are scaled together."""
LARGEST_CORRECTION = 2.0
SEED = 2013

Floats = NDArray[np.float64]


def whole_days(path: Path) -> pl.DataFrame:
    """Days with all 48 half-hours: `meter_id`, `date` (GMT), `watts` (48 means), sorted."""
    readings = read_london(path).readings
    begin = pl.col("ts") - HALF_HOUR_MS
    return (
        readings.with_columns(date=pl.from_epoch(begin, "ms").dt.date())
        .group_by("meter_id", "date")
        .agg((pl.col("demand_mw").sort_by("ts") / 1_000).alias("watts"))
        .filter(pl.col("watts").list.len() == HALF_HOURS)
        .with_columns(pl.col("watts").list.to_array(HALF_HOURS))
        .sort("meter_id", "date")
        .filter(pl.len().over("meter_id") >= FEWEST_DAYS)
    )


def is_held_out(meter_id: str) -> bool:
    """Whether the home serves tests instead of the fit."""
    return text_hash(meter_id) % 1_000 < 1_000 * HELD_OUT_SHARE


def fit(days: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The tables of days and homes that `london_profile` reads."""
    watts = days["watts"].to_numpy()
    names, home = np.unique(days["meter_id"].to_numpy().astype(str), return_inverse=True)
    mean_w = np.bincount(home, watts.mean(axis=1)) / np.bincount(home)
    units = watts / mean_w[home][:, None] * UNIT
    season = season_of_month(days["date"].dt.month().to_numpy().astype(np.int64) - 1)
    weekend = days["date"].dt.weekday().to_numpy() >= 6
    ticket = uniform(
        SEED,
        "day",
        np.array([text_hash(name) for name in names], dtype=np.uint64)[home],
        days["date"].to_numpy().astype("datetime64[D]").astype(np.uint64),
    )
    kept = []
    for archetype, of_season, of_weekend in product(
        range(len(names)), range(SEASONS), (False, True)
    ):
        rows = np.flatnonzero((home == archetype) & (weekend == of_weekend))
        own = rows[season[rows] == of_season]
        # a home that was not there in a season lives it like the rest of its year
        rows = own if len(own) else rows
        most = WEEKEND_DAYS_KEPT if of_weekend else WEEKDAYS_KEPT
        sample = rows[np.argsort(ticket[rows])[:most]]
        for number, shape in enumerate(encoded(_corrected(units[sample], units[rows]))):
            kept.append((archetype, of_season, of_weekend, number, shape.tolist()))
    table = pl.DataFrame(
        kept,
        orient="row",
        schema={
            "archetype": pl.Int8,
            "season": pl.Int8,
            "weekend": pl.Boolean,
            "day": pl.Int8,
            "codes": pl.Array(pl.UInt8, HALF_HOURS),
        },
    )
    archetypes = np.arange(len(names), dtype=np.int8)
    return table, pl.DataFrame({"archetype": archetypes, "mean_w": mean_w.round(1)})


def statistics(
    watts: Floats, home: NDArray[np.int64], weekend: NDArray[np.bool_]
) -> dict[str, list[float]]:
    """What the fit is judged by; a row of `watts` is a day of a home.

    The mean day of weekdays and of weekends as shares of their common mean, and each home's share
    of half-hours without any use, largest half-hour in means, and mean (W).
    """
    number = np.bincount(home)
    mean_w = np.bincount(home, watts.mean(axis=1)) / number
    peak_w = np.zeros(len(number))
    np.maximum.at(peak_w, home, watts.max(axis=1))
    zero = np.bincount(home, (watts == 0).mean(axis=1)) / number
    columns = {
        "weekday": watts[~weekend].mean(axis=0) / watts.mean(),
        "weekend": watts[weekend].mean(axis=0) / watts.mean(),
        "zero_share": zero,
        "peak_to_mean": peak_w / mean_w,
        "mean_w": mean_w,
    }
    return {name: column.round(4).tolist() for name, column in columns.items()}


def _corrected(sample: Floats, everything: Floats) -> Floats:
    """The sampled days with the mean of all days, in each part of the day."""
    wanted, had = (
        days.mean(axis=0).reshape(-1, PART_OF_DAY).mean(axis=1) for days in (everything, sample)
    )
    factor = np.clip(wanted / np.maximum(had, 1), 1 / LARGEST_CORRECTION, LARGEST_CORRECTION)
    corrected: Floats = sample * np.repeat(factor, PART_OF_DAY)
    return corrected


def _statistics_of(days: pl.DataFrame) -> dict[str, list[float]]:
    _, home = np.unique(days["meter_id"].to_numpy().astype(str), return_inverse=True)
    return statistics(days["watts"].to_numpy(), home, days["date"].dt.weekday().to_numpy() >= 6)


def main(path: Path) -> None:
    """Fit and write both files."""
    days = whole_days(path)
    fitted = [name for name in days["meter_id"].unique().sort() if not is_held_out(name)]
    table, homes = fit(days.filter(pl.col("meter_id").is_in(fitted)))
    DATA.mkdir(exist_ok=True)
    for frame, name in ((table, DAYS_FILE), (homes, HOMES_FILE)):
        frame.write_parquet(DATA / name, compression="zstd", compression_level=19)
    is_fitted = pl.col("meter_id").is_in(fitted)
    seen = {
        "fitted": _statistics_of(days.filter(is_fitted)),
        "held_out": _statistics_of(days.filter(~is_fitted)),
    }
    (DATA / STATISTICS_FILE).write_bytes(orjson.dumps(seen))
    for name in (DAYS_FILE, HOMES_FILE, STATISTICS_FILE):
        print(f"{DATA / name}: {(DATA / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m simulators.london.fit FILE, a Low Carbon London CSV")
    main(Path(sys.argv[1]))
