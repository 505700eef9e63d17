"""The days of feeders that a log makes facts of, all of them at once.

What registers were is a point in time, and counts behind a feeder while the meter was there and the
feeder had a supply meter. Of the points that are known when a day is settled, each half-hour's end
has the last one before it. It is settled when it is said, or before, when its supply meter goes.
"""

from collections.abc import Iterable
from itertools import groupby

import numpy as np
import polars as pl

from contracts.facts import DAY_WAIT_MS, HALF_HOUR_MS, HALF_HOURS, MOST_METERS
from contracts.time import DAY_MS
from verification.oracle.detection.stays import FOR_EVER, spans_of, stays_of
from verification.oracle.ledger import NONE, Ints, Ledger
from verification.rows import DayFact, DayOfMeter, FactKey

_WH = 1_000
"""Thousandths."""

_BEFORE_WORDS = -1
"""Order of what is said again, among the words of a slice by their places."""

_DAY = ["feeder", "day_ms"]


def feeder_days(
    ledger: Ledger, states: pl.DataFrame, meters: pl.DataFrame, last_end_ms: int
) -> dict[FactKey, DayFact]:
    """Every day up to the last slice that has closed, by feeder and time.

    Args:
        states: As `ledger.states_of` makes them.
        meters: As `words.meters_of` makes them.
    """
    stays = stays_of(ledger.words, meters)
    supplied = spans_of(stays.filter("supply"))
    if supplied.is_empty():
        return {}
    # A day that is said asks who was heard on the next.
    last_day_ms = (last_end_ms - DAY_WAIT_MS) // DAY_MS * DAY_MS - DAY_MS
    known = _points(ledger).filter(pl.col("half_ms") <= last_day_ms + 2 * DAY_MS)
    if known.filter(pl.col("half_ms") <= last_day_ms + DAY_MS).is_empty():
        return {}
    points = _behind(known, stays.join(supplied, on="feeder", how="semi"))
    days = _days(points, supplied, _partings(stays, supplied), last_end_ms)
    if days.is_empty():
        return {}
    members = _members(days, stays)
    marks = _marks(members, points)
    areas = _areas(days, states, stays)
    return {
        (feeder, at_ms): _fact(day_ms, area or "", of_day)
        for (feeder, day_ms, at_ms, area), of_day in _by_day(members, marks, areas)
    }


def _points(ledger: Ledger) -> pl.DataFrame:
    """What registers were.

    Returns:
        `meter`, `slice_end_ms` in which it is known, its `order` in that; `ts`, `register`, and the
        `half_ms` of which it may be the last: its end; `heard_ms`, end of the slice in which
        there was first a reading of that time. Besides the words there is, where one is the first
        of its half-hour, the meter's latest reading of before, as it was said last.
    """
    words = ledger.words.filter(pl.Series(ledger.kept)).select(
        "meter", "slice_end_ms", "ts", "register", order=pl.col("place").cast(pl.Int64)
    )
    half = _half(ledger.ts)
    before = ledger.before
    other = ledger.advance & (half[before] != half)
    rows = np.flatnonzero(other & (ledger.slice_end[before] != ledger.slice_end))
    anew = ledger.top & ((before == NONE) | (ledger.ts[before] != ledger.ts))
    heard = ledger.lives.latest(anew)[before[rows]]
    again = pl.DataFrame(
        {
            "meter": ledger.words["meter"].gather(rows),
            "slice_end_ms": ledger.slice_end[rows],
            "ts": ledger.ts[before[rows]],
            "register": ledger.register[before[rows]],
            "order": np.full(len(rows), _BEFORE_WORDS),
            "heard_ms": ledger.slice_end[heard],
        }
    )
    points = pl.concat([words.with_columns(heard_ms="slice_end_ms").select(again.columns), again])
    return points.with_columns(half_ms=pl.Series(_half(points["ts"].to_numpy())))


def _half(ts: Ints) -> Ints:
    """End of the half-hour that an instant is in, which belongs to it."""
    return -(-ts // HALF_HOUR_MS) * HALF_HOUR_MS


def _behind(points: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """The points by the feeder that their meter was behind when they were heard.

    Returns:
        Their columns, `feeder`, and `from_ms`, since when the meter was there.
    """
    return (
        points.join(stays.select("meter", "feeder", "from_ms", "until_ms"), on="meter")
        .filter(
            pl.col("from_ms") <= pl.col("heard_ms"),
            pl.col("from_ms") <= pl.col("slice_end_ms"),
            pl.col("slice_end_ms") < pl.col("until_ms"),
        )
        .drop("until_ms")
    )


def _partings(stays: pl.DataFrame, supplied: pl.DataFrame) -> pl.DataFrame:
    """When the last of the supply meters that were there goes, whether another one comes or not.

    Returns:
        `feeder`; `part_ms`, end of the slice; `again_ms`, when the feeder has a supply meter after
        that, which may be at once.
    """
    there = stays.filter("supply").select("feeder", "from_ms", "until_ms")
    gone = there.filter(pl.col("until_ms") < FOR_EVER).select("feeder", part_ms="until_ms").unique()
    stay = gone.join(there, on="feeder").filter(
        pl.col("from_ms") < pl.col("part_ms"), pl.col("part_ms") < pl.col("until_ms")
    )
    alone = gone.join(stay, on=["feeder", "part_ms"], how="anti")
    again = (
        alone.join(supplied, on="feeder")
        .filter(pl.col("end_ms") > pl.col("part_ms"))
        .group_by("feeder", "part_ms")
        .agg(again_ms=pl.max_horizontal("begin_ms", "part_ms").min())
    )
    return alone.join(again, on=["feeder", "part_ms"], how="left").with_columns(
        pl.col("again_ms").fill_null(FOR_EVER)
    )


def _days(
    points: pl.DataFrame, supplied: pl.DataFrame, partings: pl.DataFrame, last_end_ms: int
) -> pl.DataFrame:
    """Those in which a reading came, and that are said.

    Returns:
        `feeder`, `day_ms`, `at_ms`; `begin_ms`, since when the feeder has a supply meter;
        `settled_ms`, end of the slice in which it is settled; `known_ms`, of the last one that
        counts: the one before if the supply meter goes.
    """
    day = (pl.col("half_ms") - 1) // DAY_MS * DAY_MS
    heard = (
        points.join(supplied, on="feeder")
        .filter(pl.col("slice_end_ms").is_between("begin_ms", "end_ms", closed="left"))
        .with_columns(day_ms=day)
        .with_columns(at_ms=pl.col("day_ms") + DAY_MS + DAY_WAIT_MS)
        .filter(pl.col("at_ms") >= pl.col("slice_end_ms"), pl.col("at_ms") <= last_end_ms)
    )
    parted = (
        heard.join(partings, on="feeder")
        .filter(
            pl.col("slice_end_ms") < pl.col("part_ms"),
            pl.col("part_ms") <= pl.min_horizontal("at_ms", "end_ms"),
            # Else it is the day of the supply meter that comes.
            pl.col("day_ms") + DAY_MS <= pl.col("again_ms"),
        )
        .sort("part_ms")
        .unique(_DAY, keep="first", maintain_order=True)
        .select(*_DAY, "at_ms", "begin_ms", settled_ms="part_ms", known_ms=pl.col("part_ms") - 1)
    )
    whole = (
        heard.filter(pl.col("at_ms") < pl.col("end_ms"))
        .select(*_DAY, "at_ms", "begin_ms", settled_ms="at_ms", known_ms="at_ms")
        .unique()
        .join(parted, on=_DAY, how="anti")
    )
    return pl.concat([parted, whole]).sort(_DAY)


def _members(days: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """The meters behind the feeder when a day is settled, and the supply meter that was there: the
    columns of both; by day, supply meters first, then by id."""
    there_ms = pl.when("supply").then("known_ms").otherwise("settled_ms")
    return (
        days.join(stays, on="feeder")
        .filter(there_ms.is_between("from_ms", "until_ms", closed="left"))
        .sort(*_DAY, pl.col("supply").not_(), "meter_id")
    )


def _marks(members: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """What registers were at the ends of half-hours, where that is known.

    Returns:
        `feeder`, `day_ms`, `meter_id`, `supply`, the `place` of the half-hour's end in the day, and
        `register`.
    """
    whole = pl.col("half_ms") // DAY_MS * DAY_MS
    # The end of a day is the beginning of the next, in which it is asked who was heard later.
    of_days = pl.concat(
        [points.with_columns(day_ms=whole - before * DAY_MS) for before in (0, 1)]
    ).with_columns(place=(pl.col("half_ms") - pl.col("day_ms")) // HALF_HOUR_MS)
    of_meter = [*_DAY, "meter"]
    known = (
        members.select(*of_meter, "from_ms", "known_ms", "begin_ms", "meter_id", "supply")
        .join(of_days, on=[*of_meter, "from_ms"])
        .filter(pl.col("slice_end_ms").is_between("begin_ms", "known_ms"))
        .with_columns(last_ms=pl.col("ts").max().over(of_meter))
        .filter(pl.col("place") <= HALF_HOURS, pl.col("last_ms") >= pl.col("half_ms"))
    )
    return (
        known.sort("ts", "slice_end_ms", "order")
        .unique([*of_meter, "place"], keep="last", maintain_order=True)
        .sort(*_DAY, pl.col("supply").not_(), "meter_id", "place")
        .select(*_DAY, "meter_id", "supply", "place", "register")
    )


def _areas(days: pl.DataFrame, states: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """The days with `area`, where the supply meter was heard last since any meter is there."""
    supplies = stays.filter("supply")
    heard = (
        states.filter("kept")
        .select("meter", "slice_end_ms", "area")
        .join(supplies.select("meter", "meter_id", "feeder", "from_ms", "until_ms"), on="meter")
        .filter(pl.col("slice_end_ms").is_between("from_ms", "until_ms", closed="left"))
        .select("feeder", "meter_id", "slice_end_ms", "area")
    )
    there = (
        heard.join(supplies.select("feeder", "from_ms", "until_ms", other="meter_id"), on="feeder")
        .filter(pl.col("slice_end_ms").is_between("from_ms", "until_ms", closed="left"))
        .group_by("feeder", "meter_id", "slice_end_ms", "area")
        .agg(first=pl.col("other").min())
        .filter(pl.col("meter_id") == pl.col("first"))
    )
    present = spans_of(stays).rename({"begin_ms": "since_ms"})
    since = (
        days.join(present, on="feeder")
        .filter(pl.col("known_ms").is_between("since_ms", "end_ms", closed="left"))
        .sort("known_ms")
    )
    return (
        since.join_asof(
            there.sort("slice_end_ms").select(
                "feeder", "area", known_ms="slice_end_ms", heard_ms="slice_end_ms"
            ),
            on="known_ms",
            by="feeder",
            check_sortedness=False,
        )
        .with_columns(area=pl.when(pl.col("heard_ms") >= pl.col("since_ms")).then("area"))
        .select(*_DAY, "at_ms", "area")
        .sort(_DAY)
    )


def _by_day(
    members: pl.DataFrame, marks: pl.DataFrame, areas: pl.DataFrame
) -> Iterable[tuple[tuple[str, int, int, str | None], list[tuple[bool, DayOfMeter]]]]:
    """Feeder, day, time and area, and its meters with whether they are supply meters."""
    known = {
        key: {place: register for *_, place, register in of_meter}
        for key, of_meter in groupby(
            marks.select(*_DAY, "meter_id", "supply", "place", "register").iter_rows(),
            key=lambda row: row[:4],
        )
    }
    there = {
        key: [
            (supply, DayOfMeter(meter_id, _gained(known.get((*key, meter_id, supply), {}))))
            for *_, meter_id, supply in of_day
        ]
        for key, of_day in groupby(
            members.select(*_DAY, "meter_id", "supply").iter_rows(), key=lambda row: row[:2]
        )
    }
    for feeder, day_ms, at_ms, area in areas.iter_rows():
        yield (feeder, day_ms, at_ms, area), there[feeder, day_ms]


def _gained(registers: dict[int, int]) -> tuple[int | None, ...]:
    """At the beginning of a day and the end of each half-hour, from the first that is known on."""
    wh = {place: register // _WH for place, register in registers.items()}
    first = wh[min(wh)] if wh else 0
    return tuple(wh[place] - first if place in wh else None for place in range(HALF_HOURS + 1))


def _fact(day_ms: int, area: str, meters: list[tuple[bool, DayOfMeter]]) -> DayFact:
    supply = next(each for is_supply, each in meters if is_supply)
    homes = [each for is_supply, each in meters if not is_supply]
    return DayFact(
        day_ms=day_ms,
        area=area,
        supply=supply,
        meters=tuple(homes[:MOST_METERS]),
        meters_count=len(homes),
    )
