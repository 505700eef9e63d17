"""Meters that are heard again after they had missed two readings or more."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
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
    words: pl.DataFrame, lives: pl.DataFrame, standing: Standing, slice_ms: int
) -> dict[tuple[str, int], list[Return]]:
    """Those that came back, by feeder and slice's end, the first to be heard first, then by id.

    Args:
        words: Of homes, in slices that have closed.
        lives: As `lives.lives_of` makes them.
    """
    rows = np.flatnonzero(
        lives.select(
            pl.col("heard") & pl.col("before_feeder").is_not_null() & pl.col("before_known")
        )
        .to_series()
        .fill_null(value=False)
        .to_numpy()
    )
    end = lives["slice_end_ms"].to_numpy()[rows]
    before = standing.at(rows - 1, end - slice_ms)
    again = (before >= MISSED_TWICE) & (standing.at(rows, end) < MISSED_TWICE)
    from_gone = dict(zip(rows[again].tolist(), (before[again] == GONE).tolist(), strict=True))
    back = lives[rows[again]].with_columns(row=pl.Series(rows[again]))
    words = words.join(back, on="life", how="semi", maintain_order="left")
    points = _points(words, back)
    means = _means(lives.join(back, on="life", how="semi", maintain_order="left"))
    exporting = exporting_since(words)
    found: dict[tuple[str, int], list[Return]] = {}
    for row in back.iter_rows(named=True):
        at = row["life"], row["slice_end_ms"]
        exports = exporting.get(row["life"], row["slice_end_ms"] + 1) <= row["slice_end_ms"]
        meter = _back(row, points.get(at, []), means[at], exports)
        found.setdefault((row["before_feeder"], row["slice_end_ms"]), []).append(
            Return(from_gone[row["row"]], meter)
        )
    return {
        key: sorted(each, key=lambda one: (one.meter.life_ms, one.meter.meter_id))
        for key, each in found.items()
    }


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
        row: Of `lives.lives_of`.
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
    since_ms = row["before_life_ms"] if since is known else since.ts + row["lag_ms"]
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
