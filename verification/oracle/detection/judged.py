"""Hours of homes, judged by the models that are published: all of them at once.

The hours of a life that are over lie behind each other, so a day is 24 neighbours whose last is 23
hours after the first, and its energy the difference of two running sums.

Which digit the last one of a score is depends on the order in which it is worked out. So where that
decides of a number, or whether an hour is said at all, both are right.
"""

from binascii import crc32
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contracts.facts import ODD_SCORE, TURN_HOURS
from contracts.hours import JUDGED_HOURS
from contracts.time import HOUR_MS
from verification.oracle.detection.models import CHANNELS, SPANS, Floats, Tables, Version
from verification.oracle.ledger import Flags, Ints
from verification.rows import FactKey, JudgedFact

SMALL = 1e-9
"""Scores that are no further apart may be the same."""
DIGITS = 3
"""Behind the point, in facts."""

_DAY = max(SPANS)
_THIRD = 2


@dataclass(frozen=True)
class Judged:
    """A fact of an hour."""

    rows: tuple[JudgedFact, ...]
    """All that are right; the first as it is worked out here."""
    is_sure: bool
    """Whether it must be there; otherwise it may."""

    @property
    def is_decided(self) -> bool:
        """Whether there is nothing that the last digit decides."""
        return self.is_sure and len(self.rows) == 1


@dataclass(frozen=True)
class Said:
    """What models say of hours; one element, or row, each."""

    channels: Floats
    """Of each, over its tau; NaN where nobody can say."""
    used: Floats
    """What each looks at, Wh, ..."""
    usual: Floats
    """... and what is usual of that."""
    version: NDArray[np.object_]
    """None where none knows the meter."""

    @cached_property
    def score(self) -> Floats:
        """The largest channel; of an hour that is not whole there is none."""
        largest: Floats = np.fmax.reduce(self.channels, axis=1)
        return np.where(np.isnan(self.channels[:, 0]), np.nan, largest)


def judged_hours(hours: pl.DataFrame, versions: Sequence[Version]) -> dict[FactKey, Judged]:
    """Every hour that is said, by meter and end.

    Args:
        hours: As `hours.hours_of` makes them.
    """
    if hours.is_empty():
        return {}
    hours = hours.sort("life", "at_ms")
    said = _said_by(hours, versions)
    highest = _highest(hours, said.score)
    first_ms = min((each.valid_from_ms for each in versions), default=None)
    surely, perhaps = (
        _is_selected(hours, np.round(highest + more, DIGITS), first_ms) for more in (-SMALL, SMALL)
    )
    names = hours.select("meter_id", "at_ms", "area").rows()
    return {
        (meter_id, at_ms): Judged(tuple(_rows(area, said, row)), bool(surely[row]))
        for row in np.flatnonzero(surely | perhaps).tolist()
        for meter_id, at_ms, area in [names[row]]
    }


def _is_selected(hours: pl.DataFrame, highest: Floats, first_ms: int | None) -> Flags:
    """Which hours are said.

    Args:
        highest: Of the scores of each and of those just before, as they are told.
        first_ms: From when on there is a model; None if there is none.
    """
    if first_ms is None:
        return np.zeros(len(hours), dtype=np.bool_)
    names = hours["meter_id"].to_list()
    number_of = {name: crc32(name.encode()) for name in set(names)}
    turn = np.array([number_of[name] for name in names]) + hours["at_ms"].to_numpy() // HOUR_MS
    is_turn = (turn % TURN_HOURS == 0) & (hours["at_ms"].to_numpy() - HOUR_MS >= first_ms)
    selected: Flags = (highest > ODD_SCORE) | is_turn
    return selected


def _highest(hours: pl.DataFrame, score: Floats) -> Floats:
    """The largest score of each hour and those just before; NaN if there is none."""
    highest = score.copy()
    for ago in range(1, JUDGED_HOURS):
        with np.errstate(invalid="ignore"):
            before = np.where(_is_within(hours, ago, JUDGED_HOURS), np.roll(score, ago), np.nan)
        highest = np.fmax(highest, before)
    return highest


def _is_within(hours: pl.DataFrame, ago: int, length: int) -> Flags:
    """Whether the row so many before is of the same life, and less than so many hours earlier."""
    same = pl.col("life") == pl.col("life").shift(ago)
    apart = (pl.col("at_ms") - pl.col("at_ms").shift(ago)) // HOUR_MS
    within: Flags = (
        hours.select((same & (apart < length)).fill_null(value=False)).to_series().to_numpy()
    )
    return within


def _said_by(hours: pl.DataFrame, versions: Sequence[Version]) -> Said:
    begin_ms = hours["at_ms"].to_numpy() - HOUR_MS
    valid = np.array([each.valid_from_ms for each in versions])
    judge = np.searchsorted(valid, begin_ms, side="right") - 1
    used = _used(hours)
    said = Said(
        np.full(used.shape, np.nan),
        used,
        np.full(used.shape, np.nan),
        np.full(len(hours), None, dtype=object),
    )
    for number in np.unique(judge[judge >= 0]).tolist():
        tables = versions[number].tables()
        row = np.array([tables.rows.get(each, -1) for each in hours["meter_id"]])
        theirs = np.flatnonzero((judge == number) & (row >= 0))
        said.version[theirs] = versions[number].name
        said.usual[theirs], unit = _usual(tables, row[theirs], begin_ms[theirs])
        said.channels[theirs] = (used[theirs] - said.usual[theirs]) / (unit * tables.tau)
    return said


def _usual(tables: Tables, rows: Ints, begin_ms: Ints) -> tuple[Floats, Floats]:
    """What is usual of each channel, and in which units it is told what is above it."""
    local = pl.Series(begin_ms, dtype=pl.Int64).cast(pl.Datetime("ms", "UTC"))
    local = local.dt.convert_time_zone(tables.time_zone)
    free = (local.dt.weekday() > 5) | local.dt.date().is_in(list(tables.holidays))
    kind, hour = free.cast(pl.Int64).to_numpy(), local.dt.hour().to_numpy()
    usual, spread = (
        np.column_stack([each[rows, span, kind, hour] for span in range(len(SPANS))])
        for each in (tables.usual, tables.spread)
    )
    scale = tables.scale[rows]
    return (
        np.column_stack([usual, usual[:, 0], tables.base[rows]]),
        np.column_stack(
            [
                spread * scale[:, : len(SPANS)],
                tables.record[rows],
                tables.base_spread[rows] * scale[:, -1],
            ]
        ),
    )


def _used(hours: pl.DataFrame) -> Floats:
    """What each channel looks at, Wh: what ends with the hour; NaN where any of it is not whole."""
    whole = hours["whole"].to_numpy()
    energy = np.where(whole, hours["energy"].to_numpy(), 0)
    sums = {span: _sum(hours, energy, whole, span) for span in SPANS}
    base = np.full(len(hours), np.nan)
    days = np.flatnonzero(~np.isnan(sums[_DAY]))
    of_day = np.stack([energy[days - ago] for ago in range(_DAY)])
    base[days] = np.sort(of_day, axis=0)[_THIRD] / 1_000
    return np.column_stack([*sums.values(), sums[1], base])


def _sum(hours: pl.DataFrame, energy: Ints, whole: Flags, span: int) -> Floats:
    """Of hours in a row, if all of them are whole."""

    def over(values: Ints) -> Ints:
        sums = np.concatenate((np.zeros(span, dtype=np.int64), np.cumsum(values)))
        difference: Ints = sums[span:] - sums[:-span]
        return difference

    ends = _is_within(hours, span - 1, span) & (over(whole.astype(np.int64)) == span)
    return np.where(ends, over(energy) / 1_000, np.nan)


def _rows(area: str, said: Said, row: int) -> Iterator[JudgedFact]:
    """The facts of an hour that are right."""
    score, version = float(said.score[row]), said.version[row]
    if np.isnan(score):
        yield JudgedFact(area, None, None, None, None, version)
        return
    channels = np.nan_to_num(said.channels[row], nan=-np.inf)
    near = [number for number in range(len(CHANNELS)) if channels[number] >= score - SMALL]
    if score == 0:
        # Whatever it is divided by, nothing above what is usual is 0 exactly.
        near = [int(np.argmax(channels))]
    scores = dict.fromkeys(_told(score + more) for more in (0.0, -SMALL, SMALL))
    for told, number in product(scores, sorted(near, key=lambda each: -channels[each])):
        used, usual = said.used[row, number], said.usual[row, number]
        yield JudgedFact(area, told, CHANNELS[number], _told(used), _told(usual), version)


def _told(number: float) -> float:
    return float(np.round(number, DIGITS))
