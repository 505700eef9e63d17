"""Months, days and half-hours as people at a site live them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from billing import zones
from billing.curve.errors import CurveError
from contracts.time import HOUR_MS, SECOND_MS

HALF_HOUR_MS = HOUR_MS // 2
HALF_HOURS = 48
WORKDAY, FREE_DAY = 0, 1
KINDS_OF_DAY = 2
SATURDAY = 5
"""Of a week that begins with 0, Monday."""
EPOCH_DAY = date(1970, 1, 1).toordinal()


class Local(Protocol):
    """What the curve asks of a calendar."""

    @property
    def time_zone(self) -> str:
        """By its name of the IANA."""

    @property
    def holidays(self) -> Collection[date]:
        """Local days that are like those of a weekend."""


@dataclass(frozen=True, slots=True)
class LocalDays:
    """A time zone and its holidays, where there is no other calendar."""

    time_zone: str = "UTC"
    holidays: frozenset[date] = frozenset()


def month_begin_ms(time_zone: str, ms: int) -> int:
    """When the local month began in which a time is, epoch ms.

    Raises:
        CurveError: there is no such zone.
    """
    local = datetime.fromtimestamp(ms // SECOND_MS, _zone(time_zone))
    return _month_begin_ms(time_zone, local.year, local.month)


@lru_cache(maxsize=4_096)
def _month_begin_ms(time_zone: str, year: int, month: int) -> int:
    # Of a midnight that a zone has twice, the first; of one that it skips, the instant it skips at.
    begin = datetime(year, month, 1, tzinfo=_zone(time_zone))
    return int(begin.timestamp()) * SECOND_MS


def kinds(calendar: Local, begins_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of half-hours that begin at these times, the local half-hour of the day (0 to 47), and 48
    more on a free day (Saturday, Sunday, holiday).

    Raises:
        CurveError: there is no such zone.
    """
    found = [
        each.hour * 2 + each.minute // 30 + HALF_HOURS * _is_free(each.date(), calendar)
        for each in _on_the_clock(calendar, begins_ms)
    ]
    return np.array(found, dtype=np.int64)


def days(calendar: Local, begins_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Local days of times: days since 1970-01-01.

    Raises:
        CurveError: there is no such zone.
    """
    found = [each.toordinal() - EPOCH_DAY for each in _on_the_clock(calendar, begins_ms)]
    return np.array(found, dtype=np.int64)


def _on_the_clock(calendar: Local, times_ms: NDArray[np.int64]) -> Iterator[datetime]:
    """Times as the site's clock shows them."""
    zone = _zone(calendar.time_zone)
    return (datetime.fromtimestamp(ms // SECOND_MS, zone) for ms in times_ms.tolist())


def _is_free(day: date, calendar: Local) -> bool:
    return day.weekday() >= SATURDAY or day in calendar.holidays


def _zone(time_zone: str) -> ZoneInfo:
    try:
        return zones.zone(time_zone)
    except LookupError as error:
        raise CurveError(f"time zone is {error.args[0]}") from None
