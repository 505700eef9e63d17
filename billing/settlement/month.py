"""A local month as bills see it: its days, and when taxes change within it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from billing.tariffs.calendar import Calendar
from billing.tariffs.errors import TariffError
from billing.tariffs.tax_rates import rates_on
from contracts.energy import Span
from contracts.masters import Site, TaxRate


@dataclass(frozen=True, slots=True)
class Month:
    """A local month of a site."""

    name: str
    """`2013-03`."""
    span: Span
    days_ms: tuple[int, ...]
    """When its days begin."""
    changes_ms: tuple[int, ...]
    """When, within it, a day begins from which on a rate of tax is another."""
    changes: tuple[date, ...]
    """Those days."""
    rates: tuple[Mapping[str, Decimal], ...]
    """Per cent by category: from its beginning on, and from each of the changes."""

    def days(self, span: Span) -> int:
        """How many of its days have their first instant in a span."""
        return bisect_left(self.days_ms, span.end_ms) - bisect_left(self.days_ms, span.begin_ms)

    def since(self, span: Span) -> date | None:
        """The day of the last change before or at the beginning of a span."""
        place = bisect_right(self.changes_ms, span.begin_ms)
        return self.changes[place - 1] if place else None

    def rates_of(self, span: Span) -> Mapping[str, Decimal]:
        """The rates of what is supplied from the beginning of a span on."""
        return self.rates[bisect_right(self.changes_ms, span.begin_ms)]


def month_of(name: str, calendar: Calendar, site: Site, tax_rates: Iterable[TaxRate]) -> Month:
    """A month of a site.

    Raises:
        TariffError: there is no such month, or two rates of a category at once; or the site has
            holidays, and none are known of that year.
    """
    span = calendar.local_month(name)
    check_holidays(name, calendar, site)
    rows = [row for row in tax_rates if row.tax_region == site.tax_region]
    days = [day for day in calendar.days(span) if calendar.day(day).begin_ms >= span.begin_ms]
    edges = {edge for row in rows for edge in (row.begin, row.end) if edge is not None}
    # A row may end where another goes on with the same rate: nothing changes then.
    changes = tuple(
        day
        for before, day in pairwise(days)
        if day in edges
        and rates_on(rows, site.tax_region, before) != rates_on(rows, site.tax_region, day)
    )
    return Month(
        name,
        span,
        tuple(calendar.day(day).begin_ms for day in days),
        tuple(calendar.day(day).begin_ms for day in changes),
        changes,
        tuple(rates_on(rows, site.tax_region, day) for day in (days[0], *changes)),
    )


def check_holidays(name: str, calendar: Calendar, site: Site) -> None:
    """Refuse a month in which nobody knows which days are holidays.

    Raises:
        TariffError: the site has holidays, and none are known of the month's year.
    """
    year = int(name[:4])
    if site.holidays is not None and all(day.year != year for day in calendar.holidays):
        raise TariffError(
            f"site {site.site_id}: holidays is {site.holidays!r}, of which none are known in "
            f"{year}: load them, such as by `wattstream plan holidays {site.holidays} {year}`"
        )
