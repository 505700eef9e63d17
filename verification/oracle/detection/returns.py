"""Meters that are heard again after they had missed two readings or more."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from contracts.facts import MISSED_TWICE
from contracts.time import HOUR_MS
from verification.oracle.detection.lives import exporting_since
from verification.oracle.detection.standing import GONE, Standing
from verification.oracle.words import ANNOUNCEMENT
from verification.rows import BackMeter

MEAN_OF = 12
"""About so many slices with a demand are in the exponential mean of it."""

Row = dict[str, Any]
Ints = npt.NDArray[np.int64]


class Return(NamedTuple):
    """A meter that is heard again in a slice."""

    from_gone: bool
    """Whether it had not even been among those that live."""
    meter: BackMeter


class _Point(NamedTuple):
    ts: int
    register: int
    demand: int | None


def returns_of(
    words: pl.DataFrame,
    telling: pl.DataFrame,
    signs: pl.DataFrame,
    lives: pl.DataFrame,
    standing: Standing,
    slice_ms: int,
) -> dict[tuple[str, int], list[Return]]:
    """Those that came back, by feeder and slice's end, the first to be heard first, then by id.

    Args:
        words: Of homes, in slices that have closed.
        telling: Usable readings that are signs of life, as `ahead.of_no_clock_ahead` makes them.
        signs: Others that are, as `ahead.later_ones` makes them.
        lives: As `lives.lives_of` makes them.
    """
    by_words, by_signs = _back_again(lives, standing, slice_ms)
    measured = by_words.filter("measured")
    found: dict[tuple[str, int], list[Return]] = {}
    for row, meter in (
        *_measured(words, lives, measured),
        *_untold(telling, pl.col("ts") + pl.col("lag_ms"), by_words.filter(~pl.col("measured"))),
        *_untold(signs, pl.col("arrival_ms"), by_signs),
    ):
        found.setdefault((row["before_feeder"], row["slice_end_ms"]), []).append(
            Return(row["from_gone"], meter)
        )
    return {
        key: sorted(each, key=lambda one: (one.meter.life_ms, one.meter.meter_id))
        for key, each in found.items()
    }


def _back_again(
    lives: pl.DataFrame, standing: Standing, slice_ms: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines in which meters came back by their words, and those in which they did by signs of
    life alone, which come after them.

    Returns:
        Columns of `lives`, and `from_gone`, whether it had not lived; `life_ms`, `lag_ms` and
        `since_ms`, the last sign of life of before, as of then.
    """
    came = pl.col("before_feeder").is_not_null() & (pl.col("heard") | pl.col("signed"))
    rows = np.flatnonzero(lives.select(came).to_series().to_numpy())
    lines = lives[rows]
    heard, signed = (lines[name].to_numpy() for name in ("heard", "signed"))
    end = lines["slice_end_ms"].to_numpy()
    before = standing.at(rows - 1, end - slice_ms)
    after = standing.at(rows, end)
    both = np.flatnonzero(heard & signed)
    between = np.where(heard, after, before)
    words_only = lines[both].with_columns(
        pl.col(f"said_{name}").alias(name) for name in ("life_ms", "lead_ms", "partition")
    )
    between[both] = standing.of(words_only).at(np.arange(len(both)), end[both])

    def back(was: Ints, so: Ints, since_ms: str, values: str) -> pl.DataFrame:
        return lines.with_columns(
            pl.col(f"{values}life_ms").alias("life_ms"),
            pl.col(f"{values}lag_ms").alias("lag_ms"),
            since_ms=since_ms,
            from_gone=pl.Series(was == GONE),
        ).filter(pl.Series((was >= MISSED_TWICE) & (so < MISSED_TWICE)), pl.col("since_ms") > 0)

    return (
        back(before, between, "before_life_ms", "said_"),
        back(between, after, "said_life_ms", ""),
    )


def _untold(
    heard: pl.DataFrame, at: pl.Expr, back: pl.DataFrame
) -> Iterator[tuple[Row, BackMeter]]:
    """Returns of which no register tells, since a clock was ahead too far: the first time after the
    last sign of life of before.

    Args:
        heard: Signs of life by which meters came back, and others.
        at: When each was given.
        back: As `_back_again` makes it.
    """
    of_slice = ["life", "slice_end_ms"]
    first = (
        heard.select(*of_slice, "ts", "arrival_ms")
        .join(back.select(*of_slice, "lag_ms", "since_ms"), on=of_slice)
        .filter(at > pl.col("since_ms"))
        .group_by(of_slice)
        .agg(first_ms=at.min())
    )
    for row in back.join(first, on=of_slice, how="left").iter_rows(named=True):
        life_ms = row["life_ms"] if row["first_ms"] is None else row["first_ms"]
        life_ms = min(life_ms, row["life_ms"])
        known_ms = row["cadence_ms"] or 0
        yield row, BackMeter(row["meter_id"], life_ms, row["since_ms"], None, None, known_ms)


def _measured(
    words: pl.DataFrame, lives: pl.DataFrame, back: pl.DataFrame
) -> Iterator[tuple[Row, BackMeter]]:
    """Returns by words after a reading whose time was right."""
    words = words.join(back, on="life", how="semi", maintain_order="left")
    points = _points(words, back)
    means = _means(lives.join(back, on="life", how="semi", maintain_order="left"))
    exporting = exporting_since(words)
    for row in back.iter_rows(named=True):
        at = row["life"], row["slice_end_ms"]
        exports = exporting.get(row["life"], row["slice_end_ms"] + 1) <= row["slice_end_ms"]
        yield row, _back(row, points.get(at, []), means[at], exports)


def _points(words: pl.DataFrame, back: pl.DataFrame) -> Mapping[tuple[int, int], list[_Point]]:
    """The readings of the slices in which meters came back, without repeats, in their order."""
    kept = (
        words.filter(pl.col("form") != ANNOUNCEMENT, ~pl.col("repeat"))
        .join(back, on=["life", "slice_end_ms"], how="semi")
        .sort("life", "slice_end_ms", "ts", "seq", "place")
    )
    points: dict[tuple[int, int], list[_Point]] = {}
    columns = ("life", "slice_end_ms", "ts", "register", "demand")
    for life, end, *point in kept.select(columns).iter_rows():
        points.setdefault((life, end), []).append(_Point(*point))
    return points


def _means(lives: pl.DataFrame) -> Mapping[tuple[int, int], int | None]:
    """The exponential mean of what a meter drew before each slice, by life; thousandths."""
    means: dict[tuple[int, int], int | None] = {}
    life, mean = -1, None
    columns = ("life", "slice_end_ms", "decided", "demand")
    for each, end, decided, demand in lives.select(columns).iter_rows():
        life, mean = each, (mean if each == life else None)
        means[life, end] = mean
        if decided and demand is not None:
            mean = demand if mean is None else mean + _quotient(demand - mean, MEAN_OF)
    return means


def _back(row: Row, points: list[_Point], mean: int | None, exports: bool) -> BackMeter:
    """What there is to say of a return. The silence is the longest step from one reading to the
    next, the latest one of before being the first, and the first of those that are as long.

    Args:
        row: Of `_back_again`.
        points: The slice's readings by time.
        mean: What the meter drew before.
        exports: Whether it has said a demand below 0.
    """
    known = _Point(row["before_ms"], row["before_register"], None)
    steps = list(_steps(known, points))
    if steps:
        since, first = max(steps, key=lambda step: step[1].ts - step[0].ts)
    else:
        # All that is new is of times that have been.
        since, first = known, points[-1] if points else known
    since_ms = row["since_ms"] if since is known else since.ts + row["lag_ms"]
    life_ms = max(since_ms, first.ts + row["lag_ms"])
    cadence_ms = row["cadence_ms"] or 0
    rise = first.register - since.register
    size = row["register_size"]
    if rise < 0 and 2 * since.register > size > 2 * first.register:
        rise += size
    counted = mean if first.demand is None else first.demand
    gained = max(rise - _energy(counted or 0, cadence_ms), 0)
    tells = rise >= 0 and not exports and not row["interval"]
    away_ms = max(life_ms - since_ms - cadence_ms, 0)
    return BackMeter(
        row["meter_id"],
        life_ms,
        since_ms,
        gained / 1000 if tells else None,
        None if mean is None else _energy(mean, away_ms) / 1000,
        cadence_ms,
    )


def _steps(known: _Point, points: list[_Point]) -> Iterator[tuple[_Point, _Point]]:
    """From one reading to the next later one."""
    for point in points:
        if point.ts > known.ts:
            yield known, point
            known = point


def _energy(demand: int, length_ms: int) -> int:
    return _quotient(demand * length_ms, HOUR_MS)


def _quotient(dividend: int, divisor: int) -> int:
    """Without its fraction."""
    whole = abs(dividend) // divisor
    return whole if dividend >= 0 else -whole
