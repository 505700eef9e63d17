"""Installations and points of tests, by hand."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from billing.curve.points import Points
from billing.curve.segments import Segments, row
from contracts.masters import Installation
from contracts.time import HOUR_MS

T = 1_362_873_600_000
"""2013-03-10, UTC."""
HALF_HOUR_MS = HOUR_MS // 2


def installed(register_id: str = "m1", **changes: Any) -> Installation:  # noqa: ANN401
    """A half-hourly counter of up to 25 kW."""
    values: dict[str, Any] = {
        "register_id": register_id,
        "premises_id": "p1",
        "commodity": "electricity",
        "direction": "import",
        "source": "counter",
        "boundary": "interpolate",
        "begin_ms": 0,
        "end_ms": None,
        "cadence_ms": HALF_HOUR_MS,
        "max_w": 25_000,
        "multiplier": Decimal(1),
    }
    return Installation(**(values | changes))


def points_of(*registers: Iterable[tuple[int, int]]) -> Points:
    """Points of registers, each (ts_ms, register_mwh)."""
    rows = [(place, *point) for place, each in enumerate(registers) for point in each]
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Points(columns[0].astype(np.int32), columns[1], columns[2])


def every_half_hour(registers_wh: Sequence[float | None], begin_ms: int = T) -> Points:
    """Points of one register, Wh; None is a reading that is not there."""
    return points_of(
        [
            (begin_ms + place * HALF_HOUR_MS, round(register * 1_000))
            for place, register in enumerate(registers_wh)
            if register is not None
        ]
    )


def readings_of(points: Points, registers: Sequence[Installation]) -> pl.DataFrame:
    """The points as rows of the archive."""
    own = [registers[place] for place in points.register.tolist()]
    return pl.DataFrame(
        {
            "meter_id": [each.register_id for each in own],
            "commodity": [each.commodity for each in own],
            "ts": points.ts_ms,
            "seq": points.ts_ms // HALF_HOUR_MS,
            "register": points.register_mwh / 1_000,
            "revision": np.zeros(len(points), dtype=np.int64),
            "kafka_offset": np.arange(len(points)),
        }
    )


def rows(segments: Segments) -> list[tuple[int, int, int, int, int, int, int, bool]]:
    return [row(segments, place) for place in range(len(segments))]


def brief(segments: Segments) -> list[tuple[int, int, float, str]]:
    """Begins and ends in half-hours since T, Wh, and letters."""
    return [
        (
            (begin_ms - T) // HALF_HOUR_MS,
            (end_ms - T) // HALF_HOUR_MS,
            energy_mwh / 1_000,
            "?NEFSAX"[letter],
        )
        for _, begin_ms, end_ms, energy_mwh, letter, *_ in rows(segments)
    ]
