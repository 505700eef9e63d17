"""Rules are data, in versions, and wrong data is refused by its name."""

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from billing.curve.curve import segments
from billing.curve.errors import CurveError
from billing.curve.rules import LONGEST_MS, NUMBERS, SEVERITIES, Rules, rules_at
from contracts.billing import Letter
from contracts.masters import VeeRule
from contracts.time import DAY_MS
from tests.unit.billing.curve.registers import every_half_hour, installed

LEVEL = "two numbers from 0 to 1000, the lower one first"
TIME = f"a whole number of milliseconds from 0 to {LONGEST_MS}"
WHOLE = "a whole number from 0 on, below 2^63"


def said(
    rule: str,
    begin_ms: int = 0,
    end_ms: int | None = None,
    severity: str = "review",
    **parameters: Any,  # noqa: ANN401
) -> VeeRule:
    return VeeRule(rule, parameters, severity, begin_ms, end_ms)


def missing(**parameters: Any) -> VeeRule:  # noqa: ANN401
    return said("missing", severity="note", **parameters)


def test_rules_are_those_in_force_and_else_those_that_are_there() -> None:
    versions = [
        said("reset", 0, 100, "note", reset_late_ms=5),
        said("reset", 100, severity="note", reset_late_ms=7),
        said("prolonged", 100, severity="hold", prolonged_ms=3),
    ]

    assert rules_at(versions, -1) == rules_at([], 100) == Rules()
    assert rules_at(versions, 99) == replace(Rules(), reset_late_ms=5)
    assert rules_at(versions, 100) == replace(Rules(), reset_late_ms=7, prolonged_ms=3)


def test_a_rule_says_how_severe_it_is() -> None:
    rules = rules_at([said("prolonged")], 0)
    assert rules.severities == {**SEVERITIES, "prolonged": "review"}


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (said("zeros"), "rule is 'zeros', by which runs find nothing: give one of counter_decrea"),
        *(
            (said(rule, severity="hold"), f"rule is '{rule}', by which runs find nothing: give on")
            for rule in sorted(set(SEVERITIES) - set(NUMBERS))
        ),
        (said("reset", spike_w=3), "parameters of rule reset have spike_w: give reset_late_ms"),
        (said("jump", spike_w=3), "parameters of rule jump have spike_w: it has none"),
        (replace(said("jump"), severity="loud"), "severity of rule jump is 'loud': give one of no"),
        (said("missing", severity="hold"), "severity of rule missing is 'hold': give note"),
    ],
)
def test_what_masters_must_not_say_is_refused(version: VeeRule, message: str) -> None:
    with pytest.raises(CurveError) as told:
        rules_at([version], 0)
    assert message in str(told.value)


@pytest.mark.parametrize(
    ("name", "texts", "give"),
    [
        ("prolonged_ms", ["-1", "true", '"35 d"', "null", "3.5", "[1]", "1e3"], TIME),
        ("history_ms", [str(LONGEST_MS + 1), str(2**62), str(2**64)], TIME),
        ("return_readings", ["48.5", "-1", "false", str(2**63)], WHOLE),
        ("unknown_max_w", ["0.5", "1e400", str(2**63)], WHOLE),
        (
            "sentinels",
            [f"[{2**63}]", "[-1]", "[1.5]", "[true]", "7", '"7"', '{"7": 7}'],
            f"a list of whole numbers{WHOLE.removeprefix('a whole number')}",
        ),
        ("gap_cadences", ["0.9", "0", "1001", "NaN", "Infinity", "true", '"2"'], "a number from 1"),
        ("level_weight", ["1.1", "-0.1", "NaN", "[1]"], "a number from 0 to 1"),
        (
            "level_limits",
            [
                "[0.2]",
                "[]",
                "[0.2, 1, 3]",
                "[3, 0.2]",
                "[-1, 3]",
                "[0, 1e9]",
                "[NaN, 1]",
                '["a",1]',
            ],
            LEVEL,
        ),
    ],
)
def test_what_is_no_such_number_is_refused_with_what_may_be_given(
    name: str, texts: list[str], give: str
) -> None:
    (rule,) = [rule for rule, names in NUMBERS.items() if name in names]
    for text in texts:
        value = json.loads(text)
        with pytest.raises(CurveError) as told:
            rules_at([said(rule, severity="note", **{name: value})], 0)
        assert f"{name} of rule {rule} is {value!r}: give {give}" in str(told.value)


@pytest.mark.parametrize(
    "values",
    [
        {"gap_cadences": 1, "history_ms": 0, "least_history_ms": 0, "straight_ms": 0},
        {"gap_cadences": 1000, "level_weight": 1, "level_limits": [0, 1000], "level_ms": 0},
        {"history_ms": LONGEST_MS, "least_history_ms": LONGEST_MS, "level_ms": LONGEST_MS},
        {"level_weight": 0, "level_limits": [2, 2]},
    ],
)
def test_a_number_is_of_its_kind(values: dict[str, Any]) -> None:
    rules = rules_at([missing(**values)], 0)

    for name, value in values.items():
        found = getattr(rules, name)
        assert found == (tuple(value) if isinstance(value, list) else value)
        # The same number is the same text, of which a run keeps the digest.
        assert repr(found).count(".") == repr(getattr(Rules(), name)).count(".")


def test_every_number_that_masters_may_set_is_one() -> None:
    of_rules = [name for names in NUMBERS.values() for name in names]
    assert len(of_rules) == len(set(of_rules))
    assert set(of_rules) < {each.name for each in fields(Rules)}
    assert set(NUMBERS) <= set(SEVERITIES)


def test_a_number_changes_what_is_a_gap() -> None:
    points = every_half_hour([0, None, 10])
    assert segments(points, [installed()])[0].letter.tolist() == [Letter.S]
    rules = rules_at([missing(gap_cadences=2)], 0)
    assert segments(points, [installed()], rules=rules)[0].letter.tolist() == [Letter.A]


def test_a_severity_changes_alone() -> None:
    rules = rules_at([said("high", severity="hold")], DAY_MS)
    assert rules.severities["high"] == "hold"
    assert {**rules.severities, "high": SEVERITIES["high"]} == SEVERITIES
    _, findings = segments(every_half_hour([0, 50_000]), [installed()], rules=rules)
    assert [each.severity for each in findings] == ["hold"]
