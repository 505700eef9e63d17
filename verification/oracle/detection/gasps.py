"""What meters say when they lose power, beside their signs of life.

It is no sign of life itself. It is of the silence that a meter is in, or is about to be, if it says
a time that is not before the last sign of life.
"""

import polars as pl


def with_gasps(lives: pl.DataFrame, gasps: pl.DataFrame) -> pl.DataFrame:
    """Lines of meters with `lost_power_ms`, when each said that it lost power since its last sign
    of life, on the platform's clock; null if it did not.

    Args:
        lives: As `lives.lives_of` makes them.
        gasps: As `words.gasps_of` makes them.

    Returns:
        The lines, and one more for each slice in which nothing else was said of the meter.
    """
    of_slice = ["meter", "slice_end_ms"]
    before = lives.sort("slice_end_ms")
    told = (
        gasps.sort("slice_end_ms", maintain_order=True)
        .join_asof(
            before.select(*of_slice, "life_ms", "lag_ms"),
            on="slice_end_ms",
            by="meter",
            check_sortedness=False,
        )
        .with_columns(lost_power_ms=pl.col("ts") + pl.col("lag_ms"))
        .filter(pl.col("life_ms") > 0, pl.col("lost_power_ms") >= pl.col("life_ms"))
        .unique(of_slice, keep="last", maintain_order=True)
        .select(*of_slice, "lost_power_ms")
    )
    alone = (
        told.join(lives, on=of_slice, how="anti", maintain_order="left")
        .select(of_slice)
        .join_asof(before, on="slice_end_ms", by="meter", check_sortedness=False)
        .with_columns(pl.lit(value=False).alias(name) for name in ("heard", "signed", "decided"))
    )
    lost_ms = pl.col("lost_power_ms").forward_fill().over("life")
    return (
        pl.concat([lives, alone.select(lives.columns)])
        .sort(of_slice)
        .join(told, on=of_slice, how="left", maintain_order="left")
        .with_columns(lost_power_ms=lost_ms)
        .with_columns(
            pl.when(pl.col("lost_power_ms") >= pl.col("life_ms"))
            .then("lost_power_ms")
            .alias("lost_power_ms")
        )
    )
