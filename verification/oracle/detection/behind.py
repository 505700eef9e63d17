"""What is behind each feeder, slice by slice: how many meters, how they stand, and where.

A meter adds to the figures of its feeder from one of its *turns* to the next one. Each turn is two
changes, what begins and what ends; summed over time they are the figures.
"""

import numpy as np
import polars as pl

from contracts.facts import AREA_PREFIX, MISSED, MISSED_TWICE, SILENT, SILENT_LONG
from verification.oracle.detection.standing import GONE, IN_TIME, Standing

FIGURES = ("members", "alive", "missed_count", "missed_twice", "silent")

_OF_MISSED = ("life_ms", "cadence_ms", "lost_power_ms")
"""What is told of a meter that is missed."""

_TURN = ("feeder", "area", "stands", *_OF_MISSED)
"""What changes from one turn of a meter to the next, ..."""

_WAS = ("feeder", "area", "stands")
"""... and what of it is added up."""


def turns_of(
    lives: pl.DataFrame, standing: Standing, slice_ms: int, last_end_ms: int
) -> pl.DataFrame:
    """When meters begin to count otherwise behind their feeders.

    Args:
        lives: As `gasps.with_gasps` makes them.

    Returns:
        `meter`, `meter_id`, `at_ms`, and how it counts from then on: `feeder`, null behind none;
        `area`, null where it was never heard; how it `stands`; of one that is missed `life_ms`,
        `cadence_ms` and `lost_power_ms`. By meter and time; besides `until_ms`, the meter's next
        turn, and `feeder`, `area` and `stands` of the turn before as `was_feeder`, `was_area` and
        `was_stands`.
    """
    spans = lives.select(
        row=pl.int_range(pl.len(), dtype=pl.Int64),
        first="slice_end_ms",
        last=pl.col("slice_end_ms").shift(-1).over("meter").fill_null(last_end_ms + slice_ms)
        - slice_ms,
        behind=pl.col("feeder").is_not_null(),
    )
    behind = spans.filter("behind")
    row, first, last = (behind[name].to_numpy() for name in ("row", "first", "last"))
    changes = standing.changes(row, first, last, slice_ms)
    nowhere = spans.filter(~pl.col("behind")).select("row", slice_end_ms="first", stands=GONE)
    missed = pl.col("stands").is_between(MISSED, SILENT_LONG)
    # So many homes are in an area that always some have missed one reading.
    in_an_area = pl.col("feeder").str.starts_with(AREA_PREFIX).fill_null(value=False)
    once_in_an_area = in_an_area & (pl.col("stands") == MISSED)
    of_row = lives.select(
        "meter",
        "meter_id",
        "feeder",
        *_OF_MISSED,
        row=pl.int_range(pl.len(), dtype=pl.Int64),
        area=pl.when("known", pl.col("feeder").is_not_null()).then("area"),
    )
    every = (
        pl.concat([changes, nowhere.cast(changes.schema)])
        .sort("row", "slice_end_ms")
        .rename({"slice_end_ms": "at_ms"})
        .join(of_row, on="row", how="left", maintain_order="left")
        .with_columns(stands=pl.when(once_in_an_area).then(IN_TIME).otherwise("stands"))
        .with_columns(pl.when(missed).then(name).alias(name) for name in _OF_MISSED)
    )
    another = pl.col("meter").ne_missing(pl.col("meter").shift())
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in _TURN)
    was = {f"was_{name}": pl.col(name).shift().over("meter") for name in _WAS}
    return (
        every.filter(another | ~same)
        .with_columns(
            until_ms=pl.col("at_ms").shift(-1).over("meter").fill_null(last_end_ms + slice_ms),
            **was,
        )
        .select("meter", "meter_id", "at_ms", "until_ms", *_TURN, *was)
    )


def figures_of(turns: pl.DataFrame) -> pl.DataFrame:
    """FIGURES of each `feeder` from `at_ms` on, a line for each slice in which a meter turned."""
    least = dict(zip(FIGURES[1:], (IN_TIME, MISSED, MISSED_TWICE, SILENT), strict=True))
    return (
        _changes(turns, "feeder", "stands")
        .with_columns(
            members="sign",
            **{
                name: pl.col("sign") * pl.col("stands").is_between(so, SILENT_LONG)
                for name, so in least.items()
            },
        )
        .group_by("feeder", "at_ms")
        .agg(pl.col(FIGURES).sum())
        .sort("feeder", "at_ms")
        .with_columns(pl.col(FIGURES).cum_sum().over("feeder"))
    )


def areas_of(turns: pl.DataFrame) -> pl.DataFrame:
    """`area` in which most meters of each `feeder` are from `at_ms` on, the first of several; empty
    where none was ever heard."""
    changed = (
        _changes(turns, "feeder", "area")
        .filter(pl.col("area").is_not_null())
        .group_by("feeder", "area", "at_ms")
        .agg(more=pl.col("sign").sum())
    )
    # Feeders are in few areas: each is looked at whenever one of them changes.
    times = changed.select("feeder", "at_ms").unique()
    areas = changed.select("feeder", "area").unique()
    return (
        times.join(areas, on="feeder")
        .join(changed, on=["feeder", "area", "at_ms"], how="left")
        .sort("feeder", "area", "at_ms")
        .with_columns(meters=pl.col("more").fill_null(0).cum_sum().over("feeder", "area"))
        .sort("feeder", "at_ms", "meters", "area", descending=[False, False, True, False])
        .unique(["feeder", "at_ms"], keep="first", maintain_order=True)
        .select(
            "feeder", "at_ms", area=pl.when(pl.col("meters") > 0).then("area").otherwise(pl.lit(""))
        )
    )


def last_lives_of(lives: pl.DataFrame) -> pl.DataFrame:
    """`last_life_ms` of each `feeder` from `at_ms` on: the latest sign of life of any meter that
    was behind it when something was said of it; and `life_end_ms`, the slice in which that was."""
    here = lives.filter(pl.col("feeder").is_not_null()).select("feeder", "slice_end_ms", "life_ms")
    # Words of a slice count behind the feeder of before an announcement in it.
    came = pl.col("heard") | pl.col("signed")
    before = lives.filter(came, pl.col("before_feeder").is_not_null()).select(
        "slice_end_ms", "life_ms", feeder="before_feeder"
    )
    return (
        pl.concat([here, before], how="diagonal")
        .group_by("feeder", at_ms="slice_end_ms")
        .agg(last_life_ms=pl.col("life_ms").max())
        .sort("feeder", "at_ms")
        .with_columns(pl.col("last_life_ms").cum_max().over("feeder"))
        .with_columns(life_end_ms=pl.col("at_ms").min().over("feeder", "last_life_ms"))
    )


def missed_at(turns: pl.DataFrame, times: pl.DataFrame) -> pl.DataFrame:
    """The meters that are missed at some times.

    Args:
        times: `feeder` and `at_ms`, by both.

    Returns:
        `meter_id`, `life_ms`, `cadence_ms`, `stands`, `lost_power_ms`, and `place` of the time; at
        each place the latest heard first, then by id.
    """
    missed = turns.filter(pl.col("life_ms").is_not_null())
    names = pl.concat([times["feeder"], missed["feeder"]]).unique().sort()
    number = pl.DataFrame({"feeder": names}).with_row_index("number")

    def key(frame: pl.DataFrame, at: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        numbered = frame.join(number, on="feeder", how="left", maintain_order="left")
        keys: np.ndarray[tuple[int], np.dtype[np.int64]] = (
            numbered["number"].cast(pl.Int64).to_numpy() << 43
        ) + frame[at].to_numpy()
        return keys

    places = key(times, "at_ms")
    begin = np.searchsorted(places, key(missed, "at_ms"))
    end = np.searchsorted(places, key(missed, "until_ms"))
    often = end - begin
    rows = np.repeat(np.arange(len(missed)), often)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(often) - often, often)
    return (
        missed.select("meter_id", "life_ms", "cadence_ms", "stands", "lost_power_ms")[rows]
        .with_columns(place=pl.Series(begin[rows] + offset))
        .sort("place", "life_ms", "meter_id", descending=[False, True, False])
    )


def _changes(turns: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """`at_ms`, the columns, and `sign`: 1 of what begins, -1 of what ends."""
    begins = turns.select("at_ms", *columns, sign=pl.lit(1, pl.Int64))
    ends = turns.select(
        "at_ms", *(pl.col(f"was_{name}").alias(name) for name in columns), sign=pl.lit(-1, pl.Int64)
    )
    return pl.concat([begins, ends]).filter(pl.col("feeder").is_not_null())
