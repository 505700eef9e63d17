"""What a batch left in Parquet files, as rows of the stores."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from contracts.history import bucket_of
from contracts.reading import AREA_LENGTH
from contracts.time import HOUR_MS
from verification.comparison.names import day_text
from verification.rows import Minute

MeterRows = dict[tuple[int, int, str, str, int, int], Minute]
MinuteRows = dict[tuple[str, str, str, int, int], Minute]

PeriodRows = dict[tuple[int, str, str, str, int, int], Minute]


@dataclass(frozen=True)
class ComputedHistory:
    """The tables of the meters' history, keyed as `verification.stores.history` reads them."""

    minutes_by_meter: MeterRows
    minutes_by_area: MinuteRows
    periods_by_meter: PeriodRows


def read_history(results: Path) -> ComputedHistory:
    """The rows that `wattstream recompute` lets Flink compute."""
    minutes = _by_start(results / "minute_rows", "minute")
    periods = _by_start(results / "period_rows", "period")
    return ComputedHistory(
        {
            (bucket_of(meter_id), minute - minute % HOUR_MS, meter_id, commodity, minute, at): row
            for (meter_id, commodity, minute, at), row in minutes.items()
        },
        {(row.geohash[:AREA_LENGTH], *key): row for key, row in minutes.items()},
        {
            (bucket_of(meter_id), day_text(period), meter_id, commodity, period, at): row
            for (meter_id, commodity, period, at), row in periods.items()
        },
    )


def _by_start(folder: Path, start: str) -> dict[tuple[str, str, int, int], Minute]:
    key = ["meter_id", "commodity", start, "corrected_at"]
    rows = _rows(folder, [*key, *Minute._fields])
    return {row[: len(key)]: Minute(*row[len(key) :]) for row in rows}


def _rows(folder: Path, columns: list[str]) -> list[tuple]:  # type: ignore[type-arg]
    # A batch without rows leaves no files.
    files = sorted(folder.glob("[!._]*")) if folder.exists() else []
    return pl.read_parquet(files).select(columns).rows() if files else []
