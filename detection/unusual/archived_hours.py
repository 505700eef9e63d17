"""Hours from the archive of a namespace: its electricity meters, without export registers.

A step between two readings counts in the hour in which it ends, as everywhere
(`contracts.energy`). An hour is complete if it is whole by the rule of `contracts.hours`, as in the
hot job. A meter counts by the energies of intervals on each UTC day on which it sends any: what the
registry says of it is not archived.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import polars as pl

from adapters.archive.snapshot import day_of, read, snapshot
from contracts.hours import LONGEST_STEP_MS, MOST_MWH, READ_WITHIN_MS
from contracts.meters import EXPORT_SUFFIX
from contracts.settings import Settings
from contracts.time import HOUR_MS
from detection.unusual.frames import COLUMNS

WRAPS = (2**16, 2**32)
"""Where sequence numbers begin again."""
MOST_LOST_AT_A_WRAP = 64
"""A number that falls by less than it would take to wrap and lose so many has begun again."""

_NO_REGISTER = pl.lit(None, pl.Int64)


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

    days = {day_of(path) for path in snapshot(settings)}
    if not days:
        return None

    def newest(paths: list[Path]) -> int | None:
        found: int | None = pl.scan_parquet(paths).select(pl.col("ts").max()).collect().item()
        return found

    return read(settings, newest, lambda day: day == max(days))


def _hours(paths: list[Path]) -> pl.DataFrame:
    parts = list(_parts(paths))
    if not parts:
        return pl.DataFrame(schema=COLUMNS)
    # Of a register the difference from its beginning to its end, whatever was read between them.
    measured = pl.col("measured_mwh").sum()
    begin = pl.col("begin_mwh").max()
    is_within = (pl.col("register_mwh").min() >= begin) & (
        pl.col("register_mwh").max() <= begin + measured
    )
    whole = (
        pl.col("read_at_start").any()
        & pl.col("read_at_end").any()
        & is_within.fill_null(value=True)
        & measured.is_between(0, MOST_MWH)
        & (pl.col("missing").sum() == 0)
    )
    return (
        pl.concat(parts)
        .group_by("meter_id", "hour_ms")
        .agg(pl.col("energy_mwh").sum(), measured_mwh=measured, complete=whole)
        .with_columns(energy_mwh=pl.when("complete").then("measured_mwh").otherwise("energy_mwh"))
        .select(pl.col(name).cast(type_) for name, type_ in COLUMNS.items())
    )


def _parts(paths: list[Path]) -> Iterator[pl.DataFrame]:
    """What each day says of hours: `meter_id`, `hour_ms`, `energy_mwh`, and `measured_mwh` in which
    a register that fell counts; `read_at_start`, `read_at_end`; the register at the reading before
    the hour, `begin_mwh`, and at one in it, `register_mwh`; `missing`, how many readings of
    intervals more there are than came."""
    last: pl.DataFrame | None = None
    for _, files in groupby(paths, day_of):
        words = _words(list(files))
        yield _said(words)
        readings = words.group_by("meter_id", "ts", "seq", maintain_order=True).agg(
            pl.col("register_mwh", "by_intervals").last()
        )
        if last is not None:
            readings = pl.concat([last, readings])
        readings = readings.sort("meter_id", "ts", "seq")
        yield from _steps(readings)
        last = readings.unique("meter_id", keep="last", maintain_order=True)


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
            "kafka_partition",
            "kafka_offset",
            register_mwh=(pl.col("register") * 1_000).round().cast(pl.Int64),
            energy_mwh=(pl.col("energy") * 1_000).round().cast(pl.Int64),
        )
        .collect()
        .sort(order)
        .unique(["meter_id", "ts", "seq", "revision"], keep="last", maintain_order=True)
        .with_columns(by_intervals=pl.col("energy_mwh").is_not_null().any().over("meter_id"))
    )


def _said(words: pl.DataFrame) -> pl.DataFrame:
    """What words of meters that send energies of intervals say by themselves: a revision adds its
    difference, and is no reading."""
    return words.filter("by_intervals").select(
        "meter_id",
        hour_ms=_hour_of("ts"),
        energy_mwh=pl.col("energy_mwh").fill_null(0),
        measured_mwh=pl.col("energy_mwh").fill_null(0),
        read_at_start=pl.lit(value=False),
        read_at_end=pl.lit(value=False),
        begin_mwh=_NO_REGISTER,
        register_mwh=_NO_REGISTER,
        missing=-(pl.col("revision") == 0).cast(pl.Int64),
    )


def _steps(readings: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """What steps between consecutive readings say of the hour that they end in, and of the one that
    they begin in."""
    register, by_intervals = pl.col("register_mwh"), pl.col("by_intervals")
    steps = (
        readings.with_columns(
            gained=register.diff().over("meter_id"),
            ts_before=pl.col("ts").shift().over("meter_id"),
            seq_before=pl.col("seq").shift().over("meter_id"),
            hour_ms=_hour_of("ts"),
        )
        .filter(pl.col("ts_before").is_not_null())
        .with_columns(
            length_ms=pl.col("ts") - pl.col("ts_before"),
            numbers=_grown(pl.col("seq_before"), pl.col("seq")),
            hour_before_ms=_hour_of("ts_before"),
        )
        .with_columns(
            is_short=(pl.col("length_ms") <= READ_WITHIN_MS)
            | ((pl.col("numbers") == 1) & (pl.col("length_ms") <= LONGEST_STEP_MS)),
            is_over_edge=pl.col("hour_ms") != pl.col("hour_before_ms"),
        )
    )
    yield steps.select(
        "meter_id",
        "hour_ms",
        energy_mwh=pl.when(by_intervals).then(0).otherwise(pl.max_horizontal("gained", 0)),
        measured_mwh=pl.when(by_intervals).then(0).otherwise("gained"),
        read_at_start=pl.col("is_over_edge")
        & (pl.col("is_short") | (pl.col("ts_before") == pl.col("hour_ms"))),
        read_at_end=pl.col("ts") % HOUR_MS == 0,
        begin_mwh=pl.when(~by_intervals, "is_over_edge").then(register - pl.col("gained")),
        register_mwh=pl.when(~by_intervals).then(register),
        missing=pl.when(by_intervals).then("numbers").otherwise(0),
    )
    yield steps.filter("is_over_edge", "is_short", pl.col("ts_before") % HOUR_MS != 0).select(
        "meter_id",
        hour_ms="hour_before_ms",
        energy_mwh=pl.lit(0, pl.Int64),
        measured_mwh=pl.lit(0, pl.Int64),
        read_at_start=pl.lit(value=False),
        read_at_end=pl.lit(value=True),
        begin_mwh=_NO_REGISTER,
        register_mwh=_NO_REGISTER,
        missing=pl.lit(0, pl.Int64),
    )


def _hour_of(ts: str) -> pl.Expr:
    """Start of the hour in which a reading of that time ends a step."""
    return (pl.col(ts) - 1) // HOUR_MS * HOUR_MS


def _grown(before: pl.Expr, seq: pl.Expr) -> pl.Expr:
    """By how much the sequence number grew from a reading to the next one; 1 if it began again."""
    grown = pl.lit(1, pl.Int64)
    for wrap in reversed(WRAPS):
        beyond = wrap - before + seq
        wraps = (before < wrap) & (beyond <= MOST_LOST_AT_A_WRAP)
        grown = pl.when(wraps).then(beyond).otherwise(grown)
    return pl.when(seq > before).then(seq - before).otherwise(grown)
