"""The facts of feeders that a log makes, all of them at once.

Where anything changes behind a feeder, its figures say whether something is the matter, and whether
there is something to say: a change while that is so, the beginning, the end, between them the same
again, ever more seldom, and a meter that comes back without having lived.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import polars as pl

from contracts.facts import EACH_HOUR_FOR_MS, EACH_MINUTE_FOR_MS, MOST_METERS
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from verification.oracle.detection.ahead import later_ones, of_no_clock_ahead
from verification.oracle.detection.behind import (
    FIGURES,
    areas_of,
    figures_of,
    last_lives_of,
    missed_at,
    turns_of,
)
from verification.oracle.detection.clocks import Clocks
from verification.oracle.detection.gasps import with_gasps
from verification.oracle.detection.lives import homes_of, in_areas, lines_of, lives_of
from verification.oracle.detection.returns import Return, returns_of
from verification.oracle.detection.standing import Standing
from verification.oracle.detection.supplies import Readings, supplies_of
from verification.oracle.ledger import Ledger
from verification.oracle.words import ANNOUNCEMENT
from verification.rows import FactKey, FeederFact, MissedMeter

MANY_MISSED, MANY_MISSED_TWICE = 4, 3
"""From so many on that were due since anybody was heard, or that missed two readings, something is
the matter; a single one that is silent is enough."""

_TIME = ("feeder", "at_ms")


class Heard(NamedTuple):
    """What has come of meters in slices that have closed."""

    ledger: Ledger
    states: pl.DataFrame
    """As `ledger.states_of` makes them."""
    signs: pl.DataFrame
    """As `words.signs_of` makes them."""
    gasps: pl.DataFrame
    """As `words.gasps_of` makes them."""

    @property
    def words(self) -> pl.DataFrame:
        """As `words.words_of` makes them."""
        return self.ledger.words


def feeder_facts(
    heard: Heard, meters: pl.DataFrame, written: pl.DataFrame, slice_ms: int, last_end_ms: int
) -> dict[FactKey, FeederFact]:
    """Every fact up to the last slice that has closed, by feeder and time.

    Args:
        meters: As `words.meters_of` makes them.
        written: What a writer wrote, as `Clocks` takes it.
    """
    homes = homes_of(meters)
    if homes.is_empty():
        return {}
    words = heard.words.join(homes, on="meter", how="semi", maintain_order="left")
    states, signs = (
        each.join(homes, on="meter", maintain_order="left") for each in (heard.states, heard.signs)
    )
    states = in_areas(states)
    gasps = heard.gasps.join(homes, on="meter", how="semi", maintain_order="left")
    lines = lines_of(states, signs)
    signs = later_ones(signs, lines)
    readings = words.filter(pl.col("form") != ANNOUNCEMENT)
    telling = of_no_clock_ahead(readings, lines, signs)
    lives = with_gasps(lives_of(readings, telling, lines, signs), gasps)
    standing = Standing(lives, Clocks(written))
    returns = returns_of(words, telling, signs, lives, standing, slice_ms)
    turns = turns_of(lives, standing, slice_ms, last_end_ms)
    figures = _with_due(figures_of(turns), turns, last_lives_of(lives))
    times = _times(figures, returns, last_end_ms)
    supplies = supplies_of(heard.words, heard.states, heard.signs, meters)
    return _said(times, turns, lives, returns, supplies)


def _with_due(figures: pl.DataFrame, turns: pl.DataFrame, lasts: pl.DataFrame) -> pl.DataFrame:
    """With `due`, whether many missed meters were due after anybody was heard last.

    Args:
        lasts: As `last_lives_of` makes them.
    """
    many = _as_of(figures.filter(pl.col("missed_count") >= MANY_MISSED).select(_TIME), lasts)
    due = (
        missed_at(turns, many)
        .join(many.select("last_life_ms", place=pl.int_range(pl.len(), dtype=pl.Int64)), on="place")
        .filter(pl.col("life_ms") + pl.col("cadence_ms") > pl.col("last_life_ms"))
        .group_by("place")
        .agg(due=pl.len() >= MANY_MISSED)
    )
    places = many.select(_TIME).with_columns(place=pl.int_range(pl.len(), dtype=pl.Int64))
    found = places.join(due.filter("due"), on="place").select(*_TIME, "due")
    return figures.join(found, on=_TIME, how="left", maintain_order="left").with_columns(
        pl.col("due").fill_null(value=False)
    )


def _times(
    figures: pl.DataFrame, returns: Mapping[FactKey, list[Return]], last_end_ms: int
) -> pl.DataFrame:
    """When a fact may be said, by feeder and time.

    Args:
        figures: As `_with_due` makes them.

    Returns:
        `feeder`, `at_ms`, FIGURES, and `must`, whether it is said whatever was said before. Others
        are said if they say anything new, or if the last news was as long ago as `_apart_ms` has
        it, which may be longer than the last change of a figure.
    """
    back = pl.DataFrame(
        [(*key, any(one.from_gone for one in each)) for key, each in returns.items()],
        {"feeder": pl.String, "at_ms": pl.Int64, "gone": pl.Boolean},
        orient="row",
    )
    bad = pl.col("due") | (pl.col("missed_twice") >= MANY_MISSED_TWICE) | (pl.col("silent") > 0)
    calm = (pl.col("missed_twice") == 0) & (pl.col("missed_count") < MANY_MISSED)
    opens = pl.when(bad).then(True).when(calm).then(False)
    judged = (
        # A meter that its words left missed and a sign of life brought back has not turned.
        figures.join(back, on=_TIME, how="full", coalesce=True)
        .sort(_TIME)
        .with_columns(pl.col(*FIGURES, "due").forward_fill().over("feeder"))
        .with_columns(opens=opens)
        .with_columns(
            open=pl.col("opens").forward_fill().over("feeder").fill_null(value=False),
            gone=pl.col("gone").fill_null(value=False),
            until_ms=pl.col("at_ms").shift(-1).over("feeder").fill_null(last_end_ms + 1),
        )
        .with_columns(was=pl.col("open").shift().over("feeder").fill_null(value=False))
    )
    at_change = judged.filter(pl.col("open") | pl.col("was") | pl.col("gone")).select(
        *_TIME,
        *FIGURES,
        must=(pl.col("open") != pl.col("was")) | pl.col("gone"),
    )
    return pl.concat([at_change, *_again(judged.filter("open"))]).sort(_TIME)


def _again(judged: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """When the same may be said again before the next change: first the ends of minutes, then those
    of hours, then those of days."""
    at_ms, until_ms = (judged[name].to_numpy() for name in ("at_ms", "until_ms"))
    from_ms = at_ms
    for apart_ms, most_ms in (
        (MINUTE_MS, EACH_MINUTE_FOR_MS),
        (HOUR_MS, EACH_HOUR_FOR_MS),
        (DAY_MS, None),
    ):
        to_ms = until_ms if most_ms is None else np.minimum(at_ms + most_ms + 1, until_ms)
        first, after = from_ms // apart_ms + 1, -(-to_ms // apart_ms)
        number = np.maximum(after - first, 0)
        rows = np.repeat(np.arange(len(judged)), number)
        nth = np.arange(len(rows)) - np.repeat(np.cumsum(number) - number, number)
        yield judged[rows].select(
            "feeder",
            pl.Series("at_ms", (first[rows] + nth) * apart_ms),
            *FIGURES,
            must=pl.lit(value=False),
        )
        from_ms = to_ms - 1


def _apart_ms(old_ms: int) -> int:
    """How far apart facts are said that say nothing new, so long after the last that did."""
    if old_ms <= EACH_MINUTE_FOR_MS:
        return MINUTE_MS
    return HOUR_MS if old_ms <= EACH_HOUR_FOR_MS else DAY_MS


def _said(
    times: pl.DataFrame,
    turns: pl.DataFrame,
    lives: pl.DataFrame,
    returns: Mapping[FactKey, list[Return]],
    supplies: Mapping[str, Readings],
) -> dict[FactKey, FeederFact]:
    """The facts, without those that would say the same as the one before too soon."""
    told = _as_of(_as_of(times, areas_of(turns)), last_lives_of(lives)).with_columns(
        pl.col("area").fill_null("")
    )
    missed = _lists(missed_at(turns, times).iter_rows(named=False))
    columns = ("feeder", "at_ms", "must", "area", "last_life_ms", "life_end_ms", *FIGURES)
    facts: dict[FactKey, FeederFact] = {}
    before: tuple[str, FeederFact] | None = None
    news_ms = 0
    for place, (feeder, at_ms, must, area, last_ms, end_ms, *figures) in enumerate(
        told.select(columns).iter_rows()
    ):
        members, alive, missed_count, missed_twice, silent = figures
        back = tuple(each.meter for each in returns.get((feeder, at_ms), ())[:MOST_METERS])
        fact = FeederFact(
            area=area,
            members=members,
            alive=alive,
            last_life_ms=last_ms,
            missed=missed.get(place, ()),
            missed_count=missed_count,
            missed_twice=missed_twice,
            silent=silent,
            returned=back,
        )
        if must or back or before != (feeder, _lasting(fact)):
            before, news_ms = (feeder, _lasting(fact)), at_ms
        elif at_ms % _apart_ms(at_ms - news_ms):
            continue
        supplied = supplies.get(feeder, Readings()).as_of(at_ms, last_ms, end_ms)
        facts[feeder, at_ms] = fact._replace(
            supply_before_w=supplied.before_w,
            supply_least_w=supplied.least_w,
            supply_from_ms=supplied.from_ms,
        )
    return facts


def _lasting(fact: FeederFact) -> FeederFact:
    """What of a fact is no news when it is said again."""
    return fact._replace(last_life_ms=0, returned=())


def _as_of(times: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """With the latest values of the feeder at each time."""
    return (
        times.sort("at_ms")
        .join_asof(values.sort("at_ms"), on="at_ms", by="feeder", check_sortedness=False)
        .sort(_TIME)
    )


def _lists(
    rows: Iterable[tuple[str, int, int, int, int | None, int]],
) -> dict[int, tuple[MissedMeter, ...]]:
    """The first meters that are missed, by place."""
    return {
        place: tuple(MissedMeter(*each[:5]) for each in list(of_place)[:MOST_METERS])
        for place, of_place in groupby(rows, key=itemgetter(5))
    }
