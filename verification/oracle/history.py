"""Rows of a meter's history: of its minutes and of its periods, one of what was on time, and one
for each window of arrival in which late readings came."""

import polars as pl

from contracts.figures import FIGURES
from contracts.settings import Settings
from verification.oracle.seqs import steps
from verification.oracle.words import ANNOUNCEMENT, LATE, slice_end
from verification.rows import Minute, MinuteKey

ROW = ("meter", "start", "corrected_at")
"""What makes a row; `start` is that of the minute or period, `corrected_at` 0 in the on-time
row."""

AS_SAID = ("measured", "final")
"""Qualities of what is no estimate, besides none."""

_GROUP = ("meter", "corrected_at", "ts", "seq")


def with_corrected_at(words: pl.DataFrame, settings: Settings) -> pl.LazyFrame:
    """The readings among the words with `corrected_at` of their rows."""
    arrived = pl.col("arrival_ms") - pl.col("arrival_ms") % settings.correction_window_ms
    return (
        words.lazy()
        .filter(pl.col("form") != ANNOUNCEMENT)
        .with_columns(corrected_at=pl.when(pl.col("form") == LATE).then(arrived).otherwise(0))
    )


def starting(length_ms: int) -> pl.Expr:
    """Start of the minute or period in which a reading is."""
    return pl.col("ts") - pl.col("ts") % length_ms


def is_open(settings: Settings, watermark: int, length_ms: int) -> pl.Expr:
    """Whether the row of a reading, by `ts` and `corrected_at`, has not closed: that on time does
    with the minute or period, a correction with the last slice of its window of arrival."""
    last_ms = pl.col("corrected_at") + settings.correction_window_ms - 1
    late_end = slice_end(last_ms, settings.slice_ms)
    end = pl.when(pl.col("corrected_at") > 0).then(late_end)
    return end.otherwise(starting(length_ms) + length_ms) - 1 > watermark


def groups_of(words: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Of words that are no repeats: a line for each meter, `corrected_at`, ts and seq, in this
    order.

    Returns:
        Those, `register` and `geohash` as the last word has them, and `slice_end_ms`, when that
        counted; `counted`, whether the first word of the reading is among them, and then `said`
        (the demand), `estimated` and `used` (the energy) of the last unmarked word; `differences`,
        the sum of energies of the marked ones.
    """
    used = ("register", "geohash", "slice_end_ms", "place", "revision", "new", "quality")
    kept = (
        with_corrected_at(words, settings)
        .filter(~pl.col("repeat"))
        .select(*_GROUP, *used, "demand", "energy")
        .sort(*_GROUP, "place")
        .with_columns(group=_changes(*_GROUP).cum_sum())
        .collect()
    )
    unmarked = kept.filter(pl.col("revision") == 0)
    counted = unmarked.filter("new").select("group", counted=True).unique("group")
    quality = pl.col("quality")
    last_unmarked = _last_of_each(unmarked).select(
        "group",
        said="demand",
        used="energy",
        estimated=quality.is_not_null() & ~quality.is_in(AS_SAID),
    )
    differences = (
        kept.filter(pl.col("revision") > 0, pl.col("energy").is_not_null())
        .group_by("group")
        .agg(differences=pl.col("energy").sum())
    )
    return (
        _last_of_each(kept)
        .select("group", *_GROUP, "register", "geohash", "slice_end_ms")
        .lazy()
        .join(counted.lazy(), on="group", how="left", maintain_order="left")
        .join(
            last_unmarked.join(counted, on="group", how="semi").lazy(),
            on="group",
            how="left",
            maintain_order="left",
        )
        .join(differences.lazy(), on="group", how="left", maintain_order="left")
        .with_columns(pl.col("counted", "estimated").fill_null(value=False))
        .drop("group")
        .collect()
    )


def rows_of(
    groups: pl.DataFrame, settings: Settings, watermark: int, length_ms: int
) -> pl.DataFrame:
    """The rows of minutes or periods that have closed by the watermark.

    Returns:
        ROW, `geohash` and the figures, in thousandths where history has units; and `known_ms`, the
        end of the slice as of which it is asked whether the meter reads seldom.
    """
    apart = steps(pl.col("seq").shift(), pl.col("seq"))
    last_ms = pl.col("corrected_at") + settings.correction_window_ms - 1
    late_end = slice_end(last_ms, settings.slice_ms)
    closed = (
        groups.lazy()
        .filter(~is_open(settings, watermark, length_ms))
        .with_columns(start=starting(length_ms))
        .with_columns(step=pl.when(_changes(*ROW)).then(1).otherwise(apart))
    )
    return (
        closed.group_by(ROW)
        .agg(
            *sums(),
            geohash=pl.col("geohash").last(),
            steps=pl.col("step").sum(),
            first_seq=pl.col("seq").first(),
            last_seq=pl.col("seq").last(),
            first_at=pl.col("ts").first(),
            last_at=pl.col("ts").last(),
            first_register=pl.col("register").first(),
            last_register=pl.col("register").last(),
            on_time_end=pl.col("slice_end_ms").max(),
        )
        .with_columns(
            expected=pl.when(pl.col("readings") > 0).then("steps").otherwise(0),
            known_ms=pl.when(pl.col("corrected_at") > 0).then(late_end).otherwise("on_time_end"),
        )
        .select(*ROW, "geohash", *(figure.name for figure in FIGURES), "known_ms")
        .collect()
    )


def sums() -> list[pl.Expr]:
    """The figures that add up over groups, whichever row they are in."""
    demand = pl.col("said")
    energies = pl.col("used"), pl.col("differences")
    said = pl.sum_horizontal(each.count() for each in energies) > 0
    return [
        pl.col("counted").sum().cast(pl.Int64).alias("readings"),
        pl.col("register").min().alias("low_register"),
        pl.col("register").max().alias("high_register"),
        demand.count().cast(pl.Int64).alias("demands"),
        demand.sum().alias("demand_sum"),
        demand.min().alias("demand_min"),
        demand.max().alias("demand_max"),
        pl.when(said).then(pl.sum_horizontal(each.sum() for each in energies)).alias("energy"),
        pl.col("estimated").sum().cast(pl.Int64).alias("estimated"),
    ]


def left_out(minutes: pl.DataFrame, states: pl.DataFrame, period_ms: int) -> pl.DataFrame:
    """ROW of the minutes that are not kept, since the row of the period says the same.

    That is so of a meter that reads once a period or less, where no other minute of the period has
    a row with the same `corrected_at`.

    Args:
        minutes: As `rows_of` makes them.
        states: As `ledger.states_of` makes them.
    """
    cadences = states.select("meter", "slice_end_ms", "cadence_ms").sort(
        "slice_end_ms", maintain_order=True
    )
    alone = pl.len().over("meter", pl.col("start") - pl.col("start") % period_ms, "corrected_at")
    return (
        minutes.select(*ROW, "known_ms")
        .filter(alone == 1)
        .sort("known_ms")
        .join_asof(
            # Two lives of a meter may meet in a slice; the later one stands last.
            cadences.unique(("meter", "slice_end_ms"), keep="last", maintain_order=True),
            left_on="known_ms",
            right_on="slice_end_ms",
            by="meter",
            check_sortedness=False,
        )
        .filter(pl.col("cadence_ms") >= period_ms)
        .select(ROW)
    )


def in_units(rows: pl.DataFrame) -> pl.DataFrame:
    """Figures that history keeps in the commodity's units, from thousandths."""
    doubles = [figure.name for figure in FIGURES if figure.type == "double"]
    return rows.with_columns(thousandths(rows[name]) for name in doubles)


def thousandths(whole: pl.Series) -> pl.Series:
    """The nearest doubles; null stays null."""
    # Not polars' own division: it multiplies by 0.001, and 9697 becomes 9.697000000000001.
    quotients = pl.Series(whole.name, whole.fill_null(0).to_numpy() / 1000)
    return quotients.set(whole.is_null(), None) if whole.null_count() else quotients


def stored(rows: pl.DataFrame, meters: pl.DataFrame) -> dict[MinuteKey, Minute]:
    """The rows as the stores have them, in their order."""
    # One text for all rows of a meter: there may be millions.
    names = meters.sort("meter").select("meter_id", "commodity").rows()
    keys = ((*names[meter], start, at) for meter, start, at in rows.select(ROW).iter_rows())
    values = in_units(rows).select(Minute._fields)
    return dict(zip(keys, map(Minute._make, values.iter_rows()), strict=True))


def _changes(*columns: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in columns)


def _last_of_each(sorted_by_group: pl.DataFrame) -> pl.DataFrame:
    return sorted_by_group.filter(pl.col("group").ne_missing(pl.col("group").shift(-1)))
