"""What the supply meters of feeders say of what goes in, before homes fall silent and since.

Since is what is heard from the slice of a feeder's last sign of life on and is of a later time; all
that was heard before the first such reading is before. Only the first word of a reading counts: a
revision says by how much another was wrong.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from verification.oracle.detection.ahead import later_ones, of_no_clock_ahead
from verification.oracle.detection.lives import lines_of, lives_of
from verification.oracle.words import ANNOUNCEMENT

MEAN_OF = 12
"""About so many readings are in the exponential mean."""


class Supplied(NamedTuple):
    """Of a feeder, as a fact says it."""

    before_w: float | None = None
    least_w: float | None = None
    from_ms: int | None = None


@dataclass
class Readings:
    """Of a feeder's supply meter, in the order in which they count."""

    ends: list[int] = field(default_factory=list)
    """Of the slices in which they came."""
    times: list[int] = field(default_factory=list)
    """On the platform's clock."""
    begins: list[int] = field(default_factory=list)
    """A cadence before."""
    demands: list[int] = field(default_factory=list)
    means: list[int] = field(default_factory=list)
    """Of all up to each: exponential, in thousandths without their fractions."""

    def add(self, end_ms: int, at_ms: int, demand: int, cadence_ms: int) -> None:
        """One more."""
        self.ends.append(end_ms)
        self.times.append(at_ms)
        self.begins.append(at_ms - cadence_ms)
        self.demands.append(demand)
        mean = self.means[-1] if self.means else demand
        step = abs(demand - mean) // MEAN_OF
        self.means.append(mean + step if demand > mean else mean - step)

    def as_of(self, at_ms: int, life_ms: int, life_end_ms: int) -> Supplied:
        """What is known at a slice's end.

        Args:
            life_ms: The last sign of life of a home.
            life_end_ms: End of the slice in which that came.
        """
        known = bisect_right(self.ends, at_ms)
        began = bisect_left(self.ends, life_end_ms)
        since = [place for place in range(began, known) if self.times[place] > life_ms]
        first = since[0] if since else known
        before_w = self.means[first - 1] / 1000 if first else None
        if not since:
            return Supplied(before_w)
        return Supplied(
            before_w,
            min(abs(self.demands[place]) for place in since) / 1000,
            max(self.begins[place] for place in since),
        )


def supplies_of(
    words: pl.DataFrame, states: pl.DataFrame, signs: pl.DataFrame, meters: pl.DataFrame
) -> Mapping[str, Readings]:
    """By feeder.

    Args:
        words: In slices that have closed, as `words.words_of` makes them.
        states: As `ledger.states_of` makes them.
        signs: As `words.signs_of` makes them.
        meters: As `words.meters_of` makes them.
    """
    ours = meters.filter(pl.col("commodity") == "supply").select("meter", "meter_id")
    if ours.is_empty():
        return {}
    words = words.join(ours, on="meter", how="semi", maintain_order="left")
    states, signs = (each.join(ours, on="meter", maintain_order="left") for each in (states, signs))
    lines = lines_of(states, signs)
    signs = later_ones(signs, lines)
    readings = words.filter(pl.col("form") != ANNOUNCEMENT)
    telling = of_no_clock_ahead(readings, lines, signs)
    lags = lives_of(readings, telling, lines, signs).select(
        "life", "slice_end_ms", "feeder", "said_lag_ms", pl.col("cadence_ms").fill_null(0)
    )
    said = (
        readings.filter(pl.col("new"), pl.col("demand").is_not_null())
        .select("life", "slice_end_ms", "ts", "demand")
        .join(lags, on=["life", "slice_end_ms"])
        .filter(pl.col("feeder").is_not_null())
        .with_columns(at_ms=pl.col("ts") + pl.col("said_lag_ms"))
        .sort("feeder", "slice_end_ms", "at_ms", "demand", "cadence_ms")
    )
    by_feeder: dict[str, Readings] = {}
    columns = ("feeder", "slice_end_ms", "at_ms", "demand", "cadence_ms")
    for feeder, *reading in said.select(columns).iter_rows():
        by_feeder.setdefault(feeder, Readings()).add(*reading)
    return by_feeder
