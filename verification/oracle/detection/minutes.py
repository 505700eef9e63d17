"""The minutes of feeders that a log makes, all of them at once.

A meter adds to the figures of its feeder from one slice on, and takes away from another one on;
summed over time that is how they stand, and weighted by how long they stood so the mean of a
minute. A minute in which nothing changes, as in the one before, is like that one: minutes make
*stretches* that are alike, and those make runs of which it is told, or not, for one reason.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from contracts.facts import (
    AREA_PREFIX,
    CALM_MINUTES,
    HIGH_V,
    LOADED_SHARE,
    LOW_V,
    LOWERED_V,
    RAISED_V,
    SLOWEST_VOLTAGE_MS,
)
from contracts.meters import EXPORT_SUFFIX
from contracts.time import MINUTE_MS
from verification.oracle.detection.behind import areas_of
from verification.oracle.groups import lasting, told_of
from verification.oracle.history import thousandths
from verification.rows import FactKey, FeederMinuteFact

Ints: TypeAlias = npt.NDArray[np.int64]

_COUNTS = ("homes", "voltages", "low", "lowered", "high", "raised")
"""Of homes: their means are told."""
_DRAWN = ("demand", "supplies", "supply")
"""What homes draw; of how many supply meters it is known what they say, and that."""
_REGISTERED = ("members", "capacity_w")
_FIGURES = (*_COUNTS, *_DRAWN, *_REGISTERED)

_LOADED = round(1_000 * LOADED_SHARE)
_BAD, _NEARLY, _CALM = "bad", "nearly", "calm"
"""Why a minute is told of, why one is if those before were, and of which a few are."""


def feeder_minutes(
    states: pl.DataFrame, meters: pl.DataFrame, slice_ms: int, last_end_ms: int
) -> dict[FactKey, FeederMinuteFact]:
    """Every minute that is told of, up to the last slice that has closed, by feeder and time.

    Args:
        states: As `ledger.states_of` makes them.
        meters: As `words.meters_of` makes them.
    """
    is_home = (pl.col("commodity") == "electricity") & ~pl.col("meter_id").str.ends_with(
        EXPORT_SUFFIX
    )
    counting = meters.filter(is_home | (pl.col("commodity") == "supply"))
    of_meters = states.join(
        counting.select("meter", home=is_home), on="meter", maintain_order="left"
    )
    registered = of_meters.unique(["meter", "slice_end_ms"], keep="last", maintain_order=True)
    forever_ms = last_end_ms + slice_ms
    changes = (
        pl.concat(
            [_drawn(of_meters, slice_ms, forever_ms), _registered(registered, forever_ms)],
            how="diagonal",
        )
        .filter(pl.col("at_ms") <= last_end_ms, ~pl.col("feeder").str.starts_with(AREA_PREFIX))
        .group_by("feeder", "at_ms")
        .agg(pl.col(_FIGURES).sum())
    )
    last_minute_ms = last_end_ms // MINUTE_MS * MINUTE_MS
    stretches = _stretches(_means(changes, slice_ms, last_minute_ms), last_minute_ms)
    return _rows(_told(stretches), _areas(registered))


def _drawn(states: pl.DataFrame, slice_ms: int, forever_ms: int) -> pl.DataFrame:
    """How what meters say changes behind feeders, while that counts."""
    meant = told_of(states).filter(pl.col("feeder").is_not_null()).collect()
    start, _, held, _ = lasting(meant, slice_ms, forever_ms)
    says = pl.col("demand").is_not_null()
    of_minutes = pl.col("cadence_ms").fill_null(0) <= SLOWEST_VOLTAGE_MS
    centivolts = pl.when("home", of_minutes).then("voltage_v")
    values = meant.select(
        "feeder",
        homes=pl.col("home") & says,
        demand=pl.when("home").then("demand"),
        supplies=~pl.col("home") & says,
        supply=pl.when(~pl.col("home")).then("demand"),
        voltages=centivolts.is_not_null(),
        low=centivolts < round(100 * LOW_V),
        lowered=centivolts < round(100 * LOWERED_V),
        high=centivolts > round(100 * HIGH_V),
        raised=centivolts > round(100 * RAISED_V),
    ).with_columns(pl.col(*_COUNTS, *_DRAWN).cast(pl.Int64).fill_null(0))
    return _between(values, start, held)


def _registered(lines: pl.DataFrame, forever_ms: int) -> pl.DataFrame:
    """How what the registry says of feeders changes.

    Args:
        lines: The last state of each meter and slice.
    """
    until = pl.col("slice_end_ms").shift(-1).over("meter").fill_null(forever_ms)
    behind = lines.with_columns(until=until).filter(pl.col("feeder").is_not_null())
    values = behind.select(
        "feeder",
        members=pl.col("home").cast(pl.Int64),
        capacity_w=pl.when("home").then(0).otherwise("capacity_w"),
    )
    return _between(values, behind["slice_end_ms"].to_numpy(), behind["until"].to_numpy())


def _between(values: pl.DataFrame, begin: Ints, end: Ints) -> pl.DataFrame:
    """Changes by values that count from one slice on until another one."""
    figures = pl.exclude("feeder")
    return pl.concat(
        [
            values.with_columns(at_ms=pl.Series(begin)),
            values.with_columns(-figures).with_columns(at_ms=pl.Series(end)),
        ]
    )


def _means(changes: pl.DataFrame, slice_ms: int, last_minute_ms: int) -> pl.DataFrame:
    """What is said of the minutes in which anything changes, and of each one after.

    Returns:
        `feeder`, `end_ms`, the means of `drawn` and _COUNTS in thousandths, `supplies`, `members`
        and `capacity_w` at the end; by feeder and time.
    """
    end = (pl.col("at_ms") + MINUTE_MS - 1) // MINUTE_MS * MINUTE_MS
    within = changes.with_columns(end_ms=end)
    touched = within.select("feeder", "end_ms")
    ends = pl.concat([touched, touched.with_columns(pl.col("end_ms") + MINUTE_MS)]).unique()
    # As they stand when the minute begins they count in its first slice, if nothing changes there.
    begun = ends.with_columns(at_ms=pl.col("end_ms") - MINUTE_MS + slice_ms)
    of_minute = ("feeder", "end_ms")
    at_ms, until_ms = pl.col("at_ms"), pl.col("at_ms").shift(-1).over(of_minute)
    stood = (until_ms.fill_null(pl.col("end_ms") + slice_ms) - at_ms) // slice_ms
    slices = MINUTE_MS // slice_ms
    total = pl.col("drawn")
    return (
        pl.concat([within, begun], how="diagonal")
        .filter(pl.col("end_ms") <= last_minute_ms)
        .group_by(*of_minute, "at_ms")
        .agg(pl.col(_FIGURES).sum())
        .sort("feeder", "at_ms")
        .with_columns(pl.col(_FIGURES).cum_sum().over("feeder"), stood=stood)
        .with_columns(drawn=pl.when(pl.col("supplies") > 0).then("supply").otherwise("demand"))
        .group_by(of_minute, maintain_order=True)
        .agg(
            (pl.col("drawn", *_COUNTS) * pl.col("stood")).sum(),
            pl.col("supplies", *_REGISTERED).last(),
        )
        .with_columns(
            pl.col(_COUNTS) * 1_000 // slices,
            drawn=total.sign() * (total.abs() // slices),
        )
    )


def _stretches(means: pl.DataFrame, last_minute_ms: int) -> pl.DataFrame:
    """Minutes that are alike, by feeder and time: the first `end_ms`, `until_ms` which one, and how
    they `are`."""
    capacity = pl.col("capacity_w")
    loaded = (capacity > 0) & (pl.col("drawn").abs() >= _LOADED * capacity)
    outside = pl.col("low") + pl.col("high") > 0
    nearly = pl.col("lowered") + pl.col("raised") > 0
    are = pl.when(loaded | outside).then(pl.lit(_BAD)).when(nearly).then(pl.lit(_NEARLY))
    until = pl.col("end_ms").shift(-1).over("feeder").fill_null(last_minute_ms + MINUTE_MS)
    return means.with_columns(are=are.otherwise(pl.lit(_CALM)), until_ms=until)


def _told(stretches: pl.DataFrame) -> pl.DataFrame:
    """The minutes that are told of, each with the values of its stretch."""
    another = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(name).shift()) for name in ("feeder", "are")
    )
    numbered = stretches.with_columns(run=another.cum_sum())
    minutes = (pl.col("until_ms") - pl.col("first_ms")) // MINUTE_MS
    bad, calm = (pl.col("are") == each for each in (_BAD, _CALM))
    ends_it = calm & (pl.col("minutes") >= CALM_MINUTES)
    runs = (
        numbered.group_by("run", maintain_order=True)
        .agg(
            pl.col("feeder", "are").first(),
            first_ms=pl.col("end_ms").first(),
            until_ms=pl.col("until_ms").last(),
        )
        .with_columns(minutes=minutes)
        .with_columns(then=pl.when(bad).then(True).when(ends_it).then(False))
        .with_columns(told=pl.col("then").forward_fill().shift().over("feeder") | bad)
        .filter("told")
        .with_columns(
            minutes=pl.when(calm)
            .then(pl.min_horizontal("minutes", pl.lit(CALM_MINUTES)))
            .otherwise("minutes")
        )
        .select("run", told_until_ms=pl.col("first_ms") + MINUTE_MS * pl.col("minutes"))
    )
    told = (
        numbered.join(runs, on="run", maintain_order="left")
        .with_columns(until_ms=pl.min_horizontal("until_ms", "told_until_ms"))
        .filter(pl.col("end_ms") < pl.col("until_ms"))
    )
    number = (told["until_ms"].to_numpy() - told["end_ms"].to_numpy()) // MINUTE_MS
    rows = np.repeat(np.arange(len(told)), number)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(number) - number, number)
    return told[rows].with_columns(at_ms=pl.col("end_ms") + MINUTE_MS * pl.Series(nth))


def _areas(lines: pl.DataFrame) -> pl.DataFrame:
    """`area` of each feeder from `at_ms` on, as `behind.areas_of` says it.

    Args:
        lines: As of `_registered`.
    """
    homes = lines.filter("home").select(
        "meter",
        "feeder",
        at_ms="slice_end_ms",
        area=pl.when("known", pl.col("feeder").is_not_null()).then("area"),
    )
    was = {f"was_{name}": pl.col(name).shift().over("meter") for name in ("feeder", "area")}
    return areas_of(homes.with_columns(**was))


def _rows(told: pl.DataFrame, areas: pl.DataFrame) -> dict[FactKey, FeederMinuteFact]:
    named = (
        told.sort("at_ms")
        .join_asof(areas.sort("at_ms"), on="at_ms", by="feeder", check_sortedness=False)
        .sort("feeder", "at_ms")
    )
    values = named.select(
        "feeder",
        "at_ms",
        pl.col("area").fill_null(""),
        "members",
        thousandths(named["homes"]),
        thousandths(named["drawn"]),
        pl.col("supplies") > 0,
        pl.when(pl.col("capacity_w") > 0).then("capacity_w"),
        *(thousandths(named[name]) for name in _COUNTS[1:]),
    )
    return {
        (feeder, at_ms): FeederMinuteFact(*figures)
        for feeder, at_ms, *figures in values.iter_rows()
    }
