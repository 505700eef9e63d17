"""What files of London homes show: homes that stop, half-hours that are missing, times without use.

Spans are as `contracts.labels` has them: of the half-hours that end after `start_ms`, up to
`end_ms`. Readings are those of `London.readings`.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from contracts.labels import LabelKind
from contracts.time import HOUR_MS
from simulators.labelling import label_rows
from simulators.london.lcl import HALF_HOUR_MS

NO_USE_MS = 6 * HOUR_MS
"""Nothing is used for so long at least: less is a night."""


class Spans(NamedTuple):
    """Each has `meter_id`, `start_ms` and `end_ms`, ordered by meter and time."""

    stops: pl.DataFrame
    """From a home's last reading to the last one of any."""
    gaps: pl.DataFrame
    """From a reading to the last half-hour that is missing before the home's next one."""
    no_use: pl.DataFrame
    """Half-hours in a row, none missing, in which a home used nothing, of NO_USE_MS or more."""


def spans_of(readings: pl.DataFrame) -> Spans:
    """What readings show, those of all homes together."""
    ordered = readings.sort("meter_id", "ts").select("meter_id", "ts", "demand_mw")
    return Spans(_stops(ordered), _gaps(ordered), _no_use(ordered))


def london_labels(spans: Spans, chosen: pl.DataFrame) -> pa.Table:
    """Labels of a replay of some of the readings: of its homes, what had not ended when it
    began."""
    begins_ms = chosen["ts"].min()
    meters = chosen.select("meter_id").unique()
    kinds: dict[LabelKind, pl.DataFrame] = {
        "meter_silent": spans.stops,
        "gap": spans.gaps,
        "no_use": spans.no_use,
    }
    return pa.concat_tables(
        _rows(
            kind, each.join(meters, on="meter_id", how="semi").filter(pl.col("end_ms") >= begins_ms)
        )
        for kind, each in kinds.items()
    )


def _stops(ordered: pl.DataFrame) -> pl.DataFrame:
    last_ms = ordered["ts"].max()
    return (
        ordered.group_by("meter_id", maintain_order=True)
        .agg(start_ms=pl.col("ts").last())
        .filter(pl.col("start_ms") < last_ms)
        .with_columns(end_ms=pl.lit(last_ms, pl.Int64))
    )


def _gaps(ordered: pl.DataFrame) -> pl.DataFrame:
    return ordered.select(
        "meter_id",
        start_ms=pl.col("ts").shift().over("meter_id"),
        end_ms=pl.col("ts") - HALF_HOUR_MS,
    ).filter(pl.col("end_ms") > pl.col("start_ms"))


def _no_use(ordered: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.col("demand_mw") == 0
    goes_on = nothing.shift() & (pl.col("ts") - pl.col("ts").shift() == HALF_HOUR_MS)
    begins = ~goes_on.over("meter_id").fill_null(value=False)
    return (
        ordered.with_columns(run=(nothing & begins).cum_sum())
        .filter(nothing)
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("meter_id").first(),
            start_ms=pl.col("ts").first() - HALF_HOUR_MS,
            end_ms=pl.col("ts").last(),
        )
        .drop("run")
        .filter(pl.col("end_ms") - pl.col("start_ms") >= NO_USE_MS)
    )


def _rows(kind: LabelKind, spans: pl.DataFrame) -> pa.Table:
    half_hours = (spans["end_ms"] - spans["start_ms"]) // HALF_HOUR_MS
    return label_rows(
        kind,
        spans["meter_id"].to_numpy().astype(np.bytes_),
        spans["start_ms"].to_numpy(),
        spans["end_ms"].to_numpy(),
        [{"half_hours": number} for number in half_hours.to_list()],
    )
