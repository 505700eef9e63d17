"""Registers that stand still, each case with the values that it must have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.facts import MeterHour
from contracts.time import HOUR_MS, MINUTE_MS
from jobs.rules.stuck_register import RULE, Register, step
from tests.unit.jobs.rules.hours import METER, RULES, T0, hour, steps, told


def test_a_register_that_stands_still_for_two_hours_is_told_of() -> None:
    first, last = told(
        RULE, [hour(1, 500.0), hour(2, 10.0), hour(3, 0.0), hour(4, 800.0), hour(5, 900.0)]
    )

    assert (first.id, first.version) == (f"stuck_register:{METER}:{T0 + 3 * HOUR_MS}", 1)
    assert (first.state, first.severity, first.area) == ("opened", "major", "gcpuy")
    # Half of the first hour was counted.
    assert first.onset_ms == T0 + 30 * MINUTE_MS
    assert first.evidence.rule == "stuck"
    assert first.evidence.text == (
        "The register stands still since 2013-12-23 15:30: it gained 510 Wh, "
        "and demands say 3,000 Wh."
    )
    assert first.evidence.numbers == {
        "gained_wh": 510.0,
        "said_wh": 3_000.0,
        "hour_gained_wh": 0.0,
        "hour_said_wh": 1_000.0,
        "readings": 60.0,
        "expected": 60.0,
    }
    assert first.rules == RULES.version
    assert (last.id, last.version, last.state) == (first.id, 2, "closed")
    assert (last.onset_ms, last.closed_at_ms) == (first.onset_ms, T0 + 5 * HOUR_MS)
    assert (last.restored_at_ms, last.reason) == (T0 + 3 * HOUR_MS, "counts")
    assert last.evidence.text == (
        "The register counts again, and had stood still since 2013-12-23 15:30: "
        "2.5 kWh that demands say are not counted."
    )


@pytest.mark.parametrize(
    "between",
    [
        hour(2, 200.0),  # a fifth is not below a fifth
        hour(2, 500.0),
        hour(2, 800.0),
    ],
    ids=["a fifth", "a half", "four fifths"],
)
def test_an_hour_that_counts_something_begins_anew(between: MeterHour) -> None:
    assert told(RULE, [hour(1, 0.0), between, hour(3, 0.0)]) == []


@pytest.mark.parametrize(
    "between",
    [
        hour(2, 900.0, readings=53),
        hour(2, 0.0, readings=53),
        hour(2, 0.0, 199.999),
        hour(2, 900.0, None),
    ],
    ids=["few readings, counted", "few readings", "little use", "no demand"],
)
def test_an_hour_that_cannot_be_judged_is_passed_over(between: MeterHour) -> None:
    assert told(RULE, [hour(1, 0.0), between]) == []
    (alert,) = told(RULE, [hour(1, 0.0), between, hour(3, 0.0, 200.0, readings=54)])
    assert (alert.at_ms, alert.onset_ms) == (T0 + 3 * HOUR_MS, T0)
    assert alert.evidence.numbers["said_wh"] == 1_200.0


def test_it_is_closed_by_two_hours_running() -> None:
    counted = [0.0, 0.0, 900.0, 799.0, 900.0, 900.0]
    alerts = told(RULE, [hour(number, wh) for number, wh in enumerate(counted, 1)])

    assert steps(alerts) == [("opened", 2, None), ("closed", 6, "counts")]
    assert alerts[1].restored_at_ms == T0 + 4 * HOUR_MS


def test_it_is_told_again_once_a_day_and_may_come_again() -> None:
    hours = [hour(number, 0.0) for number in range(1, 60)]
    hours += [hour(60, 1_000.0), hour(61, 1_000.0), hour(62, 0.0), hour(63, 0.0)]
    alerts = told(RULE, hours)

    assert steps(alerts) == [
        ("opened", 2, None),
        ("updated", 26, None),
        ("updated", 50, None),
        ("closed", 61, "counts"),
        ("opened", 63, None),
    ]
    assert [each.version for each in alerts] == [1, 2, 3, 4, 1]
    assert alerts[3].evidence.numbers["said_wh"] == 59_000.0
    assert alerts[4].id != alerts[0].id


def test_more_than_there_was_may_be_taken_away() -> None:
    (alert,) = told(RULE, [hour(1, -5.0), hour(2, 0.0)])
    assert alert.onset_ms == T0


@given(st.lists(st.sampled_from([0.0, 199.0, 200.0, 799.0, 800.0, 1_000.0]), max_size=30))
def test_it_is_open_as_the_hours_say(counted: list[float]) -> None:
    state, is_open = Register(), False
    for number, wh in enumerate(counted, 1):
        state, alerts = step(state, hour(number, wh), RULES)
        # By the last two hours alone.
        last = counted[max(0, number - 2) : number]
        before = is_open
        if len(last) == 2 and max(last) < 200:
            is_open = True
        elif len(last) == 2 and min(last) >= 800:
            is_open = False
        states = {(False, True): "opened", (True, False): "closed"}
        expected = states.get((before, is_open))
        assert [each.state for each in alerts if each.state != "updated"] == [expected] * bool(
            expected
        )


def test_a_repeat_changes_nothing() -> None:
    state, _ = step(Register(), hour(5, 0.0), RULES)
    for number in (5, 4):
        assert step(state, hour(number, 0.0), RULES) == (state, [])
