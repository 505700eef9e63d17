"""Local months, days and half-hours where clocks go forward and back, and where a day is not."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest

from billing import zones
from billing.curve.errors import CurveError
from billing.curve.local import LocalDays, days, kinds, month_begin_ms

HALF_HOUR = timedelta(minutes=30)


def half_hours(first: datetime, number: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    begin_ms = int(first.timestamp()) * 1_000
    return begin_ms + np.arange(number, dtype=np.int64) * 1_800_000


@pytest.mark.parametrize(
    ("time_zone", "day", "number"),
    [
        ("Europe/London", date(2013, 3, 31), 46),
        ("Europe/London", date(2013, 10, 27), 50),
        ("Australia/Lord_Howe", date(2026, 10, 4), 47),
        ("Australia/Lord_Howe", date(2026, 4, 5), 49),
        ("America/Sao_Paulo", date(2018, 11, 4), 46),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("UTC", date(2013, 3, 31), 48),
    ],
)
def test_a_day_has_the_half_hours_that_its_clock_has(
    time_zone: str, day: date, number: int
) -> None:
    around = half_hours(datetime(day.year, day.month, day.day, tzinfo=UTC) - 3 * timedelta(1), 288)
    found = days(LocalDays(time_zone), around)
    assert (found == (day - date(1970, 1, 1)).days).sum() == number


def test_half_hours_are_those_of_the_clock_and_free_days_are_told() -> None:
    saturday = half_hours(datetime(2013, 3, 30, 22, tzinfo=UTC), 8)
    london = LocalDays("Europe/London", frozenset({date(2013, 4, 1)}))
    # 22:00 to 00:59 GMT, then 02:00 BST: there is no 01:00.
    assert kinds(london, saturday).tolist() == [92, 93, 94, 95, 48, 49, 52, 53]
    easter_monday = half_hours(datetime(2013, 4, 1, 10, tzinfo=UTC), 1)
    assert kinds(london, easter_monday).tolist() == [48 + 22]
    assert kinds(LocalDays("Europe/London"), easter_monday).tolist() == [22]


def test_months_begin_by_the_clock_of_the_place() -> None:
    april_ms = int(datetime(2013, 3, 31, 23, tzinfo=UTC).timestamp()) * 1_000
    assert month_begin_ms("Europe/London", april_ms) == april_ms
    march_ms = int(datetime(2013, 3, 1, tzinfo=UTC).timestamp()) * 1_000
    assert month_begin_ms("Europe/London", april_ms - 1) == march_ms


def test_the_zones_are_those_that_bills_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs it may have other rules of time, and Polars has its own."""
    here = timezone(timedelta(hours=5, minutes=30))
    monkeypatch.setattr(zones, "zone", {"Nowhere/Else": here}.get)
    nine = half_hours(datetime(2013, 3, 31, 20, tzinfo=UTC), 1)

    assert kinds(LocalDays("Nowhere/Else"), nine).tolist() == [3]
    assert days(LocalDays("Nowhere/Else"), nine).tolist() == [
        (date(2013, 4, 1) - date(1970, 1, 1)).days
    ]
    april_ms = int(datetime(2013, 4, 1, tzinfo=here).timestamp()) * 1_000
    assert month_begin_ms("Nowhere/Else", int(nine[0])) == april_ms


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(CurveError, match="time zone is 'Europe/Londn'"):
        month_begin_ms("Europe/Londn", 0)
