"""From when until when meters are behind feeders, by the registry."""

import polars as pl

from verification.oracle.words import ANNOUNCEMENT

FOR_EVER = 2**62


def stays_of(words: pl.DataFrame, meters: pl.DataFrame) -> pl.DataFrame:
    """Of the meters of electricity and supply whose register is said.

    Args:
        words: As `words.words_of` makes them.
        meters: As `words.meters_of` makes them.

    Returns:
        `meter`, `meter_id`, whether it is a `supply` meter, `feeder`; `from_ms` and `until_ms`, the
        ends of the slices in which it comes and goes. A meter that goes and comes again in a slice
        has two stays.
    """
    there = meters.filter(pl.col("commodity").is_in(["electricity", "supply"]))
    behind = pl.when(~pl.col("removed"), pl.col("kind") != "interval").then("feeder")
    return (
        words.filter(pl.col("form") == ANNOUNCEMENT)
        .select("meter", "slice_end_ms", feeder=behind)
        .join(there, on="meter", maintain_order="left")
        .filter(pl.col("feeder").ne_missing(pl.col("feeder").shift().over("meter")))
        .select(
            "meter",
            "meter_id",
            "feeder",
            supply=pl.col("commodity") == "supply",
            from_ms="slice_end_ms",
            until_ms=pl.col("slice_end_ms").shift(-1).over("meter").fill_null(FOR_EVER),
        )
        .filter(pl.col("feeder").is_not_null(), pl.col("from_ms") < pl.col("until_ms"))
    )


def spans_of(stays: pl.DataFrame) -> pl.DataFrame:
    """From when until when any of these is behind each feeder: `feeder`, `begin_ms`, `end_ms`. One
    that comes in the slice in which the last one goes lets the span go on."""
    gone_ms = pl.col("until_ms").cum_max().shift().over("feeder")
    return (
        stays.sort("feeder", "from_ms", "until_ms")
        .with_columns(begins=(gone_ms.is_null() | (pl.col("from_ms") > gone_ms)))
        .with_columns(span=pl.col("begins").cum_sum())
        .group_by("feeder", "span")
        .agg(begin_ms=pl.col("from_ms").min(), end_ms=pl.col("until_ms").max())
        .select("feeder", "begin_ms", "end_ms")
        .sort("feeder", "begin_ms")
    )
