"""Overload, each case with the values that it must have."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.time import MINUTE_MS
from jobs.rules.all import read
from jobs.rules.book import PATH, Rules, RulesError
from jobs.rules.overload import RULE, OverloadNumbers
from tests.unit.jobs.rules.minutes import (
    AREA,
    CAPACITY_W,
    FEEDER,
    QUIET,
    RULES,
    T0,
    at,
    drawing,
    steps,
    told,
    with_numbers,
)


def overloads(*percents: float) -> list[tuple[str, str, int]]:
    """What is told of a feeder that draws so much."""
    return steps(told(RULE, drawing(*percents)))


def test_five_minutes_in_a_row_open() -> None:
    (alert,) = told(RULE, drawing(84.9, 85, 90, 95, 88, 87))

    assert alert.id == f"overload:{FEEDER}:{at(6)}"
    assert (alert.version, alert.state, alert.severity) == (1, "opened", "warning")
    assert (alert.subject, alert.area, alert.rules) == (FEEDER, AREA, RULES.version)
    assert (alert.onset_ms, alert.opened_at_ms, alert.at_ms) == (at(1), at(6), at(6))
    assert alert.evidence.numbers == pytest.approx(
        {
            "utilisation": 0.87,
            "most_utilisation": 0.95,
            "mean_utilisation": 0.89,
            "minutes": 5,
            "demand_w": 87_000,
            "capacity_w": 100_000,
        }
    )
    assert alert.evidence.text == (
        "5 min at 85 % of its capacity or more since 16:16:00, 95 % at most; it draws 87.0 of "
        "100.0 kW by 50 of 50 homes."
    )


def test_four_minutes_and_one_below_do_not() -> None:
    assert overloads(90, 90, 90, 90, 84.9, 90, 90, 90, 90, 84.9) == []


def test_a_minute_that_is_not_said_was_calm() -> None:
    facts = drawing(*[90] * 9)
    del facts[4]

    assert told(RULE, facts) == []


@pytest.mark.parametrize(("demand_w", "opens"), [(16.149, False), (16.15, True), (-16.15, True)])
def test_what_is_85_percent_is_no_less(demand_w: float, opens: bool) -> None:
    facts = [replace(each, capacity_w=19, demand_w=demand_w) for each in drawing(*[0] * 5)]

    assert bool(told(RULE, facts)) == opens


def test_five_minutes_below_the_lower_share_close() -> None:
    alerts = told(RULE, drawing(*[90] * 5, 84, 80, 79.9, 79.9, 79.9, 79.9, 80, *[79.9] * 5))

    assert steps(alerts) == [("overload", "opened", 5), ("overload", "closed", 17)]
    closed = alerts[-1]
    assert (closed.version, closed.restored_at_ms, closed.closed_at_ms) == (2, at(12), at(17))
    assert closed.reason == "below"
    assert closed.evidence.numbers["minutes"] == 5
    assert closed.evidence.text == (
        "5 min at 85 % of its capacity or more since 16:15:00, 90 % at most; less since 16:27:00."
    )


def test_between_both_shares_nothing_opens_nor_closes() -> None:
    assert overloads(*[90] * 5, *[84, 81] * 10) == [("overload", "opened", 5)]


def test_severity_rises_with_the_worst_minute_and_does_not_fall() -> None:
    alerts = told(RULE, drawing(*[90] * 5, 99.9, 100, 90, 119.9, 120, 90, 90))

    assert [(each.severity, (each.at_ms - T0) // MINUTE_MS) for each in alerts] == [
        ("warning", 5),
        ("major", 7),
        ("critical", 10),
    ]


@pytest.mark.parametrize(
    ("worst", "severity"), [(99, "warning"), (100, "major"), (120, "critical")]
)
def test_one_that_opens_is_as_bad_as_its_worst_minute(worst: float, severity: str) -> None:
    (alert,) = told(RULE, drawing(worst, 90, 90, 90, 90))

    assert alert.severity == severity


def test_half_an_hour_at_its_capacity_is_critical() -> None:
    alerts = told(RULE, drawing(*[90] * 5, *[100] * 31))

    assert [(each.severity, (each.at_ms - T0) // MINUTE_MS) for each in alerts] == [
        ("warning", 5),
        ("major", 6),
        ("critical", 35),
    ]


def test_what_was_critical_is_so_when_it_is_told_of_again() -> None:
    # Half an hour at its capacity, which is over when the hour turns.
    alerts = told(RULE, drawing(*[90] * 5, *[100] * 30, *[90] * 20))

    assert [(each.severity, (each.at_ms - T0) // MINUTE_MS) for each in alerts] == [
        ("warning", 5),
        ("major", 6),
        ("critical", 35),
        ("critical", 45),
    ]


def test_that_it_is_worse_waits_for_nothing() -> None:
    seldom = RULES.updates.model_copy(update={"apart_ms": 40 * MINUTE_MS})
    rules = Rules(RULES.version, seldom, RULES.numbers)

    alerts = told(RULE, drawing(*[90] * 5, *[100] * 31, *[90] * 20), rules)

    assert [(each.severity, (each.at_ms - T0) // MINUTE_MS) for each in alerts] == [
        ("warning", 5),
        ("major", 6),
        ("critical", 35),
    ]


def test_what_is_fed_in_loads_as_what_is_drawn() -> None:
    (alert,) = told(RULE, drawing(*[-90] * 5))

    assert alert.evidence.text.endswith("it feeds in 90.0 of 100.0 kW by 50 of 50 homes.")


def test_a_feeder_without_a_capacity_is_not_told_of() -> None:
    facts = [replace(each, capacity_w=None) for each in drawing(*[500] * 9)]

    assert told(RULE, facts) == []


def test_one_that_is_no_longer_heard_closes_and_says_so() -> None:
    facts = drawing(*[90] * 5, *[0] * 5)
    gone = [*facts[:5], *(replace(each, homes=24.0) for each in facts[5:])]
    supplied = [*facts[:5], *(replace(each, homes=0.0, by_supply=True) for each in facts[5:])]

    assert told(RULE, gone)[-1].reason == "not_heard"
    assert told(RULE, supplied)[-1].reason == "below"


def test_a_new_overload_is_another_alert() -> None:
    alerts = told(RULE, drawing(*[90] * 5, *[0] * 5, *[95] * 5))

    assert steps(alerts) == [
        ("overload", "opened", 5),
        ("overload", "closed", 10),
        ("overload", "opened", 15),
    ]
    assert alerts[0].id != alerts[2].id
    assert alerts[2].version == 1
    assert alerts[2].evidence.numbers["most_utilisation"] == 0.95


def test_it_is_told_of_again_when_the_hour_turns() -> None:
    # It is 16:15 when they begin.
    assert overloads(*[90] * 46) == [("overload", "opened", 5), ("overload", "updated", 45)]


def test_a_fact_said_again_changes_nothing() -> None:
    facts = drawing(*[90] * 7, *[0] * 9)
    again = [*facts[:5], *facts[2:6], *facts]

    assert told(RULE, again) == told(RULE, facts)


def test_at_once_if_the_rules_say_so() -> None:
    rules = with_numbers(OverloadNumbers, open_after_ms=0)

    assert steps(told(RULE, drawing(84.9, 85), rules)) == [("overload", "opened", 2)]


def _plainly(percents: Sequence[float]) -> list[tuple[str, int]]:
    """When alerts open and close, looking back from each minute."""
    found, is_open = [], False
    for number in range(1, len(percents) + 1):
        last = percents[max(0, number - 5) : number]
        if not is_open and len(last) == 5 and min(last) >= 85:
            found.append(("opened", number))
            is_open = True
        elif is_open and len(last) == 5 and max(last) < 80:
            found.append(("closed", number))
            is_open = False
    return found


LOADS = st.lists(
    st.tuples(st.sampled_from([20, 79, 80, 84, 85, 90, 101, 130]), st.integers(1, 8)), max_size=20
).map(lambda spells: [percent for percent, length in spells for _ in range(length)])


@given(LOADS)
def test_alerts_open_and_close_as_the_minutes_before_say(percents: list[float]) -> None:
    alerts = told(RULE, drawing(*percents))

    assert [
        (each.state, (each.at_ms - T0) // MINUTE_MS) for each in alerts if each.state != "updated"
    ] == _plainly(percents)


@given(LOADS)
def test_mean_and_most_are_of_the_minutes_that_count(percents: list[float]) -> None:
    onset, closed = 0, False
    for alert in told(RULE, drawing(*percents)):
        number = (alert.at_ms - T0) // MINUTE_MS
        if alert.state == "opened":
            onset, closed = number - 5, False
        assert not closed
        counted = [each for each in percents[onset:number] if each >= 85]
        numbers = alert.evidence.numbers
        assert numbers["minutes"] == len(counted)
        assert numbers["most_utilisation"] == pytest.approx(max(counted) / 100)
        assert numbers["mean_utilisation"] == pytest.approx(sum(counted) / len(counted) / 100)
        closed = alert.state == "closed"


ROWS = [
    ("chi1:12", 1.05, ["opened"]),
    ("chi1:10", 0.85, ["opened"]),
    ("ber1:15", 0.54, []),
    ("ber1:20", 0.67, []),
    ("hnk2:11", 1.11, ["opened"]),
    ("chi1:12", 1.01, []),
    ("chi1:10", 0.75, ["closed"]),
    ("hnk2:11", 1.10, []),
]
"""Panels of data centres, each a feeder, and what their readings make when none has to last."""


def test_panels_that_are_told_of_at_once() -> None:
    rules = with_numbers(OverloadNumbers, open_after_ms=0, close_after_ms=MINUTE_MS)
    states = {name: RULE.kept() for name, _, _ in ROWS}

    for number, (name, utilisation, expected) in enumerate(ROWS, 1):
        fact = replace(QUIET, subject=name, at_ms=at(number), demand_w=utilisation * CAPACITY_W)
        states[name], alerts = RULE.step(states[name], fact, rules)
        assert [each.state for each in alerts] == expected
        assert {each.severity for each in alerts if each.state == "opened"} <= (
            {"warning"} if utilisation < 1 else {"major"}
        )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("close_percent = 80", "close_percent = 86", "close_percent is 86, open_percent is 85"),
        ("close_percent = 80", "close_percent = 74", "close_percent is 74: .* equal to 75"),
        ("close_after_ms = 300_000", "close_after_ms = 360_000", "close_after_ms is 360000: "),
    ],
)
def test_numbers_that_facts_cannot_tell_are_refused(
    before: str, after: str, said: str, tmp_path: Path
) -> None:
    text = PATH.read_text()
    assert before in text
    path = tmp_path / "rules.toml"
    path.write_text(text.replace(before, after, 1))

    with pytest.raises(RulesError, match=said):
        read(path)
