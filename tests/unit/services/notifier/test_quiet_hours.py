"""Quiet hours, also in the nights in which the clocks are changed."""

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.quiet_hours import quiet_until_ms
from services.notifier.rules import Quiet


def quiet_hours(begin: str, end: str, zone: str) -> Quiet:
    return Quiet.model_validate({"from": begin, "to": end, "zone": zone})


NIGHT = quiet_hours("22:00", "07:00", "Europe/Berlin")


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-01-15T21:59:59.999+01:00", None),
        ("2026-01-15T22:00+01:00", "2026-01-16T07:00+01:00"),
        ("2026-01-16T03:00+01:00", "2026-01-16T07:00+01:00"),
        ("2026-01-16T06:59:59+01:00", "2026-01-16T07:00+01:00"),
        ("2026-01-16T07:00+01:00", None),
        # Clocks are put forward at two, and back at three.
        ("2026-03-28T23:00+01:00", "2026-03-29T07:00+02:00"),
        ("2026-10-24T23:00+02:00", "2026-10-25T07:00+01:00"),
        # In summer the same instant is another hour.
        ("2026-07-01T20:30Z", "2026-07-02T05:00Z"),
        ("2026-01-15T20:30Z", None),
    ],
)
def test_a_night(at: str, until: str | None) -> None:
    assert quiet_until_ms(NIGHT, ms(at)) == (None if until is None else ms(until))


def test_hours_of_one_day() -> None:
    noon = quiet_hours("12:00", "14:00", "Asia/Kathmandu")

    assert quiet_until_ms(noon, ms("2026-01-15T12:00+05:45")) == ms("2026-01-15T14:00+05:45")
    assert quiet_until_ms(noon, ms("2026-01-15T11:59+05:45")) is None
    assert quiet_until_ms(noon, ms("2026-01-15T14:00+05:45")) is None


@pytest.mark.parametrize(
    ("begin", "end", "at", "until"),
    [
        # From a time that is passed over: it begins when the clocks are put forward, at two.
        ("02:30", "05:00", "2026-03-29T03:00+02:00", "2026-03-29T05:00+02:00"),
        ("02:30", "05:00", "2026-03-29T01:59:59+01:00", None),
        # To one: it ends then.
        ("22:00", "02:30", "2026-03-29T01:30+01:00", "2026-03-29T03:00+02:00"),
        ("22:00", "02:30", "2026-03-29T03:00+02:00", None),
        # From a time that comes twice: the first; to one: the second.
        ("02:30", "05:00", "2026-10-25T02:30+02:00", "2026-10-25T05:00+01:00"),
        ("02:30", "05:00", "2026-10-25T02:10+01:00", "2026-10-25T05:00+01:00"),
        ("22:00", "02:30", "2026-10-25T02:45+02:00", "2026-10-25T02:30+01:00"),
        ("22:00", "02:30", "2026-10-25T02:30+01:00", None),
    ],
)
def test_hours_that_begin_or_end_where_clocks_are_changed(
    begin: str, end: str, at: str, until: str | None
) -> None:
    quiet = quiet_hours(begin, end, "Europe/Berlin")

    assert quiet_until_ms(quiet, ms(at)) == (None if until is None else ms(until))


TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
)


@given(begin=TIMES, end=TIMES, zone=ZONES, at_s=st.integers(1_735_689_600, 1_830_297_600))
def test_the_clock_on_the_wall_says_the_same(begin: time, end: time, zone: str, at_s: int) -> None:
    """Away from changes: what the wall shows is between the two times, or it is not quiet."""
    from zoneinfo import ZoneInfo

    if begin == end:
        return
    wall = datetime.fromtimestamp(at_s, UTC).astimezone(ZoneInfo(zone))
    offsets = {
        datetime.fromtimestamp(at_s + hours * 3_600, UTC).astimezone(ZoneInfo(zone)).utcoffset()
        for hours in (-25, 25)
    }
    if len(offsets) > 1:
        return
    shown = wall.time()
    within = begin <= shown < end if begin < end else not end <= shown < begin
    quiet = quiet_hours(f"{begin:%H:%M}", f"{end:%H:%M}", zone)

    until_ms = quiet_until_ms(quiet, at_s * 1_000)

    assert (until_ms is not None) == within
    if until_ms is not None:
        over = datetime.fromtimestamp(until_ms / 1_000, UTC).astimezone(ZoneInfo(zone))
        assert over.time() == end and 0 < until_ms - at_s * 1_000 <= 24 * 3_600_000
