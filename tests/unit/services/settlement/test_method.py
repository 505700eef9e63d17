"""How a run was computed, as it is kept and read again."""

from dataclasses import replace

import pytest

from billing.curve.rules import Rules
from billing.settlement.errors import RunError
from services.settlement.method import differences, method_of, method_of_now


@pytest.mark.parametrize("estimate", [True, False])
def test_what_is_kept_is_read_again(estimate: bool) -> None:
    method = method_of_now(period_ms=900_000, estimate=estimate)

    assert method_of(method.text) == method
    assert differences(method, method_of_now()) == []


def test_what_is_another_now_is_named() -> None:
    now = method_of_now()

    assert differences(replace(now, tzdata="2013.4"), now) == [
        f"tzdata was 2013.4 and is {now.tzdata}"
    ]


def test_other_rules_are_another_method() -> None:
    then, now = method_of_now(), method_of_now(rules=replace(Rules(), zero_ms=1))

    assert method_of_now(rules=Rules()) == then
    assert differences(then, now) == [f"vee was {then.vee} and is {now.vee}"]


@pytest.mark.parametrize("text", ["", "code=1", "code=1 tzdata=2 vee=3 period_ms=x estimate=yes"])
def test_what_no_run_keeps_is_refused(text: str) -> None:
    with pytest.raises(RunError, match="rules is"):
        method_of(text)
