from datetime import date, time
from itertools import pairwise

import pytest

from billing.tariffs.calendar import Calendar, calendar_of, public_holidays
from billing.tariffs.errors import TariffError
from contracts.energy import Span
from contracts.masters import Holiday, Site
from contracts.time import HOUR_MS
from tests.support.london import HALF_HOUR_MS, ms
from tests.unit.billing.tariffs.plans import LONDON


def half_hours(span: Span) -> float:
    return (span.end_ms - span.begin_ms) / HALF_HOUR_MS


@pytest.mark.parametrize(
    ("time_zone", "day", "expected"),
    [
        ("Europe/London", date(2013, 3, 31), 46),
        ("Europe/London", date(2013, 10, 27), 50),
        ("Europe/London", date(2013, 7, 1), 48),
        ("Australia/Lord_Howe", date(2026, 10, 4), 47),
        ("Australia/Lord_Howe", date(2026, 4, 5), 49),
        ("America/New_York", date(2026, 3, 8), 46),
        ("Africa/Cairo", date(2026, 4, 24), 46),
        ("Africa/Cairo", date(2026, 10, 30), 48),
        ("America/Sao_Paulo", date(2018, 11, 4), 46),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("Asia/Kathmandu", date(2026, 1, 1), 48),
    ],
)
def test_days_are_as_long_as_the_zone_makes_them(time_zone: str, day: date, expected: int) -> None:
    assert half_hours(Calendar(time_zone).day(day)) == expected


def test_a_day_may_begin_at_one() -> None:
    assert Calendar("America/Sao_Paulo").day(date(2018, 11, 4)).begin_ms == ms("2018-11-04T03:00")


def test_a_day_that_a_zone_left_out_is_none() -> None:
    calendar = Calendar("Pacific/Apia")
    december = calendar.local_month("2011-12")

    assert len(calendar.days(december)) == 30
    assert date(2011, 12, 30) not in calendar.days(december)
    assert half_hours(december) == 30 * 48


@pytest.mark.parametrize(
    ("month", "expected"),
    [("2013-03", 1_486), ("2013-10", 1_490), ("2013-02", 1_344), ("2013-12", 1_488)],
)
def test_months_are_local(month: str, expected: int) -> None:
    assert half_hours(LONDON.local_month(month)) == expected


def test_months_follow_one_another() -> None:
    year = Span(ms("2013-01-01"), ms("2014-01-01"))
    months = LONDON.months(year)

    assert months == tuple(f"2013-{month:02}" for month in range(1, 13))
    spans = [LONDON.local_month(month) for month in months]
    assert all(one.end_ms == other.begin_ms for one, other in pairwise(spans))
    assert LONDON.month_of(ms("2013-06-30T23:00")) == "2013-07"
    assert LONDON.months(Span(ms("2013-06-30T22:30"), ms("2013-06-30T23:30"))) == (
        "2013-06",
        "2013-07",
    )
    assert LONDON.months(Span(0, 0)) == ()


def test_a_day_belongs_to_who_has_its_first_instant() -> None:
    july = LONDON.local_month("2013-07")
    move = ms("2013-07-15T11:00")
    before, after = Span(july.begin_ms, move), Span(move, july.end_ms)

    assert len(LONDON.days(before)) == 15
    assert LONDON.days(before) + LONDON.days(after) == LONDON.days(july)
    midnight = ms("2013-07-09T23:00")
    assert LONDON.days(Span(midnight, midnight + 1)) == (date(2013, 7, 10),)
    assert LONDON.days(Span(midnight + 1, midnight + HOUR_MS)) == ()


def test_gas_days_begin_at_the_sites_hour() -> None:
    gas = Calendar("Europe/London", gas_day_starts=time(5))

    assert gas.gas_day(date(2013, 7, 1)) == Span(ms("2013-07-01T04:00"), ms("2013-07-02T04:00"))
    assert half_hours(gas.gas_day(date(2013, 3, 30))) == 46
    july = gas.gas_days(gas.local_month("2013-07"))
    assert (july[0], july[-1], len(july)) == (date(2013, 6, 30), date(2013, 7, 31), 32)


def test_places_are_on_the_local_clock() -> None:
    calendar = Calendar("Europe/London", frozenset({date(2013, 8, 26)}))
    places = calendar.places(ms("2013-08-25T22:30"), 2, HALF_HOUR_MS)

    assert places.minute.tolist() == [23 * 60 + 30, 0]
    assert places.weekday.tolist() == [6, 0]
    assert places.holiday.tolist() == [False, True]
    assert calendar.places(ms("2013-07-31T22:30"), 2, HALF_HOUR_MS).month.tolist() == [7, 8]


def test_periods_must_divide_the_zones_offsets() -> None:
    calendar = Calendar("Asia/Kathmandu")

    with pytest.raises(TariffError, match=r"time_zone is 'Asia/Kathmandu', 5:45:00 from UTC.*give"):
        calendar.places(ms("2026-01-01"), 1, HALF_HOUR_MS)
    assert len(calendar.places(ms("2026-01-01"), 4, HALF_HOUR_MS // 2).minute) == 4


@pytest.mark.parametrize(
    "name", ["London", "", "../tzdata", "Europe", "zone.tab", "Europe/London/"]
)
def test_no_such_zone(name: str) -> None:
    with pytest.raises(TariffError, match=f"time_zone is '{name}': give"):
        Calendar(name)


@pytest.mark.parametrize(
    "month",
    ["2013", "2013-13", "2013-00", "July", "2013-3", "2013-003", " 2013-03", "9999-12", "0001-01"],
)
def test_no_such_month(month: str) -> None:
    """A month has one word, and it has an end."""
    with pytest.raises(TariffError, match=f"month is '{month}': give"):
        LONDON.local_month(month)


def test_holidays_are_rows() -> None:
    rows = public_holidays("GB-ENG", [2013])

    assert [row.day.isoformat() for row in rows] == [
        *("2013-01-01", "2013-03-29", "2013-04-01", "2013-05-06", "2013-05-27", "2013-08-26"),
        *("2013-12-25", "2013-12-26"),
    ]
    assert {row.calendar for row in rows} == {"GB-ENG"}


@pytest.mark.parametrize("region", ["XX", "GB-XYZ"])
def test_no_such_region(region: str) -> None:
    with pytest.raises(TariffError, match=f"holidays is '{region}': give"):
        public_holidays(region, [2013])


def test_a_sites_calendar_has_its_own_holidays() -> None:
    site = Site("s", "Europe/London", "GBP", "GB", holidays="GB-ENG", gas_day_starts=time(5))
    rows = [Holiday("GB-ENG", date(2013, 8, 26)), Holiday("GB-SCT", date(2013, 8, 5))]

    assert calendar_of(site, rows) == Calendar(
        "Europe/London", frozenset({date(2013, 8, 26)}), time(5)
    )
    with pytest.raises(TariffError, match="site s: holidays is 'GB-ENG', and the table"):
        calendar_of(site, rows[1:])


def test_the_last_instant_of_a_month_is_of_its_last_day() -> None:
    """In New York it is April by UTC, and so might be a plan's next version."""
    calendar = Calendar("America/New_York")
    assert calendar.date_of(calendar.local_month("2013-03").end_ms - 1) == date(2013, 3, 31)
