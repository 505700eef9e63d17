"""Hours from the archive of a namespace: its electricity meters, without export registers.

A step between two readings counts in the hour in which it ends, as everywhere
(`contracts.energy`). An hour is complete if steps that were measured apart cover all of it: none is
longer than 1.5 times the meter's usual one, none is a fall of the register.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import polars as pl

from adapters.archive.snapshot import day_of, read
from contracts.energy import GAP_CADENCES
from contracts.meters import EXPORT_SUFFIX
from contracts.settings import Settings
from contracts.time import HOUR_MS
from detection.unusual.frames import COLUMNS


def of_archive(settings: Settings, days: Callable[[str], bool] | None = None) -> pl.DataFrame:
    """A frame of hours from the readings that are archived.

    A day's readings must fit into memory.

    Args:
        days: Which UTC days (`YYYY-MM-DD`) are wanted; all if absent.

    Raises:
        ArchiveError: the archive is not on this machine, or cannot be read.
    """
    return read(settings, _hours, days)


def newest_ms(settings: Settings) -> int | None:
    """Event time of the newest archived reading, epoch ms; None without one.

    Raises:
        ArchiveError: the archive is not on this machine, or cannot be read.
    """

    def newest(paths: list[Path]) -> int | None:
        last = [path for path in paths if day_of(path) == day_of(paths[-1])]
        return pl.scan_parquet(last).select(pl.col("ts").max()).collect().item() if last else None

    return read(settings, newest)


def _hours(paths: list[Path]) -> pl.DataFrame:
    parts = list(_parts(paths))
    if not parts:
        return pl.DataFrame(schema=COLUMNS)
    return (
        pl.concat(parts)
        .group_by("meter_id", "hour_ms")
        .agg(pl.col("energy_mwh").sum(), complete=pl.col("covered_ms").sum() == HOUR_MS)
        .select(pl.col(name).cast(type_) for name, type_ in COLUMNS.items())
    )


def _parts(paths: list[Path]) -> Iterator[pl.DataFrame]:
    """What each day adds to hours: `meter_id`, `hour_ms`, `energy_mwh`, `covered_ms`."""
    last: pl.DataFrame | None = None
    for _, files in groupby(paths, day_of):
        words = _words(list(files))
        counts_intervals = pl.col("energy_mwh").is_not_null().any().over("meter_id")
        yield _added(_intervals(words.filter(counts_intervals)))
        registers = words.filter(~counts_intervals).select("meter_id", "ts", "seq", "register_mwh")
        if last is not None:
            registers = pl.concat([last, registers])
        registers = registers.unique(["meter_id", "ts", "seq"], keep="last").sort(
            "meter_id", "ts", "seq"
        )
        yield _added(_steps(registers))
        last = registers.unique("meter_id", keep="last", maintain_order=True)


def _words(files: list[Path]) -> pl.DataFrame:
    """The last word on each reading, or on each of its revisions."""
    order = ("meter_id", "ts", "seq", "revision", "kafka_partition", "kafka_offset")
    return (
        pl.scan_parquet(files)
        .filter(
            pl.col("commodity") == "electricity", ~pl.col("meter_id").str.ends_with(EXPORT_SUFFIX)
        )
        .select(
            "meter_id",
            "ts",
            "seq",
            pl.col("revision").fill_null(0),
            "interval_ms",
            "kafka_partition",
            "kafka_offset",
            register_mwh=(pl.col("register") * 1_000).round().cast(pl.Int64),
            energy_mwh=(pl.col("energy") * 1_000).round().cast(pl.Int64),
        )
        .collect()
        .sort(order)
        .unique(["meter_id", "ts", "seq", "revision"], keep="last", maintain_order=True)
    )


def _intervals(words: pl.DataFrame) -> pl.DataFrame:
    """Steps of meters that say the energy of intervals; a revision adds its difference, and covers
    what is covered already."""
    return words.filter(pl.col("energy_mwh").is_not_null()).select(
        "meter_id",
        "ts",
        "energy_mwh",
        length_ms="interval_ms",
        counts=pl.col("interval_ms").is_not_null() & (pl.col("revision") == 0),
    )


def _steps(readings: pl.DataFrame) -> pl.DataFrame:
    """Steps between consecutive readings of a register."""
    gained = pl.col("register_mwh").diff().over("meter_id")
    length_ms = pl.col("ts").diff().over("meter_id")
    usual_ms = pl.col("length_ms").filter(pl.col("length_ms") > 0).median().over("meter_id")
    return (
        readings.with_columns(gained=gained, length_ms=length_ms)
        .filter(pl.col("length_ms").is_not_null())
        .with_columns(usual_ms=usual_ms)
        .select(
            "meter_id",
            "ts",
            "length_ms",
            energy_mwh=pl.max_horizontal("gained", 0),
            counts=(pl.col("gained") >= 0)
            & (pl.col("length_ms") <= GAP_CADENCES * pl.col("usual_ms")),
        )
    )


def _added(steps: pl.DataFrame) -> pl.DataFrame:
    """What steps add to the hour in which they end, and what they cover of the one before."""
    hour_ms = (pl.col("ts") - 1) // HOUR_MS * HOUR_MS
    # What is longer than an hour says nothing of any.
    covered_ms = pl.when(pl.col("counts") & (pl.col("length_ms") <= HOUR_MS)).then("length_ms")
    placed = steps.with_columns(hour_ms=hour_ms, covered_ms=covered_ms.otherwise(0))
    within_ms = pl.min_horizontal("covered_ms", pl.col("ts") - pl.col("hour_ms"))
    return pl.concat(
        [
            placed.select("meter_id", "hour_ms", "energy_mwh", covered_ms=within_ms),
            placed.filter(pl.col("covered_ms") > within_ms).select(
                "meter_id",
                hour_ms=pl.col("hour_ms") - HOUR_MS,
                energy_mwh=pl.lit(0, pl.Int64),
                covered_ms=pl.col("covered_ms") - within_ms,
            ),
        ]
    )
