"""Rules are data, in versions, and wrong data is refused by its name."""

from typing import Any

import pytest

from billing.curve.curve import segments
from billing.curve.errors import CurveError
from billing.curve.rules import SEVERITIES, Rules, RulesVersion, in_force, rules_of
from contracts.billing import Letter
from tests.unit.billing.curve.registers import every_half_hour, installed


def test_the_version_that_is_in_force_is_the_one_that_began_last() -> None:
    old, new = rules_of({"zero_ms": 5}), rules_of({"zero_ms": 7})
    versions = [RulesVersion(100, None, new), RulesVersion(0, 100, Rules())]
    versions.append(RulesVersion(0, 200, old))
    assert in_force(versions, 100) is new
    assert in_force(versions, 99).zero_ms in (Rules().zero_ms, 5)
    with pytest.raises(CurveError, match="in force at -1"):
        in_force(versions, -1)


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
