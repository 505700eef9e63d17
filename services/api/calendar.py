"""Spans of a calendar: where bars begin and end in a zone, its days of 23 and 25 hours included."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import dropwhile, takewhile
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS

Resolution = Literal["PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "P1D", "P1M"]
RESOLUTIONS: tuple[Resolution, ...] = get_args(Resolution)
"""The finest first."""

STEPS_MS: dict[Resolution, int] = {
    "PT1M": MINUTE_MS,
    "PT5M": 5 * MINUTE_MS,
    "PT15M": 15 * MINUTE_MS,
    "PT30M": 30 * MINUTE_MS,
    "PT1H": HOUR_MS,
    "P1D": DAY_MS,
    "P1M": 31 * DAY_MS,
}
"""How long a bar is; of days and months the longest but for changes of the clock."""


def bounds(begin_ms: int, end_ms: int, resolution: Resolution, zone: ZoneInfo) -> list[int]:
    """Where bars begin, and the end of the last: both ends of the span, and each bound of the
    calendar between.

    Bars of minutes and hours begin with the local day, and go on evenly: an hour that a clock
    repeats is two.
    """
    grid = dropwhile(lambda each: each <= begin_ms, _grid(begin_ms, resolution, zone))
    return [begin_ms, *takewhile(lambda each: each < end_ms, grid), end_ms]


def _grid(from_ms: int, resolution: Resolution, zone: ZoneInfo) -> Iterator[int]:
    """The bounds of the calendar from some time before on, for ever."""
    day = _local(from_ms, zone).date()
    while True:
        if resolution in ("P1D", "P1M"):
            day = _next(day, resolution)
            yield _midnight_ms(day, zone)
        else:
            following = _next(day, "P1D")
            begin_ms, end_ms = _midnight_ms(day, zone), _midnight_ms(following, zone)
            yield from range(begin_ms, end_ms, STEPS_MS[resolution])
            day = following


def day_of(time_ms: int, zone: ZoneInfo) -> tuple[int, int]:
    """Begin and end of the local day that a time is in."""
    day = _local(time_ms, zone).date()
    return _midnight_ms(day, zone), _midnight_ms(day + timedelta(days=1), zone)


def _next(day: date, resolution: Resolution) -> date:
    if resolution == "P1D":
        return day + timedelta(days=1)
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _local(time_ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(time_ms / 1_000, UTC).astimezone(zone)


def _midnight_ms(day: date, zone: ZoneInfo) -> int:
    """When a local day begins; where the clock jumps over midnight, when it has done so."""
    begun = datetime.combine(day, time.min, zone).astimezone(UTC)
    return round(begun.timestamp() * 1_000)
