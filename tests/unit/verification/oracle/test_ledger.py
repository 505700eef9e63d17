"""What is known of a meter, in cases worked out by hand."""

import pytest

from contracts.time import DAY_MS, MINUTE_MS
from tests.support.log import LATER, Sent, T, announcement, reading
from tests.unit.verification.oracle.conftest import Judge
from verification.rows import LiveGroupTotal, LiveValue

KIND = "electricity"
LIVE = (KIND, "gcpuy", "a")
MIDNIGHT = T // DAY_MS * DAY_MS + DAY_MS


def live(judge: Judge, *sent: Sent, until: int = LATER) -> LiveValue:
    """The value of meter "a"."""
    return judge(*sent, until=until).live[LIVE].value


@pytest.mark.parametrize(
    ("readings", "cadence_ms"), [(1, None), (2, 10_000), (3, 1_000), (5, 9_000)]
)
def test_a_cadence_is_the_smaller_of_the_last_two(
    judge: Judge, readings: int, cadence_ms: int | None
) -> None:
    times = [0, 10_000, 11_000, 20_000, 30_000]
    sent = [(T + at, reading(T + at, seq=n)) for n, at in enumerate(times)]
    value = live(judge, *sent[:readings])
    assert value.cadence_ms == cadence_ms
    hold_ms = max(3 * (1_800_000 if cadence_ms is None else cadence_ms), 30_000)
    assert value.holds_until_ms == value.last_ms + hold_ms


def test_a_marked_word_teaches_no_cadence(judge: Judge) -> None:
    sent = [(T, reading(T, seq=1)), (T + 7_000, reading(T + 7_000, seq=2, revision=1))]
    value = live(judge, *sent)
    assert (value.cadence_ms, value.last_ms, value.readings) == (None, T + 7_000, 1)


def test_an_announced_cadence_counts_before_a_learned_one(judge: Judge) -> None:
    sent = [(T + 1_000 * n, reading(T + 1_000 * n, seq=n)) for n in range(3)]
    announced = (T + 20_000, announcement(cadence_ms=60_000, feeder="f", region="GB-LND"))
    value = live(judge, *sent, announced)
    assert (value.cadence_ms, value.holds_until_ms) == (60_000, T + 182_000)
    assert (value.feeder, value.region, value.slice_end_ms) == ("f", "GB-LND", T + 25_000)


def test_a_meter_that_is_removed_is_live_nowhere(judge: Judge) -> None:
    expected = judge((T, reading(T)), (T + 20_000, announcement(removed=True)))
    assert not expected.live
    left = expected.live_groups["area", KIND, "gcpuy"]
    assert left == LiveGroupTotal(T + 25_000, 0, 0, 0, 0, 0)


def test_a_removed_meter_that_comes_again_knows_nothing(judge: Judge) -> None:
    expected = judge(
        (T, reading(T, register=7)),
        (T, reading(T, register=7)),
        (T + 20_000, announcement(removed=True)),
        (T + 90_000, reading(T, register=7)),
    )
    value = expected.live[LIVE].value
    assert (value.readings, value.repeats, value.late) == (1, 0, True)
    assert sorted(key[3] for key in expected.minutes) == [0, T + 60_000]
    assert expected.live_groups["area", KIND, "gcpuy"].reporting == 0


def test_demand_that_is_not_said_is_told_by_the_register(judge: Judge) -> None:
    sent = [
        (T, reading(T, seq=1, register=100, demand=None)),
        (T + 60_000, reading(T + 60_000, seq=2, register=101, demand=None)),
    ]
    assert live(judge, *sent).demand == 60


def test_an_interval_meters_register_tells_no_demand(judge: Judge) -> None:
    sent = [
        (T, announcement(kind="interval")),
        (T, reading(T, seq=1, register=100, demand=None)),
        (T + 60_000, reading(T + 60_000, seq=2, register=101, demand=None)),
    ]
    assert live(judge, *sent).demand is None


@pytest.mark.parametrize(("rise", "demand"), [(277_777.777, 999_999_997.2), (277_777.9, None)])
def test_a_demand_that_nobody_may_say_is_not_told(
    judge: Judge, rise: float, demand: float | None
) -> None:
    sent = [
        (T, reading(T, seq=1, register=0, demand=None)),
        (T + 1_000, reading(T + 6_000, seq=2, register=6 * rise, demand=None)),
    ]
    assert live(judge, *sent).demand == demand


def test_no_rise_of_a_register_is_too_steep_to_be_judged(judge: Judge) -> None:
    sent = [
        (T + 4_999, reading(T + 4_999, seq=1, register=0, demand=None)),
        (T + 5_000, reading(T + 5_000, seq=2, register=3_000_000_000, demand=None)),
    ]
    value = live(judge, *sent)
    assert (value.demand, value.energy_today) == (None, 3_000_000_000)


def test_a_late_difference_is_no_demand(judge: Judge) -> None:
    value = live(
        judge,
        (T, reading(T, seq=1, demand=500)),
        (T + 90_000, reading(T, seq=1, demand=3, energy=-7, revision=1)),
    )
    assert (value.demand, value.late, value.revisions) == (500, True, 1)


@pytest.mark.parametrize(
    ("late", "energy"),
    [
        (None, 10),
        ({"ts": MIDNIGHT, "seq": 3, "register": 104}, 6),
        ({"ts": MIDNIGHT + 1, "seq": 3, "register": 104}, 10),
        ({"ts": MIDNIGHT, "seq": 3, "register": 99}, 10),
        ({"ts": MIDNIGHT - 8_000, "seq": 0, "register": 104}, 10),
        ({"ts": MIDNIGHT, "seq": 3, "register": 104, "revision": 1}, 10),
    ],
    ids=str,
)
def test_a_late_point_before_midnight_moves_where_the_day_begins(
    judge: Judge, late: dict[str, int] | None, energy: int
) -> None:
    sent = [
        (MIDNIGHT - 7_000, reading(MIDNIGHT - 7_000, seq=1, register=100)),
        (MIDNIGHT + 8_000, reading(MIDNIGHT + 8_000, seq=4, register=110)),
    ]
    if late is not None:
        sent.append((MIDNIGHT + 30_000, reading(**late)))
    assert live(judge, *sent, until=MIDNIGHT + 100_000).energy_today == energy


def test_an_interval_meters_energy_is_of_the_day_of_its_last_reading(judge: Judge) -> None:
    sent = [(MIDNIGHT - 60_000, announcement(kind="interval"))]
    for n, at in enumerate((-10_000, 0, 10_000, 20_000)):
        ts = MIDNIGHT + at
        sent.append((ts, reading(ts, seq=n, energy=10 + n, demand=None)))
    sent.append((MIDNIGHT + 30_000, reading(MIDNIGHT + 10_000, seq=2, energy=-4, revision=1)))
    value = live(judge, *sent, until=MIDNIGHT + 100_000)
    # 12 and 13 Wh end after midnight; one of them is 4 Wh less.
    assert (value.energy_today, value.revisions) == (21, 1)


HALF_HOUR_MS = 30 * MINUTE_MS


def test_a_minute_of_a_half_hourly_meter_is_left_out(judge: Judge) -> None:
    sent = [
        (T, announcement(cadence_ms=HALF_HOUR_MS)),
        *((T + n * HALF_HOUR_MS, reading(T + n * HALF_HOUR_MS, seq=n)) for n in range(3)),
    ]
    expected = judge(*sent, until=T + 4 * HALF_HOUR_MS)
    assert not expected.minutes
    assert not expected.merged
    assert [key[2:] for key in sorted(expected.periods)] == [
        (T + n * HALF_HOUR_MS, 0) for n in range(3)
    ]
    assert len(expected.merged_periods) == 3


@pytest.mark.parametrize(("cadence_ms", "minutes"), [(HALF_HOUR_MS, 0), (HALF_HOUR_MS - 1, 1)])
def test_what_is_seldom_is_a_period(judge: Judge, cadence_ms: int, minutes: int) -> None:
    expected = judge(
        (T, announcement(cadence_ms=cadence_ms)), (T, reading(T)), until=T + 2 * HALF_HOUR_MS
    )
    assert (len(expected.minutes), len(expected.periods)) == (minutes, 1)


def test_two_minutes_of_a_period_are_kept(judge: Judge) -> None:
    expected = judge(
        (T, announcement(cadence_ms=HALF_HOUR_MS)),
        (T, reading(T, seq=1, register=1)),
        (T + 60_000, reading(T + 60_000, seq=3, register=2)),
        # In one window of arrival, of one minute: left out.
        (T + 200_000, reading(T + 30_000, seq=2, register=1.5)),
        until=T + 2 * HALF_HOUR_MS,
    )
    assert sorted(key[2:] for key in expected.minutes) == [(T, 0), (T + 60_000, 0)]
    on_time, correction = (row for _, row in sorted(expected.periods.items()))
    assert (on_time.readings, on_time.expected, on_time.last_register) == (2, 3, 2)
    assert (correction.readings, correction.expected) == (1, 1)
    # The minute that lacks its correction is not merged, its period is.
    assert sorted(key[2] for key in expected.merged) == [T + 60_000]
    (merged,) = expected.merged_periods.values()
    assert (merged.readings, merged.expected) == (3, 3)
