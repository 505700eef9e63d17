"""The tables and scores of unusual use by plain loops and sorting, from the definitions alone: an
oracle that shares no code with `detection`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Known = Sequence[float | None]
"""Energy of consecutive hours, Wh; None where it is not complete."""

SPANS = (1, 6, 24)
FLOORS = {1: 100.0, 6: 250.0, 24: 500.0}
DAYS = 56

Cell = tuple[int, str, int]
"""Span, day type, hour."""


def quantile(samples: Sequence[float], share: float) -> float | None:
    """By linear interpolation; None without a sample."""
    if not samples:
        return None
    ordered = sorted(samples)
    place = share * (len(ordered) - 1)
    below = int(place)
    if below + 1 == len(ordered):
        return ordered[below]
    return ordered[below] * (1 - (place - below)) + ordered[below + 1] * (place - below)


def energy(known: Known, hour: int, width: int) -> float | None:
    """Of the hours that end with this one."""
    if hour + 1 < width:
        return None
    total = 0.0
    for each in known[hour + 1 - width : hour + 1]:
        if each is None:
            return None
        total += each
    return total


def base(known: Known, hour: int) -> float | None:
    """The third smallest of the last 24."""
    if energy(known, hour, 24) is None:
        return None
    return sorted(each for each in known[hour - 23 : hour + 1] if each is not None)[2]


@dataclass
class Home:
    """What a home's own hours say."""

    loc: dict[Cell, float | None]
    hi: dict[Cell, float | None]
    records: dict[int | Literal["base"], float | None]
    record: float | None
    base: float | None
    base_spread: float | None


def day_type(time: datetime, free: Sequence[str]) -> str:
    weekend = time.strftime("%a") in ("Sat", "Sun")
    return "free" if weekend or time.strftime("%Y-%m-%d") in free else "working"


def home(known: Known, begin: datetime, free: Sequence[str]) -> Home:
    """Of a home whose first hour starts at `begin`, by its last 56 days, or all."""
    last = range(max(0, len(known) - DAYS * 24), len(known))
    times = {hour: begin + timedelta(hours=hour) for hour in last}
    loc: dict[Cell, float | None] = {}
    hi: dict[Cell, float | None] = {}
    for width in SPANS:
        for kind in ("working", "free"):
            for hour_of_day in range(24):
                near = [(hour_of_day - 1) % 24, hour_of_day, (hour_of_day + 1) % 24]
                samples = []
                for hour in last:
                    if day_type(times[hour], free) == kind and times[hour].hour in near:
                        value = energy(known, hour, width)
                        if value is not None:
                            samples.append(value)
                cell = width, kind, hour_of_day
                median, high = quantile(samples, 0.5), quantile(samples, 0.9)
                loc[cell] = median
                hi[cell] = (
                    None if median is None or high is None else max(high - median, FLOORS[width])
                )
    records: dict[int | Literal["base"], float | None] = {}
    of_days: dict[str, float] = {}
    for width in SPANS:
        largest = None
        for hour in last:
            cell = width, day_type(times[hour], free), times[hour].hour
            value, place, spread = energy(known, hour, width), loc[cell], hi[cell]
            if value is None or place is None or spread is None:
                continue
            if largest is None or (value - place) / spread > largest:
                largest = (value - place) / spread
            if width == 1:
                day = times[hour].strftime("%Y-%m-%d")
                of_days[day] = max(of_days.get(day, float("-inf")), value - place)
        records[width] = largest
    bases = [each for each in (base(known, hour) for hour in last) if each is not None]
    median, high = quantile(bases, 0.5), quantile(bases, 0.95)
    spread = None if median is None or high is None else max(high - median, 30.0)
    records["base"] = (
        None
        if median is None or spread is None
        else max((each - median) / spread for each in bases)
    )
    record = quantile(list(of_days.values()), 0.95)
    return Home(loc, hi, records, None if record is None else max(record, 100.0), median, spread)


def shrunk(own: float, of_group: float) -> float:
    """The scale of a home."""
    return float((max(own, of_group / 2) * of_group) ** 0.5)
