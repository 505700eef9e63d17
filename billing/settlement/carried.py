"""Prices of a month that is not over: what will be known of its rest only later goes on as it was
last, so that what is known already can be settled. A bill is made of none of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from billing.tariffs.calendar import Calendar
from contracts.energy import Span
from contracts.masters import CalorificValue, Masters, Price

Row = TypeVar("Row", Price, CalorificValue)


def carried_on(masters: Masters, calendar: Calendar, month: Span) -> Masters:
    """Masters in which each series that has a price at the month's begin or later has one until
    its end, and each gas zone a calorific value; the same ones if nothing lacks."""
    prices, values = masters.prices, masters.calorific_values
    carried = tuple(
        replace(last, begin_ms=last.end_ms, end_ms=month.end_ms)
        for last in _lasts(prices, lambda each: each.series_id, lambda each: each.end_ms)
        if month.begin_ms <= last.end_ms < month.end_ms
    )
    further = tuple(_values(values, calendar, month))
    if not carried and not further:
        return masters
    return replace(masters, prices=prices + carried, calorific_values=values + further)


def _values(
    values: Iterable[CalorificValue], calendar: Calendar, month: Span
) -> Iterator[CalorificValue]:
    days = calendar.gas_days(month)
    for last in _lasts(values, lambda each: each.zone, lambda each: each.gas_day):
        # Of a zone that has long had none, nobody knows anything.
        if days and last.gas_day >= days[0] - timedelta(days=1):
            for day in days:
                if day > last.gas_day:
                    yield replace(last, gas_day=day)


def _lasts(
    rows: Iterable[Row], key_of: Callable[[Row], str], end_of: Callable[[Row], Any]
) -> list[Row]:
    """The last row of each key."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[key_of(row)].append(row)
    return [max(own, key=end_of) for own in found.values()]
