"""Rules are data, in versions, and wrong data is refused by its name."""

from dataclasses import fields, replace
from typing import Any

import pytest

from billing.curve.curve import segments
from billing.curve.errors import CurveError
from billing.curve.rules import NUMBERS, SEVERITIES, Rules, rules_at, rules_of
from contracts.billing import Letter
from contracts.masters import VeeRule
from tests.unit.billing.curve.registers import every_half_hour, installed


def said(rule: str, begin_ms: int = 0, end_ms: int | None = None, **parameters: Any) -> VeeRule:  # noqa: ANN401
    return VeeRule(rule, parameters, "review", begin_ms, end_ms)


def test_rules_are_those_in_force_and_else_those_that_are_there() -> None:
    versions = [
        said("zero", 0, 100, zero_ms=5),
        said("zero", 100, zero_ms=7),
        said("spike", 100, spike_w=3),
    ]

    assert rules_at(versions, -1) == rules_at([], 100) == Rules()
    assert rules_at(versions, 99) == replace(Rules(), zero_ms=5)
    assert rules_at(versions, 100) == replace(Rules(), zero_ms=7, spike_w=3)


def test_a_rule_says_how_severe_it_is() -> None:
    rules = rules_at([said("prolonged")], 0)
    assert rules.severities == {**SEVERITIES, "prolonged": "review"}


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (said("zeros"), "rule is 'zeros': give one of cadence, "),
        (said("zero", spike_w=3), "parameters of rule zero have spike_w: give zero_ms"),
        (said("jump", spike_w=3), "parameters of rule jump have spike_w: it has none"),
        (said("zero", zero_ms="1 h"), "rule zero_ms is '1 h': give a number of 0 or more"),
        (replace(said("zero"), severity="loud"), "severity of rule zero is 'loud': give one of"),
    ],
)
def test_what_masters_must_not_say_is_refused(version: VeeRule, message: str) -> None:
    with pytest.raises(CurveError, match=message):
        rules_at([version], 0)


def test_every_number_is_a_rules() -> None:
    of_rules = [name for names in NUMBERS.values() for name in names]
    assert sorted([*of_rules, "severities"]) == sorted(each.name for each in fields(Rules))
    assert set(NUMBERS) <= set(SEVERITIES)


def test_a_number_changes_what_is_a_gap() -> None:
    points = every_half_hour([0, None, 10])
    assert segments(points, [installed()])[0].letter.tolist() == [Letter.S]
    rules = rules_of({"gap_cadences": 2})
    assert segments(points, [installed()], rules=rules)[0].letter.tolist() == [Letter.A]


def test_a_severity_changes_alone() -> None:
    rules = rules_of({"severities": {"high": "hold"}})
    assert rules.severities["high"] == "hold"
    assert {**rules.severities, "high": SEVERITIES["high"]} == SEVERITIES
    _, findings = segments(every_half_hour([0, 50_000]), [installed()], rules=rules)
    assert [each.severity for each in findings] == ["hold"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"zero": 1}, "rule zero is unknown: give one of cadence_percent, "),
        ({"zero_ms": "1 h"}, "rule zero_ms is '1 h': give a number of 0 or more"),
        ({"zero_ms": -1}, "rule zero_ms is -1: give a number of 0 or more"),
        ({"zero_ms": True}, "rule zero_ms is True"),
        ({"level_limits": ["a"]}, r"rule level_limits is \['a'\]: give a list of numbers"),
        ({"severities": {"hi": "hold"}}, "rule severities is {'hi': 'hold'}: give levels of "),
    ],
)
def test_what_is_no_rule_is_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(CurveError, match=message):
        rules_of(parameters)
