"""Days that meters live through: a library of shapes, and calendars that say which comes when.

A calendar gives each day of a 28-year cycle a shape of its class (season, weekday or weekend), and
holds the sum of all days before it: the integral up to any half-hour is two look-ups.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulators.demand.london_profile import (
    HALF_HOURS,
    SEASONS,
    UNIT,
    london_profile,
    season_of_month,
)
from simulators.demand.weather import CYCLE_DAYS, template_months, weekends
from simulators.hashing import uniform

CALENDARS = 4
"""Of each kind of user; homes of one kind share them."""
Kind = Literal["business", "water", "hot water"]
KINDS: tuple[Kind, ...] = ("business", "water", "hot water")
"""The kinds of user besides the archetypes of London's homes, whose numbers come first."""
SHAPES_OF_KIND = 12
RELATIVE_SHAPES: dict[Kind, tuple[int, ...]] = {
    "business": (3,) * 12 + (4, 5, 7, 9) + (10,) * 16 + (9, 8, 6, 5) + (4,) * 4 + (3,) * 8,
    "water": (1,) * 12 + (6, 14, 20, 18, 12, 9) + (6,) * 14 + (9, 11, 13, 12, 10, 8) + (4,) * 10,
    "hot water": (0,) * 12 + (8, 20, 24, 14, 6, 4) + (3,) * 14 + (6, 9, 12, 14, 12, 8) + (2,) * 10,
}
"""Half-hours of a day, in any unit."""
WEEKEND_FACTOR: dict[Kind, float] = {"business": 0.4, "water": 1.1, "hot water": 1.1}

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DayLibrary:
    """`UNIT` units are a user's mean demand."""

    shapes: Ints
    """A row a day: mean demand in each half-hour, units."""
    before: Ints
    """A row a day: sum of the half-hours before each; the last of the 49 is the day's sum."""
    shape_of: NDArray[np.int16]
    """[row, day of the cycle]: row of `shapes`."""
    sum_before: Ints
    """[row, day of the cycle]: sum of all half-hours of the days before, one day more at the end.
    """

    def until(self, row: Ints, half_hour: Ints) -> tuple[Ints, Ints]:
        """Sum of the half-hours from the epoch up to this one, and the units in it."""
        day, place = np.divmod(half_hour, HALF_HOURS)
        rounds, day = np.divmod(day, CYCLE_DAYS)
        shape = self.shape_of[row, day].astype(np.int64)
        whole_days = rounds * self.sum_before[row, -1] + self.sum_before[row, day]
        return whole_days + self.before[shape, place], self.shapes[shape, place]


def row_of(kind: Ints, calendar: Ints) -> Ints:
    """Row of a calendar; kinds are London's archetypes and then `KINDS`."""
    return kind * CALENDARS + calendar


def number_of(kind: Kind) -> int:
    """Number of a kind that is no archetype."""
    return len(london_profile().first) + KINDS.index(kind)


@cache
def day_library() -> DayLibrary:
    """The library of London's days and of the made-up ones."""
    london = london_profile()
    made_up = [_made_up(kind, weekend) for kind in KINDS for weekend in (False, True)]
    shapes = np.concatenate([london.days, *made_up])
    kinds = np.arange(len(KINDS))[:, None, None]
    first_of_kind = len(london.days) + SHAPES_OF_KIND * (2 * kinds + np.arange(2))
    first_of_kind = np.broadcast_to(first_of_kind, (len(KINDS), SEASONS, 2))
    first = np.concatenate([london.first, first_of_kind])
    number = np.concatenate([london.number, np.full_like(first_of_kind, SHAPES_OF_KIND)])

    days = np.arange(CYCLE_DAYS)
    season = season_of_month(template_months())
    weekend = weekends(days).astype(np.int64)
    rows = np.arange(len(first) * CALENDARS)
    kind = rows[:, None] // CALENDARS
    ticket = uniform(0, "calendar", rows.astype(np.uint64)[:, None], days.astype(np.uint64))
    most = number[kind, season, weekend]
    shape_of = first[kind, season, weekend] + (ticket * most).astype(np.int64)
    before = np.concatenate([np.zeros((len(shapes), 1), np.int64), shapes.cumsum(axis=1)], axis=1)
    sums = before[:, -1][shape_of].cumsum(axis=1)
    return DayLibrary(
        shapes=shapes,
        before=before,
        shape_of=shape_of.astype(np.int16),
        sum_before=np.concatenate([np.zeros((len(rows), 1), np.int64), sums], axis=1),
    )


def _made_up(kind: Kind, weekend: bool) -> Ints:
    """Days of one kind: the shape with ups and downs."""
    relative = np.array(RELATIVE_SHAPES[kind])
    mean = relative / relative.mean() * UNIT * (WEEKEND_FACTOR[kind] if weekend else 1.0)
    numbers = np.arange(SHAPES_OF_KIND * HALF_HOURS, dtype=np.uint64)
    ups = uniform(0, f"{kind} {weekend}", numbers).reshape(-1, HALF_HOURS)
    depth = 0.2 if kind == "business" else 0.9
    shapes: Ints = np.rint(mean * (1 - depth + 2 * depth * ups)).astype(np.int64)
    return shapes
