"""What meters said, from the archive, as blocks that can be written into files."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from adapters.archive.snapshot import read
from contracts.settings import Settings
from exchange.values import Block, Mark

COLUMNS = pl.Schema(
    {
        "meter_id": pl.String,
        "commodity": pl.String,
        "ts": pl.Int64,
        "seq": pl.Int64,
        "register": pl.Float64,
        "energy": pl.Float64,
        "interval_ms": pl.Int64,
        "revision": pl.Int64,
        "quality": pl.String,
        "quality_code": pl.String,
        "kafka_offset": pl.Int64,
    }
)
VALUE = ("meter_id", "commodity", "interval_ms", "ts")


def archived(
    settings: Settings, meters: Collection[str], begin_ms: int, end_ms: int
) -> list[Block]:
    """What was said of these meters after an instant, up to another one, revisions included.

    Raises:
        ArchiveError: the archive is not on this machine, or cannot be read.
    """

    def rows(paths: Sequence[Path]) -> pl.DataFrame:
        if not paths:
            return pl.DataFrame(schema=COLUMNS)
        found = pl.scan_parquet(
            list(paths),
            schema=COLUMNS,
            missing_columns="insert",
            extra_columns="ignore",
            cast_options=pl.ScanCastOptions(integer_cast="upcast"),
        )
        within = pl.col("ts").is_between(begin_ms, end_ms, closed="right")
        return found.filter(pl.col("meter_id").is_in(list(meters)) & within).collect()

    days = set(_days(begin_ms, end_ms))
    return blocks_of(read(settings, rows, lambda day: day in days))


def blocks_of(rows: pl.DataFrame) -> list[Block]:
    """Blocks of messages as the archive has them, `COLUMNS`.

    Each revision of an interval's energy counts once, and the first delivery as it was said last;
    what the latest revision says of the quality holds. Of registers the last word does.
    """
    said = rows.with_columns(
        pl.col("revision").fill_null(0),
        pl.col("interval_ms").fill_null(0),
        amount=_thousandths("energy"),
        register_mwh=_thousandths("register"),
    ).sort("revision", "kafka_offset")
    is_interval = pl.col("amount").is_not_null() & (pl.col("interval_ms") > 0)
    intervals = said.filter(is_interval)
    first = intervals.filter(pl.col("revision") == 0).unique(
        [*VALUE, "seq"], keep="last", maintain_order=True
    )
    later = intervals.filter(pl.col("revision") > 0).unique(
        [*VALUE, "seq", "revision"], keep="first", maintain_order=True
    )
    summed = (
        pl.concat([first, later])
        .group_by(VALUE, maintain_order=True)
        .agg(pl.col("amount").sum(), pl.col("quality", "quality_code").last())
    )
    registers = (
        said.filter(~is_interval)
        .with_columns(interval_ms=pl.lit(0, pl.Int64), amount="register_mwh")
        .unique(list(VALUE), keep="last", maintain_order=True)
        .select(summed.columns)
    )
    whole = pl.concat([summed, registers]).sort(VALUE)
    return [
        _block(part)
        for part in whole.partition_by("meter_id", "commodity", "interval_ms", maintain_order=True)
    ]


def _block(rows: pl.DataFrame) -> Block:
    said = [
        Mark(quality or "measured", code)
        for quality, code in rows.select("quality", "quality_code").iter_rows()
    ]
    place = {mark: number for number, mark in enumerate(dict.fromkeys(said))}
    return Block(
        rows["meter_id"][0],
        rows["commodity"][0],
        rows["interval_ms"][0],
        rows["ts"].to_numpy(),
        rows["amount"].to_numpy(),
        np.zeros(len(rows), np.int64),
        tuple(place),
        np.array([place[mark] for mark in said], np.uint16),
    )


def _thousandths(column: str) -> pl.Expr:
    return (pl.col(column) * 1000 + 0.5).floor().cast(pl.Int64)


def _days(begin_ms: int, end_ms: int) -> Iterator[str]:
    day = datetime.fromtimestamp(begin_ms / 1000, UTC).date()
    last = datetime.fromtimestamp(end_ms / 1000, UTC).date()
    while day <= last:
        yield f"{day}"
        day += timedelta(days=1)
