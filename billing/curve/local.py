"""Months, days and half-hours as people at a site live them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl
from numpy.typing import NDArray

from billing.curve.errors import CurveError
from contracts.time import HOUR_MS

HALF_HOUR_MS = HOUR_MS // 2
HALF_HOURS = 48
WORKDAY, FREE_DAY = 0, 1
KINDS_OF_DAY = 2
SATURDAY = 6
"""Of a week that begins with 1, Monday."""


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
    zone = _zone(time_zone)
    local = datetime.fromtimestamp(ms // 1_000, UTC).astimezone(zone)
    return _month_begin_ms(time_zone, local.year, local.month)


@lru_cache(maxsize=4_096)
def _month_begin_ms(time_zone: str, year: int, month: int) -> int:
    # Of a midnight that a zone has twice, the first; of one that it skips, the instant it skips at.
    begin = datetime(year, month, 1, tzinfo=_zone(time_zone))
    return int(begin.timestamp()) * 1_000


def kinds(calendar: Local, begins_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of half-hours that begin at these times, the local half-hour of the day (0 to 47), and 48
    more on a free day (Saturday, Sunday, holiday).

    Raises:
        CurveError: there is no such zone.
    """
    local = _on_the_clock(calendar, begins_ms)
    half_hour = local.dt.hour().cast(pl.Int64) * 2 + local.dt.minute().cast(pl.Int64) // 30
    free = (local.dt.weekday() >= SATURDAY) | local.dt.date().is_in(list(calendar.holidays))
    found: NDArray[np.int64] = (half_hour + free.cast(pl.Int64) * HALF_HOURS).to_numpy()
    return found


def days(calendar: Local, begins_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Local days of times: days since 1970-01-01.

    Raises:
        CurveError: there is no such zone.
    """
    local = _on_the_clock(calendar, begins_ms)
    found: NDArray[np.int64] = local.dt.date().cast(pl.Int32).cast(pl.Int64).to_numpy()
    return found


def _on_the_clock(calendar: Local, times_ms: NDArray[np.int64]) -> pl.Series:
    """Times as the site's clock shows them."""
    _zone(calendar.time_zone)
    utc = pl.Series(times_ms).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
    return utc.dt.convert_time_zone(calendar.time_zone)


@lru_cache(maxsize=256)
def _zone(time_zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CurveError(
            f"time zone is {time_zone!r}: give a name of the IANA, such as Europe/London"
        ) from error
