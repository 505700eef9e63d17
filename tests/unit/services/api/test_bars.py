"""Bars are the energy of their spans, and add up; where nobody read, one bar is of all the time."""

import asyncio
from datetime import datetime
from itertools import pairwise
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.meter_history import MeterHistory
from contracts.energy import Counting, Point, Span, energy_of_points
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from services.api.bars import Bar, bars
from services.api.calendar import STEPS_MS, Resolution, bounds
from services.api.history_plan import plan, rows_of
from tests.unit.services.api.life import PERIOD_MS, Kept
from tests.unit.services.api.life import rows_of as rows_made_of

LONDON = ZoneInfo("Europe/London")
UTC_ZONE = ZoneInfo("UTC")


def ms(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, *, zone: ZoneInfo = UTC_ZONE
) -> int:
    """A local time."""
    return round(datetime(year, month, day, hour, minute, tzinfo=zone).timestamp() * 1_000)


def steady(begin_ms: int, end_ms: int, cadence_ms: int, a_step: int = 7_001) -> list[Point]:
    """Readings at even distances, both ends included, whose register grows evenly."""
    times = range(begin_ms, end_ms + 1, cadence_ms)
    return [Point(at, 1_000_000 + n * a_step, n) for n, at in enumerate(times)]


def made(
    points: list[Point],
    begin_ms: int,
    end_ms: int,
    resolution: Resolution,
    zone: ZoneInfo,
    *,
    cadence_ms: int = HOUR_MS,
    counting: Counting | None = None,
    stream_ms: int | None = None,
) -> list[Bar]:
    """Bars by way of the partitions that they are read from."""
    kept = Kept({("m", "electricity"): points}, cadence_ms=cadence_ms)
    limits = bounds(begin_ms, end_ms, resolution, zone)
    what = plan(limits, STEPS_MS[resolution], PERIOD_MS, stream_ms)
    found = asyncio.run(rows_of(cast(MeterHistory, kept), "m", "electricity", what))
    assert kept.asked >= what.partitions
    return bars([each.row for each in found], limits, counting or Counting(cadence_ms=cadence_ms))


def test_demand_1_silence_is_one_bar_and_no_spike() -> None:
    before = steady(ms(2013, 1, 18), ms(2013, 1, 20, 14, 2), 2 * MINUTE_MS)
    last = before[-1]
    after = [
        Point(
            ms(2013, 2, 1, 9, 10) + n * 2 * MINUTE_MS, last.register + 5_000_000 + n, last.seq + n
        )
        for n in range(1, 200)
    ]
    begin_ms, end_ms = ms(2013, 1, 19), ms(2013, 2, 3)

    found = made([*before, *after], begin_ms, end_ms, "P1D", UTC_ZONE, cadence_ms=2 * MINUTE_MS)

    (over,) = (bar for bar in found if bar.spans > 1)
    assert (over.energy.span.begin_ms, over.energy.span.end_ms) == (
        ms(2013, 1, 21),
        ms(2013, 2, 2),
    )
    assert over.energy.amount == 5_000_000 + 199
    (gap,) = over.energy.gaps
    assert gap == Span(last.at_ms, after[0].at_ms)
    assert not over.complete(Counting(cadence_ms=2 * MINUTE_MS))
    assert all(bar.energy.amount >= 0 for bar in found)
    first = max(point.register for point in before if point.at_ms <= begin_ms)
    assert sum(bar.energy.amount for bar in found) == after[-1].register - first
    # Nothing was heard on the last day asked for: that is not known, and not 0.
    assert [bar.known for bar in found] == [True, True, True, False]


def test_demand_1_by_the_hour_neither() -> None:
    points = [Point(0, 10_000, 1), Point(HOUR_MS, 20_000, 2), Point(30 * HOUR_MS, 90_000, 3)]

    found = made(points, 0, 48 * HOUR_MS, "PT1H", UTC_ZONE)

    known = [bar for bar in found if bar.known]
    assert [(bar.spans, bar.energy.amount) for bar in known] == [(1, 10_000), (29, 70_000)]


@pytest.mark.parametrize(
    ("day", "hours"), [((2013, 3, 31), 23), ((2013, 10, 27), 25), ((2013, 7, 1), 24)]
)
def test_demand_2_days_on_which_clocks_change(day: tuple[int, int, int], hours: int) -> None:
    begin_ms = ms(*day, zone=LONDON)
    end_ms = begin_ms + hours * HOUR_MS
    points = steady(begin_ms - 3 * HOUR_MS, end_ms + 3 * HOUR_MS, 5 * MINUTE_MS)

    found = made(points, begin_ms, end_ms, "PT1H", LONDON, cadence_ms=5 * MINUTE_MS)
    (whole,) = made(points, begin_ms, end_ms, "P1D", LONDON, cadence_ms=5 * MINUTE_MS)

    assert len(found) == hours
    assert all(bar.complete(Counting(cadence_ms=5 * MINUTE_MS)) for bar in found)
    by_register = {point.at_ms: point.register for point in points}
    assert whole.energy.amount == by_register[end_ms] - by_register[begin_ms]
    assert sum(bar.energy.amount for bar in found) == whole.energy.amount
    begins = [datetime.fromtimestamp(bar.energy.span.begin_ms / 1_000, LONDON) for bar in found]
    at_one = [each.utcoffset() for each in begins if each.hour == 1]
    assert len(at_one) == {23: 0, 25: 2, 24: 1}[hours]
    assert len(set(at_one)) == len(at_one)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Asia/Kolkata"])
def test_demand_4_a_day_starts_at_local_midnight(zone: str) -> None:
    local = ZoneInfo(zone)
    points = steady(ms(2024, 2, 27), ms(2024, 3, 6), 30_000, a_step=11)
    begin_ms, end_ms = ms(2024, 3, 1, zone=local), ms(2024, 3, 5, zone=local)

    found = made(points, begin_ms, end_ms, "P1D", local, cadence_ms=30_000)

    by_register = {point.at_ms: point.register for point in points}
    assert [
        (bar.energy.span, bar.energy.amount, bar.complete(Counting(cadence_ms=30_000)))
        for bar in found
    ] == [
        (Span(begin, begin + DAY_MS), by_register[begin + DAY_MS] - by_register[begin], True)
        for begin in range(begin_ms, end_ms, DAY_MS)
    ]


def test_a_month_is_read_by_days_and_a_fine_bar_by_hours() -> None:
    month = bounds(ms(2013, 5, 1, zone=LONDON), ms(2013, 6, 1, zone=LONDON), "P1D", LONDON)
    assert plan(month, DAY_MS, PERIOD_MS, None).partitions == 33
    day = bounds(0, DAY_MS, "PT1M", UTC_ZONE)
    assert len(plan(day, MINUTE_MS, PERIOD_MS, None).hours_ms) == 26


def test_what_is_not_over_yet_is_read_by_minutes() -> None:
    points = steady(0, 10 * HOUR_MS + 40 * MINUTE_MS, 10_000)
    kept = Kept({("m", "electricity"): points}, cadence_ms=10_000)
    limits = bounds(0, DAY_MS, "PT1H", UTC_ZONE)
    stream_ms = points[-1].at_ms
    what = plan(limits, HOUR_MS, PERIOD_MS, stream_ms)

    found = asyncio.run(rows_of(cast(MeterHistory, kept), "m", "electricity", what))

    assert max(each.row.last_at_ms for each in found) == stream_ms
    assert {each.row.minute_ms for each in found} >= {10 * HOUR_MS + 39 * MINUTE_MS}
    assert what.hours_ms == [10 * HOUR_MS]


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Point], Counting]:
    """Readings at any times of three days, with gaps, falls and revised words."""
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from([1_000, 20_000, MINUTE_MS, 7 * MINUTE_MS, PERIOD_MS, 7 * HOUR_MS]),
                st.integers(0, 5_000),
                st.sampled_from([False] * 19 + [True]),
            ),
            min_size=1,
            max_size=60,
        )
    )
    at_ms, register, points = draw(st.integers(0, DAY_MS)), 500_000, []
    fallen_period = -1
    for seq, (wait_ms, grown, falls) in enumerate(steps):
        at_ms += wait_ms
        # A row tells of one fall in its time.
        if falls and fallen_period != at_ms // PERIOD_MS != (at_ms - wait_ms) // PERIOD_MS:
            fallen_period, register = at_ms // PERIOD_MS, 0
        register += grown
        points.append(Point(at_ms, register, seq))
    return points, Counting(cadence_ms=MINUTE_MS)


@given(
    lives(),
    st.sampled_from(["PT15M", "PT30M", "PT1H", "P1D"]),
    st.sampled_from(["UTC", "Asia/Kathmandu"]),
)
def test_bars_are_what_the_readings_themselves_say(
    life: tuple[list[Point], Counting], resolution: Resolution, zone: str
) -> None:
    points, counting = life
    local = ZoneInfo(zone)
    begin_ms = points[0].at_ms - points[0].at_ms % DAY_MS
    end_ms = points[-1].at_ms - points[-1].at_ms % DAY_MS + DAY_MS

    found = made(
        points, begin_ms, end_ms, resolution, local, cadence_ms=MINUTE_MS, counting=counting
    )

    spans = [Span(*each) for each in pairwise(bounds(begin_ms, end_ms, resolution, local))]
    assert sum(bar.spans for bar in found) == len(spans)
    for bar in found:
        said = energy_of_points(points, bar.energy.span, counting)
        assert bar.energy.amount == said.amount
        assert bar.energy.resets == said.resets
        assert bar.known == (
            said.covers is not None
            and said.covers.end_ms > said.span.begin_ms
            and said.covers.begin_ms < said.covers.end_ms
        )
    assert (
        sum(bar.energy.amount for bar in found)
        == energy_of_points(points, Span(begin_ms, end_ms), counting).amount
    )


def test_intervals_are_counted_once_where_minutes_and_periods_are_both_read() -> None:
    counting = Counting("interval", cadence_ms=5 * MINUTE_MS)
    points = [
        Point(at, 0, n, energy=100, interval_ms=5 * MINUTE_MS)
        for n, at in enumerate(range(5 * MINUTE_MS, DAY_MS + 1, 5 * MINUTE_MS))
    ]
    limits = bounds(0, DAY_MS, "PT1H", ZoneInfo("Asia/Kathmandu"))

    found = made(
        points,
        0,
        DAY_MS,
        "PT1H",
        ZoneInfo("Asia/Kathmandu"),
        cadence_ms=5 * MINUTE_MS,
        counting=counting,
        stream_ms=DAY_MS,
    )

    assert len(found) == len(limits) - 1
    assert sum(bar.energy.amount for bar in found) == 100 * len(points)


def test_a_correction_is_told() -> None:
    on_time = rows_made_of(steady(0, 2 * HOUR_MS, MINUTE_MS), PERIOD_MS)
    late = rows_made_of([Point(HOUR_MS + 90_000, 1_424_000, 61)], PERIOD_MS, corrected_ms=DAY_MS)

    found = bars(
        [each.row for each in (*on_time, *late)],
        [0, HOUR_MS, 2 * HOUR_MS],
        Counting(cadence_ms=MINUTE_MS),
    )

    assert [bar.corrected for bar in found] == [False, True]
