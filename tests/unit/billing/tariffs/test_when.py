from datetime import date

import numpy as np
import pytest

from billing.tariffs.calendar import Calendar
from billing.tariffs.when import When, any_time, chosen
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, home_mwh, ms
from tests.unit.billing.tariffs.plans import LONDON

SUMMER_MONDAY = ms("2013-08-25T23:00")
HOLIDAY = Calendar("Europe/London", frozenset({date(2013, 8, 26)}))


def when(**conditions: object) -> When:
    return When.model_validate(conditions)


def held(conditions: When, begin_ms: int, periods: int, calendar: Calendar = LONDON) -> list[int]:
    places: list[int] = np.flatnonzero(
        conditions.holds(calendar.places(begin_ms, periods, HALF_HOUR_MS))
    ).tolist()
    return places


@pytest.mark.parametrize(
    ("day", "expected"), [("2013-03-31", 0), ("2013-10-27", 4), ("2013-07-01", 2)]
)
def test_an_hour_that_clocks_repeat_or_skip(day: str, expected: int) -> None:
    its = LONDON.day(date.fromisoformat(day))
    periods = (its.end_ms - its.begin_ms) // HALF_HOUR_MS

    assert len(held(when(**{"from": "01:00", "to": "02:00"}), its.begin_ms, periods)) == expected


def test_hours_are_local() -> None:
    assert held(when(**{"from": "00:00", "to": "01:00"}), SUMMER_MONDAY, 48) == [0, 1]


def test_hours_over_midnight_are_the_late_and_early_ones_of_each_day() -> None:
    night = when(**{"from": "23:00", "to": "01:00"})

    assert held(night, SUMMER_MONDAY, 48) == [0, 1, 46, 47]
    assert held(when(**{"from": "23:00", "to": "24:00"}), SUMMER_MONDAY, 48) == [46, 47]


@pytest.mark.parametrize(
    ("days", "on_holiday"),
    [
        ("workday", False),
        ("free", True),
        ("holiday", True),
        ("weekend", False),
        ("mon", True),
        ("tue", False),
        (["sat", "holiday"], True),
    ],
)
def test_kinds_of_days(days: object, on_holiday: bool) -> None:
    assert bool(held(when(days=days), SUMMER_MONDAY, 1, HOLIDAY)) is on_holiday


def test_a_weekend_is_free_and_no_workday() -> None:
    sunday = SUMMER_MONDAY - 48 * HALF_HOUR_MS

    assert held(when(days="weekend"), sunday, 96) == list(range(48))
    assert held(when(days="free"), sunday, 96) == list(range(48))
    assert held(when(days="workday"), sunday, 96) == list(range(48, 96))


def test_a_season_ends_with_its_months() -> None:
    begin = ms("2013-05-31T22:30")

    assert held(when(months=[6, 7, 8]), begin, 2) == [1]
    assert held(when(months=[5]), begin, 2) == [0]


def test_evenings_of_workdays_in_july() -> None:
    july = LONDON.local_month("2013-07")
    first = (july.begin_ms - YEAR_BEGIN_MS) // HALF_HOUR_MS
    periods = (july.end_ms - july.begin_ms) // HALF_HOUR_MS
    evenings = when(days="workday", **{"from": "16:00", "to": "19:00"})
    places = held(evenings, july.begin_ms, periods)

    # By the clock of UTC it would be 21.804 kWh.
    assert home_mwh()[first:][places].sum() == 20_165_000


def test_the_first_that_applies_is_chosen() -> None:
    whens = [when(days="mon"), when(**{"from": "00:00", "to": "12:00"})]
    places = LONDON.places(SUMMER_MONDAY, 96, HALF_HOUR_MS)

    assert chosen(whens, places).tolist() == [0] * 48 + [1] * 24 + [-1] * 24


def test_any_time_has_every_kind() -> None:
    places = any_time([when(**{"from": "16:00", "to": "19:00"}), when()])

    assert len(places.minute) == 3 * 7 * 12 * 2
    assert set(places.minute.tolist()) == {0, 16 * 60, 19 * 60}


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"from": "25:00"}, "give a local time as hours and minutes"),
        ({"from": "7:00"}, "give a local time as hours and minutes"),
        ({"to": "24:30"}, "give a local time as hours and minutes"),
        ({"from": "07:60"}, "give a local time as hours and minutes"),
        ({"from": "16:00", "to": "16:00"}, "from and to are the same time"),
        ({"from": "24:00", "to": "00:00"}, "from and to are the same time"),
        ({"months": [0]}, "greater than or equal to 1"),
        ({"months": []}, "at least 1 item"),
        ({"days": "someday"}, "'workday'"),
        ({"days": []}, "at least 1 item"),
        ({"hours": 1}, "Extra inputs"),
    ],
)
def test_conditions_that_are_none(conditions: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        when(**conditions)
