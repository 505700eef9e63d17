"""Live values of meters, as the last closed slice leaves them."""

from dataclasses import dataclass

import polars as pl

from verification.oracle.history import thousandths
from verification.rows import LiveKey, LiveValue

_SAID = ("feeder", "region", "cadence_ms", "holds_until_ms", "energy_today")
"""What an announcement may change."""


@dataclass(frozen=True, slots=True)
class Live:
    """What must be known of a meter."""

    value: LiveValue
    """As it was said last."""
    repeats: int
    """All that came: said again, it may count those that came since."""


def live_values(
    states: pl.DataFrame, lost: pl.DataFrame, meters: pl.DataFrame
) -> dict[LiveKey, Live]:
    """Values of all meters that have one, from what `ledger` makes."""
    changed = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(name).shift().over("life")) for name in _SAID
    )
    latest = (
        states.lazy()
        .with_columns(
            said=pl.col("known") & (pl.col("kept") | changed),
            newest=pl.col("life") == pl.col("life").max().over("meter"),
        )
        .filter("newest", "known")
        .with_columns(all_repeats=pl.col("repeats").last().over("life"))
        .filter("said")
        .unique("meter", keep="last", maintain_order=True)
        .join(lost.lazy(), on="life", how="left", maintain_order="left")
        .join(meters.lazy(), on="meter", maintain_order="left")
        .with_columns(pl.col("lost").fill_null(0))
        .collect()
    )
    latest = latest.with_columns(
        *(thousandths(latest[name]) for name in ("register", "demand", "energy_today")),
        # The nearest double to so many hundredths.
        voltage_v=_hundredths(latest["voltage_v"]),
        other_fields=pl.lit(None),
    )
    rows = latest.select("area", "meter_id", "all_repeats", *LiveValue._fields[:-1]).iter_rows()
    values = (
        (area, meter_id, repeats, LiveValue(*value)) for area, meter_id, repeats, *value in rows
    )
    return {
        (value.commodity, area, meter_id): Live(value, repeats)
        for area, meter_id, repeats, value in values
    }


def _hundredths(whole: pl.Series) -> pl.Series:
    quotients = pl.Series(whole.name, whole.fill_null(0).to_numpy() / 100)
    return quotients.set(whole.is_null(), None) if whole.null_count() else quotients
