"""A past in which the model was made anew every four weeks, and judged what came after.

Nothing is judged by tables that have seen it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.errors import DataError
from detection.unusual.calendar import DAY_TYPES, Calendar, Places
from detection.unusual.hours import HOURS_A_DAY, Hours
from detection.unusual.injections import Injection
from detection.unusual.scoring import Scorer
from detection.unusual.spans import Used, used, used_of
from detection.unusual.tables import TRAINING_DAYS, fit, joined

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

BLOCK_DAYS = 28
"""For how long tables judge."""
COMPLETE_SHARE = 0.98
"""Of its hours a home must have, to be one that is measured on."""
FEWEST_HOMES = 15
"""With fewer, one odd home is all that a threshold says."""
SMALLEST_SPAN_WH = 1.0
"""Of a home that always uses the same."""
RUN_UP_HOURS = 48
"""Before an injection: what its first hour's longest span reaches back to, and more."""
FIRST_INJECTED_DAY, LAST_DAYS = TRAINING_DAYS + 20, 20
"""No injection before, and none in the last days: spans of days stay within what is judged."""


@dataclass(frozen=True, slots=True)
class Extremes:
    """The smallest and largest hour, Wh, by row of the tables, day type and hour of the day with
    its neighbours: what the model of before goes by."""

    lowest: Floats
    highest: Floats

    def scores(self, rows: Integers, day_type: Integers, hour: Integers, hour_wh: Floats) -> Floats:
        """How much of the span from smallest to largest was used; more than 1 was never seen."""
        lowest = self.lowest[rows, day_type, hour]
        span = np.maximum(self.highest[rows, day_type, hour] - lowest, SMALLEST_SPAN_WH)
        scores: Floats = (hour_wh - lowest) / span
        return scores


@dataclass(frozen=True, slots=True)
class Judged:
    """What both models say of hours; NaN where an energy is missing."""

    channels: Floats
    extremes: Floats


@dataclass(frozen=True, slots=True)
class Backtest:
    """Homes, and the tables that judge each of their hours."""

    hours: Hours
    places: Places
    scorer: Scorer
    """Row r of block n is n * homes + r."""
    extremes: Extremes
    block: Integers
    """The block of each hour, -1 before the first."""
    judged: Judged
    """By home and hour."""

    @property
    def homes(self) -> int:
        """How many there are."""
        return len(self.hours.meters)

    @property
    def injectable_days(self) -> Integers:
        """Days, counted from 0, on which something may be injected."""
        return np.arange(FIRST_INJECTED_DAY, self.hours.days - LAST_DAYS)

    def injected(self, kind: Injection, homes: Integers, days: Integers) -> Judged:
        """What is said of the hours of an injection, and of the one after it, by injection and
        hour: one for each pair of a home and a day, but for those around which an hour is missing.
        """
        begins = days * HOURS_A_DAY + kind.begin
        columns = begins[:, None] + np.arange(-RUN_UP_HOURS, kind.length + 1)
        energy_mwh = self.hours.energy_mwh[homes[:, None], columns]
        whole = self.hours.complete[homes[:, None], columns].all(axis=1)
        span = slice(RUN_UP_HOURS, RUN_UP_HOURS + kind.length)
        energy_mwh[:, span] = kind.changed(energy_mwh[:, span])
        known = energy_mwh[whole]
        seen = used_of(known, np.ones(known.shape, dtype=np.bool_))
        said = self.say(homes[whole, None], columns[whole], seen)
        return Judged(said.channels[:, RUN_UP_HOURS:], said.extremes[:, RUN_UP_HOURS:])

    def say(self, homes: Integers, columns: Integers, seen: Used) -> Judged:
        """What is said of hours (columns) in which homes used so much."""
        rows = np.maximum(self.block[columns], 0) * self.homes + homes
        day_type, hour = self.places.day_type[columns], self.places.hour[columns]
        return Judged(
            self.scorer.channels(rows, day_type, hour, seen.spans_wh, seen.base_wh),
            self.extremes.scores(rows, day_type, hour, seen.spans_wh[..., 0]),
        )


def backtest(hours: Hours, calendar: Calendar) -> Backtest:
    """The past of those homes of which nearly all hours are complete.

    Raises:
        DataError: it is too short, or there are too few of them.
    """
    needed = FIRST_INJECTED_DAY + LAST_DAYS + 1
    if hours.days < needed:
        raise DataError(
            f"the data has {hours.days} days: {TRAINING_DAYS} to learn from and {BLOCK_DAYS} to "
            f"judge, with room for what is injected, are {needed}: give more, or take the "
            "thresholds of another model (--thresholds)"
        )
    blocks = (hours.days - TRAINING_DAYS) // BLOCK_DAYS
    homes = hours.of_meters(hours.complete.mean(axis=1) >= COMPLETE_SHARE)
    if len(homes.meters) < FEWEST_HOMES:
        raise DataError(
            f"{len(homes.meters)} of {len(hours.meters)} meters have {COMPLETE_SHARE:.0%} of their "
            f"hours: thresholds need {FEWEST_HOMES}; give more meters, or days with fewer gaps, or "
            "take the thresholds of another model (--thresholds)"
        )
    places = calendar.places(homes.starts_ms)
    begins = [TRAINING_DAYS + n * BLOCK_DAYS for n in range(blocks)]
    scorer = Scorer.of(joined([fit(homes.of_days(0, day), calendar) for day in begins]))
    seen = used(homes)
    extremes = _extremes(seen.spans_wh[..., 0], places, begins)
    day = np.arange(homes.count) // HOURS_A_DAY
    block = np.minimum((day - TRAINING_DAYS) // BLOCK_DAYS, blocks - 1)
    block[day < TRAINING_DAYS] = -1
    nothing = Judged(np.empty((0, 0, 0)), np.empty((0, 0)))
    made = Backtest(homes, places, scorer, extremes, block, nothing)
    said = made.say(np.arange(made.homes)[:, None], np.arange(homes.count)[None, :], seen)
    unjudged = (block < 0) | (day >= TRAINING_DAYS + blocks * BLOCK_DAYS)
    said.channels[:, unjudged] = np.nan
    said.extremes[:, unjudged] = np.nan
    return Backtest(homes, places, scorer, extremes, block, said)


def _extremes(hour_wh: Floats, places: Places, begins: list[int]) -> Extremes:
    shape = (len(begins), len(hour_wh), DAY_TYPES, HOURS_A_DAY)
    lowest, highest = np.empty(shape), np.empty(shape)
    for n, day in enumerate(begins):
        training = slice((day - TRAINING_DAYS) * HOURS_A_DAY, day * HOURS_A_DAY)
        wh, hours, types = hour_wh[:, training], places.hour[training], places.day_type[training]
        for day_type in range(DAY_TYPES):
            for hour in range(HOURS_A_DAY):
                near = np.isin((hours - hour) % HOURS_A_DAY, (HOURS_A_DAY - 1, 0, 1))
                cell = wh[:, (types == day_type) & near]
                lowest[n, :, day_type, hour] = np.fmin.reduce(cell, axis=1)
                highest[n, :, day_type, hour] = np.fmax.reduce(cell, axis=1)
    flat = (-1, DAY_TYPES, HOURS_A_DAY)
    return Extremes(lowest.reshape(flat), highest.reshape(flat))
