"""The largest meters of each commodity, by power and by energy, as the last minutes leave them.

Which they are at the end of the last minute is looked up there. Since when is told by what was
otherwise before: the last minute at whose end one of them had another value or area, or at whose
end another meter stood before the last of them.
"""

import polars as pl

from contracts.live import MOST_LARGEST, Measure
from contracts.time import MINUTE_MS
from verification.oracle.groups import spans_of, told_of
from verification.oracle.history import thousandths
from verification.rows import LargestKey, LargestTotal, LargeValue

_MEASURES: dict[str, Measure] = {"demand": "power", "energy_today": "energy"}
"""By the figures that meters add to their groups."""


def largest_meters(
    states: pl.DataFrame, meters: pl.DataFrame, slice_ms: int, last_end_ms: int
) -> dict[LargestKey, LargestTotal]:
    """The largest by commodity and measure, without those that never had any.

    Args:
        states: As `ledger.states_of` makes them, of slices that divide a minute.
        last_end_ms: End of the last slice that has closed.
    """
    told = told_of(states).join(meters.lazy(), on="meter").collect()
    last_minute = last_end_ms // MINUTE_MS * MINUTE_MS
    found: dict[LargestKey, LargestTotal] = {}
    for span in spans_of(told, slice_ms, last_end_ms + slice_ms):
        if span.figure not in _MEASURES:
            continue
        # By the ends of the first and the last minute at which the value stands.
        values = told.select("commodity", "meter_id", "area").with_columns(
            pl.Series("value", span.value),
            pl.Series("first", -(-span.start // MINUTE_MS) * MINUTE_MS),
            pl.Series("last", (span.end - 1) // MINUTE_MS * MINUTE_MS).clip(
                upper_bound=last_minute
            ),
        )
        values = values.filter(pl.col("value") > 0, pl.col("first") <= pl.col("last"))
        for (commodity,), of_commodity in values.group_by("commodity"):
            key = (str(commodity), _MEASURES[span.figure])
            found[key] = _largest(of_commodity, last_minute)
    return found


def _largest(values: pl.DataFrame, last_minute: int) -> LargestTotal:
    largest = (
        values.filter(pl.col("last") == last_minute)
        .sort("value", "meter_id", descending=[True, False])
        .head(MOST_LARGEST)
    )
    others = values.filter(~pl.col("meter_id").is_in(largest["meter_id"].implode()))
    if len(largest) == MOST_LARGEST:
        least, of_meter = largest.select("value", "meter_id").row(-1)
        value = pl.col("value")
        others = others.filter(
            (value > least) | ((value == least) & (pl.col("meter_id") < of_meter))
        )
    since = [
        int(last) + MINUTE_MS for (last,) in others.select(pl.col("last").max()).rows() if last
    ]
    since += [
        _since(values.filter(pl.col("meter_id") == meter_id), last_minute)
        for meter_id in largest["meter_id"]
    ]
    rows = largest.with_columns(thousandths(largest["value"])).select(LargeValue._fields)
    return LargestTotal(max(since), tuple(LargeValue(*row) for row in rows.iter_rows()))


def _since(of_meter: pl.DataFrame, last_minute: int) -> int:
    """Since the end of which minute a meter has had, at each, the value and the area that it has at
    the last one."""
    rows = of_meter.sort("first", descending=True).select("first", "last", "value", "area").rows()
    since = last_minute + MINUTE_MS
    for first, last, *what in rows:
        if last + MINUTE_MS < since or what != list(rows[0][2:]):
            break
        since = first
    return since
