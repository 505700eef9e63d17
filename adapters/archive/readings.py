"""Readings of the archive, a day at a time, up to some offsets: the same ones for ever, however the
archive is compacted meanwhile, and whatever came later."""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from adapters.archive.snapshot import day_of, read, snapshot
from contracts.settings import Settings

SCHEMA = pl.Schema(
    {
        "meter_id": pl.String,
        "commodity": pl.String,
        "ts": pl.Int64,
        "seq": pl.Int64,
        "register": pl.Float64,
        "revision": pl.Int64,
        "kafka_offset": pl.Int64,
    }
)
"""What is read: what a register said when, and which of several words on it is the last."""


def readings(
    settings: Settings,
    day: date,
    until: Sequence[int],
    meters: Collection[str] | None = None,
) -> pl.DataFrame:
    """The readings of a UTC day, in any order.

    Args:
        until: By partition of the topic, the first offset that is left out. Of partitions beyond
            its end, nothing is read.
        meters: Whose; everybody's if absent.

    Raises:
        ArchiveError: the archive is not on this machine, or cannot be read.
    """
    return read(
        settings, lambda paths: of_files(paths, until, meters), lambda each: each == f"{day}"
    )


def days(settings: Settings) -> list[date]:
    """The UTC days of which there are readings, in order.

    Raises:
        ArchiveError: the archive is not on this machine, or cannot be read.
    """
    return sorted({date.fromisoformat(day_of(path)) for path in snapshot(settings)})


def of_files(
    paths: Sequence[Path], until: Sequence[int], meters: Collection[str] | None = None
) -> pl.DataFrame:
    """The same of files of the archive."""
    if not paths:
        return pl.DataFrame(schema=SCHEMA)
    known = pl.col("kafka_offset") < pl.col("kafka_partition").replace_strict(
        list(range(len(until))), list(until), default=0, return_dtype=pl.Int64
    )
    rows = pl.scan_parquet(list(paths)).filter(known)
    if meters is not None:
        rows = rows.filter(pl.col("meter_id").is_in(sorted(meters)))
    return rows.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()).collect()
