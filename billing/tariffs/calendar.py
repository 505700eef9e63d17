"""Months, days and hours as a site lives them: on its clock, with its holidays.

A month or day begins at its first instant, so that those of a zone cover all time once, whatever
clocks do: days have 46 to 50 half-hours, and one that a zone left out has none.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from billing import zones
from billing.tariffs.errors import TariffError
from contracts.energy import Span
from contracts.masters import Holiday, Site
from contracts.time import SECOND_MS

DAY = timedelta(days=1)
_MONTH = re.compile(r"(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])")
"""Of the time that readings can be of, as the database writes it: each has one word."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where periods begin on the local clock; an element a period."""

    minute: NDArray[np.int64]
    """Of the day."""
    weekday: NDArray[np.int64]
    """0 is Monday."""
    month: NDArray[np.int64]
    """1 to 12."""
    holiday: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Calendar:
    """A time zone, its holidays, and the hour at which its gas day starts.

    Raises:
        TariffError: there is no such zone.
    """

    time_zone: str
    holidays: frozenset[date] = frozenset()
    gas_day_starts: time = time(0)

    def __post_init__(self) -> None:
        zone(self.time_zone)

    def local_month(self, month: str) -> Span:
        """The span of a month, such as 2013-03.

        Raises:
            TariffError: it is none.
        """
        first = _first_of(month)
        following = (first.replace(day=28) + 4 * DAY).replace(day=1)
        return Span(self._begin_ms(first), self._begin_ms(following))

    def month_of(self, ms: int) -> str:
        """The local month of an instant."""
        return f"{self.date_of(ms):%Y-%m}"

    def date_of(self, ms: int) -> date:
        """The local day of an instant."""
        return datetime.fromtimestamp(ms // SECOND_MS, zone(self.time_zone)).date()

    def months(self, span: Span) -> tuple[str, ...]:
        """The local months of which a span has some time, in order."""
        if span.begin_ms == span.end_ms:
            return ()
        found = [self.month_of(span.begin_ms)]
        while (end_ms := self.local_month(found[-1]).end_ms) < span.end_ms:
            found.append(self.month_of(end_ms))
        return tuple(found)

    def day(self, day: date) -> Span:
        """The span of a day; an empty one if the zone left the day out."""
        return Span(self._begin_ms(day), self._begin_ms(day + DAY))

    def days(self, span: Span) -> tuple[date, ...]:
        """The days whose first instant is in the span, in order."""
        return tuple(
            day
            for day, its in self._near(span, self.day)
            if span.begin_ms <= its.begin_ms < span.end_ms
        )

    def gas_day(self, day: date) -> Span:
        """The span of a gas day, which is named by the date on which it begins."""
        return Span(
            self._begin_ms(day, self.gas_day_starts), self._begin_ms(day + DAY, self.gas_day_starts)
        )

    def gas_days(self, span: Span) -> tuple[date, ...]:
        """The gas days of which a span has some time, in order."""
        return tuple(
            day
            for day, its in self._near(span, self.gas_day)
            if its.begin_ms < span.end_ms and span.begin_ms < its.end_ms
        )

    def places(self, begin_ms: int, periods: int, period_ms: int) -> Places:
        """Where periods begin on the local clock.

        Raises:
            TariffError: periods and local hours do not fit, so that a period would be in two.
        """
        its = zone(self.time_zone)
        times = []
        for ms in range(begin_ms, begin_ms + periods * period_ms, period_ms):
            local = datetime.fromtimestamp(ms // SECOND_MS, its)
            offset = local.utcoffset() or timedelta(0)
            if int(offset.total_seconds()) * SECOND_MS % period_ms:
                raise TariffError(
                    f"time_zone is {self.time_zone!r}, {offset} from UTC at {_shown(ms)}: give "
                    f"periods that divide this; period_ms is {period_ms}"
                )
            times.append(local)
        return Places(
            np.array([each.hour * 60 + each.minute for each in times], dtype=np.int64),
            np.array([each.weekday() for each in times], dtype=np.int64),
            np.array([each.month for each in times], dtype=np.int64),
            np.array([each.date() in self.holidays for each in times], dtype=np.bool_),
        )

    def _near(self, span: Span, of: Callable[[date], Span]) -> Iterator[tuple[date, Span]]:
        """Days that may have to do with a span, without those that a zone left out."""
        day, last = self.date_of(span.begin_ms) - DAY, self.date_of(span.end_ms) + DAY
        while day <= last:
            its = of(day)
            if its.begin_ms < its.end_ms:
                yield day, its
            day += DAY

    def _begin_ms(self, day: date, at: time = time(0)) -> int:
        """The first instant at which a clock shows this, or would if it were not set forward."""
        local = datetime.combine(day, at, zone(self.time_zone))
        return round(local.timestamp()) * SECOND_MS


def calendar_of(site: Site, holidays: Iterable[Holiday]) -> Calendar:
    """The calendar of a site, with those of the holidays that are of its calendar.

    Raises:
        TariffError: there is no such zone, or the site's holidays are not among them.
    """
    own = frozenset(each.day for each in holidays if each.calendar == site.holidays)
    if site.holidays is not None and not own:
        raise TariffError(
            f"site {site.site_id}: holidays is {site.holidays!r}, and the table `holiday` has none "
            "of that calendar: load them, or leave holidays empty"
        )
    return Calendar(site.time_zone, own, site.gas_day_starts)


def public_holidays(region: str, years: Iterable[int]) -> tuple[Holiday, ...]:
    """The public holidays of a country, such as `US`, or of a part of one, such as `GB-ENG`, as
    rows to keep: a later version of the library must not change an old bill.

    Raises:
        TariffError: there is no such region.
    """
    from holidays import country_holidays

    country, _, part = region.partition("-")
    try:
        found = country_holidays(country, subdiv=part or None, years=years)
    except NotImplementedError as error:
        raise TariffError(
            f"holidays is {region!r}: give a country by ISO 3166, such as US, or a part of one, "
            "such as GB-ENG"
        ) from error
    return tuple(Holiday(region, day) for day in sorted(found))


def zone(name: str) -> ZoneInfo:
    """A time zone by its name of the IANA (`billing.zones`).

    Raises:
        TariffError: there is no such zone.
    """
    try:
        return zones.zone(name)
    except LookupError as error:
        raise TariffError(f"time_zone is {error.args[0]}") from None


def _first_of(month: str) -> date:
    if not _MONTH.fullmatch(month):
        raise TariffError(f"month is {month!r}: give year and month, such as 2013-03")
    return date(int(month[:4]), int(month[5:]), 1)


def _shown(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms // SECOND_MS, UTC):%Y-%m-%dT%H:%MZ}"
