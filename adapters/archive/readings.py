"""Readings of the archive, a day at a time, up to some offsets: the same ones for ever, however the
archive is compacted meanwhile, and whatever came later."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TypeVar

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
        "quality": pl.String,
        "energy": pl.Float64,
        "interval_ms": pl.Int64,
    }
)
"""What is read: what a register said when, and its interval's energy and length, how that is known,
and which of several words on it is the last."""
FILES = pl.Schema([*SCHEMA.items(), ("kafka_partition", pl.Int32)])
"""What of it files have; older ones lack what came later, which is null then."""

FEW_METERS = 1_000
"""Beyond that what they are not between is little, and looking costs more."""

Result = TypeVar("Result")


class Readings:
    """The archived readings of a namespace.

    Args:
        until: By partition of the topic, the first offset that is left out. Of partitions beyond
            its end, nothing is read.
    """

    def __init__(self, settings: Settings, until: Sequence[int]) -> None:
        self._settings, self._until = settings, tuple(until)

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The UTC days of which there may be readings, in order.

        Raises:
            ArchiveError: the archive is not on this machine, or cannot be read.
        """
        paths = snapshot(self._settings)
        return tuple(sorted({date.fromisoformat(day_of(path)) for path in paths}))

    def readings(
        self, days: Collection[date], meters: Collection[str] | None = None
    ) -> pl.DataFrame:
        """The readings of UTC days, in any order; of some meters or of all.

        Raises:
            ArchiveError: as `days`.
        """
        return self._of(days, lambda paths: readings_of(paths, self._until, meters))

    def meters(self, days: Collection[date]) -> pl.DataFrame:
        """`meter_id` and `commodity` of who read on any of some UTC days, each once.

        Raises:
            ArchiveError: as `days`.
        """
        return self._of(days, lambda paths: meters_of(paths, self._until))

    def _of(self, days: Collection[date], reader: Callable[[list[Path]], Result]) -> Result:
        wanted = {f"{day}" for day in days}
        return read(self._settings, reader, lambda day: day in wanted)


def readings_of(
    paths: Sequence[Path], until: Sequence[int], meters: Collection[str] | None = None
) -> pl.DataFrame:
    """The readings of files of the archive, as `Readings.readings` has them."""
    if not paths:
        return pl.DataFrame(schema=SCHEMA)
    rows = _known(paths, until)
    if meters is not None:
        if 0 < len(meters) <= FEW_METERS:
            # Merged files are sorted by meter, and have the first and the last of each group of
            # rows: all other groups are not read.
            meter_id = pl.col("meter_id")
            rows = rows.filter((meter_id >= min(meters)) & (meter_id <= max(meters)))
        # A filter by `is_in` takes twenty times as long where a file has few other meters.
        wanted = pl.LazyFrame({"meter_id": sorted(meters)}, schema={"meter_id": pl.String})
        rows = rows.join(wanted, on="meter_id", how="semi")
    chosen = rows.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    return chosen.collect(engine="streaming")


def meters_of(paths: Sequence[Path], until: Sequence[int]) -> pl.DataFrame:
    """The meters of files of the archive, as `Readings.meters` has them."""
    if not paths:
        return pl.DataFrame(schema={name: SCHEMA[name] for name in ("meter_id", "commodity")})
    found = _known(paths, until).select("meter_id", "commodity").unique()
    return found.collect(engine="streaming")


def _known(paths: Sequence[Path], until: Sequence[int]) -> pl.LazyFrame:
    first_unknown = pl.col("kafka_partition").replace_strict(
        list(range(len(until))), list(until), default=0, return_dtype=pl.Int64
    )
    return pl.scan_parquet(
        list(paths),
        schema=FILES,
        missing_columns="insert",
        extra_columns="ignore",
        cast_options=pl.ScanCastOptions(integer_cast="upcast"),
    ).filter(pl.col("kafka_offset") < first_unknown)
