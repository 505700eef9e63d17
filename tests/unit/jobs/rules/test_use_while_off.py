"""Meters that count where nothing is connected, each case with the values that it must have."""

from collections.abc import Sequence

from contracts.facts import MeterHour
from contracts.time import HOUR_MS
from jobs.rules.use_while_off import RULE, Use, step
from tests.unit.jobs.rules.hours import METER, RULES, T0, hour, steps, told


def off(counted: Sequence[float]) -> list[MeterHour]:
    return [hour(number, wh, None, off_ms=-5_000) for number, wh in enumerate(counted, 1)]


def test_use_is_told_of_until_two_hours_are_quiet() -> None:
    alerts = told(RULE, off([50.0, 50.001, 700.0, 50.0, 600.0, 0.0, 20.0, 0.0]))

    assert steps(alerts) == [("opened", 2, None), ("closed", 7, "quiet")]
    first, last = alerts
    assert first.id == f"use_while_off:{METER}:{T0 + 2 * HOUR_MS}"
    assert (first.severity, first.onset_ms) == ("major", T0 + HOUR_MS)
    assert (first.evidence.rule, first.evidence.numbers) == (
        "used",
        {"used_wh": 50.001, "hour_wh": 50.001},
    )
    assert first.evidence.text == (
        "The premises are not connected by the registry since 2013-12-23 14:59, "
        "and 50 Wh were counted since 2013-12-23 16:00."
    )
    assert (last.restored_at_ms, last.evidence.numbers) == (
        T0 + 5 * HOUR_MS,
        {"used_wh": 1_350.001, "hour_wh": 20.0},
    )
    assert last.evidence.text == (
        "Nothing is counted any more; 1,350 Wh were counted since 2013-12-23 16:00."
    )


def test_it_is_over_when_the_premises_are_connected() -> None:
    alerts = told(RULE, [*off([500.0, 500.0]), hour(3, 500.0)])

    assert steps(alerts) == [("opened", 1, None), ("closed", 3, "connected")]
    assert alerts[1].evidence.text == (
        "The premises are connected; before, 1,000 Wh were counted since 2013-12-23 15:00."
    )


def test_what_is_connected_may_count() -> None:
    assert told(RULE, [hour(number, 900.0) for number in range(1, 9)]) == []


def test_it_is_told_again_once_a_day() -> None:
    alerts = told(RULE, off([100.0] * 50))
    assert steps(alerts) == [("opened", 1, None), ("updated", 25, None), ("updated", 49, None)]


def test_a_repeat_changes_nothing() -> None:
    (first, second) = off([100.0, 100.0])
    state, _ = step(Use(), second, RULES)
    for each in (second, first):
        assert step(state, each, RULES) == (state, [])
