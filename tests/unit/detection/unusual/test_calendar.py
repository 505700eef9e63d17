from datetime import UTC, date, datetime

import numpy as np
import pytest

from detection.errors import DataError
from detection.unusual.calendar import FREE_DAY, WORKING_DAY, Calendar, public_holidays


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


def places(calendar: Calendar, *times: str) -> list[tuple[int, int, date]]:
    found = calendar.places(np.array([ms(each) for each in times]))
    days = map(date.fromordinal, found.day.tolist())
    return list(zip(found.day_type.tolist(), found.hour.tolist(), days, strict=True))


def test_weekends_and_holidays_are_free() -> None:
    calendar = Calendar(holidays=frozenset({date(2013, 12, 25)}))

    assert places(calendar, "2013-12-27T23:00", "2013-12-28T00:00", "2013-12-25T05:00") == [
        (WORKING_DAY, 23, date(2013, 12, 27)),
        (FREE_DAY, 0, date(2013, 12, 28)),
        (FREE_DAY, 5, date(2013, 12, 25)),
    ]


def test_hours_are_those_of_the_zone_in_summer_and_winter() -> None:
    calendar = Calendar("Europe/London")

    # Friday night in UTC, Saturday there; and the night in which clocks go forward.
    assert places(calendar, "2013-07-05T23:00", "2013-01-04T23:00") == [
        (FREE_DAY, 0, date(2013, 7, 6)),
        (WORKING_DAY, 23, date(2013, 1, 4)),
    ]
    assert [hour for _, hour, _ in places(calendar, "2013-03-31T00:00", "2013-03-31T01:00")] == [
        0,
        2,
    ]


def test_public_holidays_of_a_part_of_a_country() -> None:
    england = public_holidays("GB-ENG", [2013])

    assert {date(2013, 3, 29), date(2013, 12, 26)} <= england
    assert date(2013, 12, 2) not in england
    assert date(2013, 12, 2) in public_holidays("GB-SCT", [2013])


@pytest.mark.parametrize("region", ["XX", "GB-XYZ", ""])
def test_no_such_region(region: str) -> None:
    with pytest.raises(DataError, match=f"region is '{region}': give"):
        public_holidays(region, [2013])


def test_no_such_zone() -> None:
    with pytest.raises(DataError, match="time zone is 'London': give"):
        Calendar("London")
