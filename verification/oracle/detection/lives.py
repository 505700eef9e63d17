"""Signs of life of homes, after each slice in which something came of one.

The lag of a meter's clock is the least lateness of its readings, each less what it may have grown
by since; so, less all that it may grow by from the beginning, it is a running minimum. The signs of
life of usable readings are then a running maximum, and so are those of readings that are ahead too
far, which count when they come.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from contracts.facts import AREA_PREFIX
from contracts.meters import EXPORT_SUFFIX
from verification.oracle.words import ON_TIME

MICROS = 1_000
"""Of a millisecond: a lag may grow by one for each millisecond."""

LONGEST_LEAD_MS = 10_000
"""How far a clock may be ahead for its readings to be heard only when that time has come."""

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def homes_of(meters: pl.DataFrame) -> pl.DataFrame:
    """`meter` and `meter_id` of the electricity meters; export meters are not among them.

    Args:
        meters: As `words.meters_of` makes them.
    """
    is_export = pl.col("meter_id").str.ends_with(EXPORT_SUFFIX)
    return meters.filter(pl.col("commodity") == "electricity", ~is_export).select(
        "meter", "meter_id"
    )


def in_areas(states: pl.DataFrame) -> pl.DataFrame:
    """States of homes, each with the area in which it was read as its `feeder` where none is known.

    Args:
        states: As `ledger.states_of` makes them.
    """
    read = pl.when("known").then(pl.concat_str(pl.lit(AREA_PREFIX), "area"))
    return states.with_columns(feeder=pl.coalesce("feeder", read))


def lines_of(states: pl.DataFrame, signs: pl.DataFrame) -> pl.DataFrame:
    """The last state of each slice, and how it was then in those with nothing but readings that
    were ahead too far.

    Args:
        states: Of homes, as `ledger.states_of` makes them.
        signs: Of homes, as `words.signs_of` makes them.
    """
    lines = states.unique(["meter", "slice_end_ms"], keep="last", maintain_order=True)
    meter = ["meter", "meter_id"]
    more = (
        signs.select(*meter, "life", "slice_end_ms")
        .unique()
        .join(lines, on=["life", "slice_end_ms"], how="anti")
        .sort("slice_end_ms")
        .join_asof(
            lines.drop(meter).sort("slice_end_ms"),
            on="slice_end_ms",
            by="life",
            check_sortedness=False,
        )
        .with_columns(pl.col("known").fill_null(value=False), decided=pl.lit(value=False))
    )
    return pl.concat([lines, more.select(lines.columns)]).sort("meter", "slice_end_ms")


def lives_of(
    words: pl.DataFrame, telling: pl.DataFrame, lines: pl.DataFrame, signs: pl.DataFrame
) -> pl.DataFrame:
    """How the meters stand after each slice in which something came of them.

    Args:
        words: Usable readings of homes, in slices that have closed.
        telling: Those that are signs of life, as `ahead.of_no_clock_ahead` makes them.
        lines: As `lines_of` makes them.
        signs: As `ahead.later_ones` makes them.

    Returns:
        A line for each meter and slice, in this order, with the columns of `states`; of a slice in
        which a meter was removed only the life that begins. Besides: `heard`, whether a usable
        reading came in the slice, a repeat perhaps, and `signed`, whether one did that was ahead
        too far and is a sign of life; `life_ms`, the last sign of life on the platform's clock, 0
        without; `lag_ms`, by how much the platform's clock is ahead of the meter's; `lead_ms`, by
        how much the meter's is ahead at least, so that its readings wait; `partition`, the last one
        that a reading came from; the same after the words alone, as `said_life_ms` and so on;
        `measured`, whether the last sign of life of before is that of a usable reading; and of the
        line before, null if there is none of the same life, `before_ms`, `before_register`,
        `before_life_ms` and `before_feeder`.
    """
    of_slice = ["life", "slice_end_ms"]
    heard = words.group_by(of_slice).agg(
        heard=pl.len() > 0, said_partition=pl.col("kafka_partition").max().cast(pl.Int64)
    )
    set_back = words.select(*of_slice, set_back=pl.Series(_sets_back(words)))
    told = (
        telling.group_by(of_slice)
        .agg(largest_ms=pl.col("ts").max(), least_ms=(pl.col("arrival_ms") - pl.col("ts")).min())
        .join(set_back.group_by(of_slice).agg(pl.col("set_back").any()), on=of_slice)
    )
    signed = signs.group_by(of_slice).agg(
        signed=pl.len() > 0,
        signed_ms=pl.col("arrival_ms").max(),
        signed_partition=pl.col("kafka_partition").last().cast(pl.Int64),
    )
    rows = lines
    for each in (heard, told, signed):
        rows = rows.join(each, on=of_slice, how="left", maintain_order="left")
    rows = rows.with_columns(
        pl.col("heard", "signed").fill_null(value=False),
        partition=pl.coalesce("signed_partition", "said_partition").forward_fill().over("life"),
        before_feeder=pl.col("feeder").shift().over("life"),
        before_register=pl.col("register").shift().over("life"),
        before_ms=pl.when("known").then("last_ms").shift().over("life"),
    )
    return (
        _judged(rows)
        .with_columns(
            pl.col("partition", "said_partition").fill_null(0),
            before_life_ms=pl.col("life_ms").shift().over("life"),
        )
        .drop("largest_ms", "least_ms", "set_back", "signed_ms", "signed_partition")
    )


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    """With signs of life, lags and leads."""
    lag = _lags(rows.filter(pl.col("largest_ms").is_not_null()))
    usable, signed = pl.col("usable_ms"), pl.col("signed_ms")
    ahead, said_ahead = signed > usable, pl.col("signed_before_ms") > usable
    lead = (-pl.col("lag_ms")).clip(lower_bound=0)
    return (
        rows.join(
            lag.select("life", "slice_end_ms", "lag_ms"),
            on=["life", "slice_end_ms"],
            how="left",
            maintain_order="left",
        )
        .with_columns(usable_ms=pl.max_horizontal(pl.col("largest_ms") + pl.col("lag_ms"), 0))
        .with_columns(
            pl.when(pl.col("largest_ms").is_not_null()).then(usable).alias("usable_ms"),
        )
        .with_columns(usable.cum_max().over("life"), signed.cum_max().over("life"))
        .with_columns(
            pl.col("usable_ms", "signed_ms", "lag_ms").forward_fill().over("life").fill_null(0)
        )
        .with_columns(signed_before_ms=signed.shift().over("life").fill_null(0))
        .with_columns(
            life_ms=pl.max_horizontal(usable, signed),
            said_life_ms=pl.max_horizontal(usable, "signed_before_ms"),
            said_lag_ms="lag_ms",
            lead_ms=pl.when(ahead).then(LONGEST_LEAD_MS).otherwise(lead),
            said_lead_ms=pl.when(said_ahead).then(LONGEST_LEAD_MS).otherwise(lead),
            measured=pl.col("before_ms").is_not_null()
            & ~ahead.shift().over("life").fill_null(value=False),
        )
        .drop("usable_ms", "signed_before_ms")
    )


def _sets_back(said: pl.DataFrame) -> Flags:
    """Whether a word says a reading that is new, before the latest one and with a larger number:
    the meter's clock has been set back."""
    rank = said["rank"].cast(pl.Int64).to_numpy()
    seq = said["seq"].to_numpy()
    kept = ~said["repeat"].to_numpy()
    # Ranks grow from life to life: that of a life's first word is above all before.
    latest = np.maximum.accumulate(np.where(kept, rank, 0))
    seq_of = np.zeros(int(rank.max(initial=0)) + 1, dtype=np.int64)
    seq_of[rank] = seq
    set_back: Flags = said["new"].to_numpy() & (rank < latest) & (seq > seq_of[latest])
    return set_back


def _lags(heard: pl.DataFrame) -> pl.DataFrame:
    """With `lag_ms`, of the lines in which readings came."""
    grown = (pl.col("largest_ms") - pl.col("before_ms")).clip(lower_bound=0).fill_null(0)
    first = pl.col("life").ne_missing(pl.col("life").shift())
    lags = (
        heard.with_columns(grown=grown.cum_sum(), run=(first | pl.col("set_back")).cum_sum())
        .with_columns(least=MICROS * pl.col("least_ms") - pl.col("grown"))
        .select(pl.col("grown") + pl.col("least").cum_min().over("run"))
        .to_series()
    )
    return heard.with_columns(lag_ms=pl.Series(lags.to_numpy() // MICROS))


def exporting_since(words: pl.DataFrame) -> dict[int, int]:
    """End of the slice in which a reading on time first said a demand below 0, by `life`."""
    on_time = words.filter(pl.col("form") == ON_TIME, ~pl.col("repeat"), pl.col("revision") == 0)
    negative = (
        on_time.unique(["life", "slice_end_ms", "rank"], keep="last", maintain_order=True)
        .filter(pl.col("demand") < 0)
        .group_by("life")
        .agg(pl.col("slice_end_ms").min())
    )
    return dict(negative.iter_rows())
