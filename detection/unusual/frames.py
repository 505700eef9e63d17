"""Hours as frames, from half-hours, and as a grid of whole days."""

import numpy as np
import polars as pl

from contracts.time import DAY_MS, HOUR_MS
from detection.errors import DataError
from detection.unusual.hours import HOURS_A_DAY, Hours

HALF_HOUR_MS = HOUR_MS // 2

COLUMNS = {
    "meter_id": pl.String,
    "hour_ms": pl.Int64,
    "energy_mwh": pl.Int64,
    "complete": pl.Boolean,
}
"""Of a frame of hours: `hour_ms` is the start, epoch ms, and no hour of a meter comes twice."""

HALF_HOUR_COLUMNS = ("meter_id", "ts", "energy_mwh")
"""Of a frame of half-hours: `ts` is the end, epoch ms."""


def of_half_hours(half_hours: pl.DataFrame) -> pl.DataFrame:
    """A frame of hours from one of half-hours; an hour with one half is not complete.

    Raises:
        DataError: a time is not on a half-hour, energy is negative, or a half-hour comes twice.
    """
    wrong = half_hours.filter(pl.col("ts") % HALF_HOUR_MS != 0)
    if not wrong.is_empty():
        meter_id, ts = wrong.select("meter_id", "ts").row(0)
        raise DataError(
            f"meter {meter_id}: ts is {ts}, which is not on a half-hour: give the ends of "
            f"half-hours, epoch ms"
        )
    wrong = half_hours.filter(pl.col("energy_mwh") < 0)
    if not wrong.is_empty():
        meter_id, ts, energy_mwh = wrong.select(HALF_HOUR_COLUMNS).row(0)
        raise DataError(
            f"meter {meter_id}: the half-hour that ends at {ts} has {energy_mwh / 1_000:g} Wh: "
            "give what was used, without exports"
        )
    wrong = half_hours.filter(pl.struct("meter_id", "ts").is_duplicated())
    if not wrong.is_empty():
        meter_id, ts = wrong.select("meter_id", "ts").row(0)
        raise DataError(
            f"meter {meter_id}: the half-hour that ends at {ts} comes twice: remove all but one"
        )
    return (
        half_hours.group_by("meter_id", hour_ms=(pl.col("ts") - 1) // HOUR_MS * HOUR_MS)
        .agg(pl.col("energy_mwh").sum(), complete=pl.len() == 2)
        .select(pl.col(name).cast(type_) for name, type_ in COLUMNS.items())
    )


def half_hours_of_table(table: pl.DataFrame, name: str) -> pl.DataFrame:
    """A frame of half-hours from a table with `meter_id`, `ts` (end, epoch ms) and `energy_wh`;
    rows without an energy are left out.

    Args:
        name: Of the file, for messages.

    Raises:
        DataError: a column is not there, or is no number; or an energy is not finite.
    """
    wanted = {"meter_id": pl.String, "ts": pl.Int64, "energy_wh": pl.Float64}
    missing = [column for column in wanted if column not in table.columns]
    if missing:
        raise DataError(
            f"{name}: no column {' and no column '.join(missing)}; it has "
            f"{', '.join(table.columns)}: give meter_id, ts (end of the half-hour, epoch ms) and "
            "energy_wh"
        )
    try:
        rows = table.select(pl.col(column).cast(type_) for column, type_ in wanted.items())
    except pl.exceptions.InvalidOperationError as error:
        raise DataError(
            f"{name}: {str(error).splitlines()[0]}: meter_id is text, ts whole milliseconds, "
            "energy_wh a number"
        ) from error
    rows = rows.drop_nulls()
    if not rows["energy_wh"].is_finite().all():
        raise DataError(
            f"{name}: an energy_wh is not a finite number: leave it empty or correct it"
        )
    return rows.select(
        "meter_id",
        "ts",
        energy_mwh=(pl.col("energy_wh") * 1_000).round().cast(pl.Int64),
    )


def grid(hours: pl.DataFrame) -> Hours:
    """The hours of a frame by meter and hour, up to the last UTC day of which any meter's last hour
    is complete.

    Raises:
        DataError: there is no such day.
    """
    known = hours.filter("complete")
    if known.is_empty():
        raise DataError("no hour of any meter is complete: give readings every half-hour or more")
    meters = tuple(hours["meter_id"].unique().sort())
    first_ms, last_ms = known.select(
        first=pl.col("hour_ms").min(), last=pl.col("hour_ms").max()
    ).row(0)
    first_ms = first_ms // DAY_MS * DAY_MS
    days = (last_ms + HOUR_MS - first_ms) // DAY_MS
    if days == 0:
        raise DataError("there is no whole UTC day: give more data")
    known = known.filter(pl.col("hour_ms") < first_ms + days * DAY_MS)
    energy_mwh = np.zeros((len(meters), days * HOURS_A_DAY), dtype=np.int64)
    complete = np.zeros(energy_mwh.shape, dtype=np.bool_)
    row = np.searchsorted(np.array(meters), known["meter_id"].to_numpy().astype(str))
    column = ((known["hour_ms"] - first_ms) // HOUR_MS).to_numpy()
    energy_mwh[row, column] = known["energy_mwh"].to_numpy()
    complete[row, column] = True
    return Hours(meters, first_ms, energy_mwh, complete)
