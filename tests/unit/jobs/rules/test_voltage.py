"""Voltages of feeders, each case with the values that it must have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.alerts import Alert
from contracts.facts import FeederMinute
from contracts.time import MINUTE_MS
from jobs.rules.voltage import RULE, VoltageNumbers
from tests.unit.jobs.rules.minutes import (
    AREA,
    FEEDER,
    QUIET,
    T0,
    at,
    minutes,
    steps,
    told,
    with_numbers,
)


def low(outside: float, nearly: float | None = None, known: float = 50.0) -> FeederMinute:
    """A minute in which so many are below the bound."""
    more = outside if nearly is None else nearly
    return replace(QUIET, voltages=known, low=outside, lowered=more)


def told_low(*outside: float) -> list[Alert]:
    """What is told of minutes in which so many of 50 are below."""
    return told(RULE, minutes(outside, low))


def test_half_of_the_homes_in_a_minute_open() -> None:
    (alert,) = told_low(24.999, 25)

    assert alert.id == f"voltage_low:{FEEDER}:{at(2)}"
    assert (alert.version, alert.state, alert.kind) == (1, "opened", "voltage_low")
    assert (alert.severity, alert.subject, alert.area) == ("warning", FEEDER, AREA)
    assert (alert.onset_ms, alert.at_ms) == (at(1), at(2))
    assert alert.evidence.numbers == {
        "outside_homes": 25.0,
        "most_outside_homes": 25.0,
        "nearly_outside_homes": 25.0,
        "known_homes": 50.0,
    }
    assert alert.evidence.text == (
        "Up to 25 homes were below 207 V since 16:16:00; 25 of 50 that say it are."
    )


@pytest.mark.parametrize(
    ("outside", "known", "opens"),
    [(3, 6, True), (3, 6.1, False), (2.999, 3, False), (3, 3, True), (0, 0, False)],
)
def test_three_homes_and_half_of_those_that_say_it(
    outside: float, known: float, opens: bool
) -> None:
    alerts = told(RULE, minutes([0], lambda _: low(outside, known=known)))

    assert bool(alerts) == opens


def test_it_closes_when_fewer_than_a_tenth_are_nearly_outside() -> None:
    facts = minutes(range(5), lambda _: low(40))
    facts += [
        replace(low(0, nearly), at_ms=at(number))
        for number, nearly in enumerate([50.0, 5.0, 4.999], 6)
    ]

    alerts = told(RULE, facts)

    assert steps(alerts)[0] == ("voltage_low", "opened", 1)
    assert steps(alerts)[-1] == ("voltage_low", "closed", 8)
    closed = alerts[-1]
    assert (closed.restored_at_ms, closed.closed_at_ms, closed.reason) == (at(7), at(8), "within")
    assert closed.evidence.numbers["most_outside_homes"] == 40
    assert closed.evidence.text == (
        "Up to 40 homes were below 207 V since 16:15:00; hardly any is below 209.3 V since "
        "16:22:00."
    )


@pytest.mark.parametrize(("nearly", "closes"), [(2.299, True), (2.3, False)])
def test_a_tenth_is_not_fewer(nearly: float, closes: bool) -> None:
    facts = minutes([20.0, 0.0], lambda outside: low(outside, outside or nearly, known=23.0))

    assert (told(RULE, facts)[-1].state == "closed") == closes


def test_the_most_are_of_all_minutes_since_the_onset() -> None:
    rules = with_numbers(VoltageNumbers, open_after_ms=3 * MINUTE_MS)

    (alert,) = told(RULE, minutes([50, 0, 30, 40, 30], low), rules)

    assert (alert.onset_ms, alert.opened_at_ms) == (at(2), at(5))
    assert alert.evidence.numbers["most_outside_homes"] == 40
    assert alert.evidence.text.startswith(
        "Up to 40 homes were below 207 V since 16:17:00; 30 of 50"
    )


def test_what_comes_and_goes_between_the_bounds_is_one_alert() -> None:
    facts = minutes([40, 20, 30, 10, 40, 6] * 5, low)

    assert [each.state for each in told(RULE, facts) if each.state != "updated"] == ["opened"]


def test_both_bounds_are_told_by_themselves() -> None:
    both = replace(low(30), high=20.0, raised=20.0)
    above = replace(QUIET, high=40.0, raised=40.0)
    facts = [replace(both, at_ms=at(1)), replace(above, at_ms=at(2))]

    alerts = told(RULE, facts)

    assert [(each.kind, each.state, each.severity) for each in alerts] == [
        ("voltage_low", "opened", "warning"),
        ("voltage_low", "closed", "warning"),
        ("voltage_high", "opened", "major"),
    ]
    assert alerts[2].evidence.text == (
        "Up to 40 homes were above 253 V since 16:16:00; 40 of 50 that say it are."
    )


def test_one_of_which_nothing_is_heard_closes_and_says_so() -> None:
    facts = [replace(low(30), at_ms=at(1)), replace(low(0, known=0.0), at_ms=at(2))]

    alerts = told(RULE, facts)

    assert [each.state for each in alerts] == ["opened", "closed"]
    assert alerts[1].reason == "not_heard"
    assert alerts[1].evidence.text.endswith("; nothing is heard of any.")


def test_a_fact_said_again_changes_nothing() -> None:
    facts = minutes([0, 30, 35, 0, 0, 40], low)

    assert told(RULE, [*facts[:3], *facts[1:4], *facts]) == told(RULE, facts)


@given(st.lists(st.sampled_from([0.0, 2.0, 4.0, 5.0, 24.0, 25.0, 50.0]), max_size=60))
def test_alerts_open_and_close_as_the_minute_says(outside: list[float]) -> None:
    expected, is_open = [], False
    for number, homes in enumerate(outside, 1):
        if homes >= 25 and not is_open:
            expected.append(("opened", number))
            is_open = True
        elif homes < 5 and is_open:
            expected.append(("closed", number))
            is_open = False

    alerts = told(RULE, minutes(outside, low))

    assert [
        (each.state, (each.at_ms - T0) // MINUTE_MS) for each in alerts if each.state != "updated"
    ] == expected
