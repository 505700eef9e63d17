"""Homes that use nothing, each case with the values that it must have."""

from collections.abc import Iterator, Sequence

import pytest

from contracts.alerts import Alert
from contracts.facts import IDLE_HOURS, MeterHour
from contracts.time import HOUR_MS
from jobs.rules import book
from jobs.rules.all import RULES as ALL
from jobs.rules.zero_use import RULE, Use, step
from tests.unit.jobs.rules.hours import METER, RULES, T0, hour, steps, told


def without_base_load(*counted: float, after: Sequence[MeterHour] = ()) -> list[MeterHour]:
    """Hours of a home that counted so many Wh each, from the third without use on."""
    return [*_hours(counted), *after]


def _hours(counted: Sequence[float]) -> Iterator[MeterHour]:
    zeros = 2
    for number, wh in enumerate(counted, 1):
        zeros = 0 if wh else min(zeros + 1, 27)
        yield hour(number, wh, None, zero_hours=zeros, idle_hours=number)


def test_a_day_without_use_is_told_of_until_there_is_a_base_load() -> None:
    hours = without_base_load(*[0.0] * 30, *[120.0] * 4, 0.0, *[100.5] * 3)
    over = hour(39, 80.0, None, idle_hours=0)
    alerts = told(RULE, [*hours, over])

    assert steps(alerts) == [("opened", 22, None), ("closed", 39, "used")]
    first, last = alerts
    assert first.id == f"zero_use:{METER}:{T0 + 22 * HOUR_MS}"
    assert (first.severity, first.onset_ms) == ("notice", T0 - 2 * HOUR_MS)
    assert first.evidence.rule == "nothing"
    assert first.evidence.numbers == {"hours": 24.0, "used_wh": 0.0}
    assert first.evidence.text == (
        "Since 2013-12-23 13:00 nothing was used. In the 56 days before there was a base load: "
        "never were three hours of 24 without use."
    )
    assert last.restored_at_ms == T0 + 35 * HOUR_MS
    assert last.evidence.numbers == {"hours": 41.0, "used_wh": 861.5}
    assert last.evidence.text == (
        "There is a base load again. From 2013-12-23 13:00 to 2013-12-25 02:00 862 Wh were used."
    )


def test_what_is_used_now_and_then_is_no_end_and_told_once_a_day() -> None:
    counted = [0.0] * 30 + [40.0] + [0.0] * 41

    alerts = told(RULE, without_base_load(*counted))

    assert steps(alerts) == [("opened", 22, None), ("updated", 46, None), ("updated", 70, None)]
    assert alerts[2].evidence.numbers == {"hours": 72.0, "used_wh": 40.0}
    assert alerts[2].evidence.text.startswith("Since 2013-12-23 13:00 40 Wh were used.")


def test_less_than_a_day_is_nothing() -> None:
    counted = [0.0] * 21 + [1.0] + [0.0] * 23
    assert told(RULE, without_base_load(*counted)) == []


def test_a_home_that_was_without_a_base_load_before_is_nothing() -> None:
    assert told(RULE, [hour(number, 0.0, None, zero_hours=27) for number in range(1, 40)]) == []


def test_demands_that_say_use_are_a_matter_of_the_register() -> None:
    hours = without_base_load(*[0.0] * 40)
    drawn = [replace_demand(each, 250.0) for each in hours]

    assert told(RULE, drawn) == []
    assert steps(told(RULE, [replace_demand(each, 0.0) for each in hours]))[0][:2] == ("opened", 22)


def replace_demand(each: MeterHour, by_demand: float) -> MeterHour:
    number = (each.at_ms - T0) // HOUR_MS
    return hour(
        number, each.energy, by_demand, zero_hours=each.zero_hours, idle_hours=each.idle_hours
    )


def test_a_home_that_uses_nothing_for_a_month_does_so_as_a_rule() -> None:
    alerts = told(RULE, without_base_load(*[0.0] * IDLE_HOURS))

    assert steps(alerts)[-1] == ("closed", 720, "as_a_rule")
    assert len(alerts) == 31
    assert alerts[-1].restored_at_ms is None
    assert alerts[-1].evidence.text == (
        "This is how the home is: in the 30 days since 2013-12-23 13:00 nothing was used."
    )


@pytest.mark.parametrize("given_up", [23, 100])
def test_it_may_be_given_up_before(given_up: int) -> None:
    numbers = {kind: RULES.of(kind) for rule in ALL for kind in rule.numbers}
    (block,) = RULE.numbers
    numbers[block] = numbers[block].model_copy(update={"given_up_hours": given_up})
    rules = book.Rules(RULES.version, RULES.updates, numbers)
    state = Use()
    alerts: list[Alert] = []
    for each in without_base_load(*[0.0] * 300):
        state, said = step(state, each, rules)
        alerts += said

    assert steps(alerts)[-1] == ("closed", given_up, "as_a_rule")
    assert len({each.id for each in alerts}) == 1


def test_a_meter_that_begins_anew_is_not_waited_for() -> None:
    lags = hour(1_000, 10.0, 900.0)
    alerts = told(RULE, without_base_load(*[0.0] * 30, after=[lags]))

    assert steps(alerts)[-1] == ("closed", 1_000, "gone")
    assert "another one by the registry" in alerts[-1].evidence.text


def test_a_repeat_changes_nothing() -> None:
    first, second = without_base_load(0.0, 0.0)
    state, _ = step(Use(), second, RULES)
    for each in (second, first):
        assert step(state, each, RULES) == (state, [])
