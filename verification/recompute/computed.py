"""What a batch left in Parquet files, as rows of the stores."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl
from msgspec import json

from contracts.history import bucket_of
from contracts.live import LiveArea, LiveMeter
from contracts.reading import AREA_LENGTH
from contracts.time import HOUR_MS
from verification.comparison.names import day_text
from verification.rows import AreaMinute, Minute

MeterRows = dict[tuple[int, int, str, int, int], Minute]
MinuteRows = dict[tuple[str, str, int, int], Minute]
AreaMinuteRows = dict[tuple[str, str, str, int], AreaMinute]

_MINUTE_KEY = ["meter_id", "minute", "corrected_at"]
_AREA_MINUTE_KEY = ["area", "commodity", "minute"]


@dataclass(frozen=True)
class ComputedHistory:
    """The three tables of history, keyed as `verification.stores.history` reads them."""

    minutes_by_meter: MeterRows
    minutes_by_area: MinuteRows
    area_minutes: AreaMinuteRows


@dataclass
class ComputedLive:
    """Live state as JSON, by the area or commodity that names the hash, and by field."""

    meters: dict[str, dict[str, bytes]]
    areas: dict[str, dict[str, bytes]]
    newest_ms: int
    """No slice of it ends later; 0 if there is none."""


def read_history(results: Path) -> ComputedHistory:
    """The rows that `wattstream recompute` lets Flink compute."""
    minutes = {
        (meter_id, minute, corrected_at): Minute(*values)
        for meter_id, minute, corrected_at, *values in _rows(
            results / "minute_rows", [*_MINUTE_KEY, *Minute._fields]
        )
    }
    area_minutes = _rows(results / "area_minute_rows", [*_AREA_MINUTE_KEY, *AreaMinute._fields])
    return ComputedHistory(
        {(bucket_of(key[0]), key[1] - key[1] % HOUR_MS, *key): row for key, row in minutes.items()},
        {(row.geohash[:AREA_LENGTH], *key): row for key, row in minutes.items()},
        {
            (day_text(minute), area, commodity, minute): AreaMinute(*values)
            for area, commodity, minute, *values in area_minutes
        },
    )


def read_live(results: Path) -> ComputedLive:
    """The live state that `wattstream rebuild-live` lets Flink compute."""
    live = ComputedLive({}, {}, 0)
    names = ["area", "meter_id", *LiveMeter.__struct_fields__]
    for area, meter_id, *values in _rows(results / "live_meters", names):
        meter = LiveMeter(*values)
        live.meters.setdefault(area, {})[meter_id] = json.encode(meter)
        live.newest_ms = max(live.newest_ms, meter.slice_end_ms)
    names = ["commodity", "area", *LiveArea.__struct_fields__]
    for commodity, area, *values in _rows(results / "live_areas", names):
        total = LiveArea(*values)
        live.areas.setdefault(commodity, {})[area] = json.encode(total)
        live.newest_ms = max(live.newest_ms, total.slice_end_ms)
    return live


def _rows(folder: Path, columns: list[str]) -> list[tuple]:  # type: ignore[type-arg]
    # A batch without rows leaves no files.
    files = sorted(folder.glob("[!._]*")) if folder.exists() else []
    return pl.read_parquet(files).select(columns).rows() if files else []
