"""A meter's minute over all its readings, on time and late: added up twice, in two ways.

`merged_readings` counts the readings themselves, `merged_rows` merges the rows of history as
`contracts.history` tells a reader to. Both must come to the same.
"""

from collections.abc import Collection, Mapping

import polars as pl

from contracts.time import MINUTE_MS
from verification.oracle.count import MeterWindow
from verification.rows import MergedMinute, Minute, MinuteKey

_WHOLE = MergedMinute._fields.index("first_register")
"""Columns before this one are whole numbers; the rest is counted in thousandths."""


def merged_readings(
    readings: pl.DataFrame, unsettled: Collection[MeterWindow]
) -> dict[MeterWindow, MergedMinute]:
    """Minutes of the usable readings (schema `count.READINGS`), without the unsettled ones."""
    first = pl.col("register").filter(pl.col("ts") == pl.col("ts").min()).min()
    last = pl.col("register").filter(pl.col("ts") == pl.col("ts").max()).max()
    minutes = (
        readings.lazy()
        # One that is not known adds nothing.
        .with_columns(demand=pl.col("known_demand").fill_null(0))
        .group_by("meter_id", minute=pl.col("ts") - pl.col("ts") % MINUTE_MS)
        .agg(
            readings=pl.len(),
            expected=pl.col("seq").max() - pl.col("seq").min() + 1,
            first_seq=pl.col("seq").min(),
            last_seq=pl.col("seq").max(),
            first_at=pl.col("ts").min(),
            last_at=pl.col("ts").max(),
            first_register=first,
            last_register=last,
            low_register=pl.col("register").min(),
            high_register=pl.col("register").max(),
            demand_sum=pl.col("demand").sum(),
            demand_min=pl.col("demand").min(),
            demand_max=pl.col("demand").max(),
        )
        .collect()
    )
    return {
        (meter_id, minute): MergedMinute(*row[:_WHOLE], *(n / 1000 for n in row[_WHOLE:]))
        for meter_id, minute, *row in minutes.iter_rows()
        if (meter_id, minute) not in unsettled
    }


def merged_rows(minutes: Mapping[MinuteKey, Minute]) -> dict[MeterWindow, MergedMinute]:
    """Minutes merged from their on-time row and their corrections; rows with holes are left out."""
    rows: dict[MeterWindow, list[Minute]] = {}
    for (meter_id, minute, _), row in minutes.items():
        if None not in row:
            rows.setdefault((meter_id, minute), []).append(row)
    return {key: _merge(of_minute) for key, of_minute in rows.items()}


def _merge(rows: list[Minute]) -> MergedMinute:
    first_seq = min(row.first_seq for row in rows)
    last_seq = max(row.last_seq for row in rows)
    first_at, first_register = min((row.first_at, row.first_register) for row in rows)
    last_at, last_register = max((row.last_at, row.last_register) for row in rows)
    return MergedMinute(
        readings=sum(row.readings for row in rows),
        expected=last_seq - first_seq + 1,
        first_seq=first_seq,
        last_seq=last_seq,
        first_at=first_at,
        last_at=last_at,
        first_register=first_register,
        last_register=last_register,
        low_register=min(row.low_register for row in rows),
        high_register=max(row.high_register for row in rows),
        # Thousandths are whole: adding the doubles themselves would add their rounding errors.
        demand_sum=sum(round(row.demand_sum * 1000) for row in rows) / 1000,
        demand_min=min(row.demand_min for row in rows),
        demand_max=max(row.demand_max for row in rows),
    )
