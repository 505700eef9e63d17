"""When an alert that is open is told of again, case by case."""

import pytest
from msgspec.structs import replace

from contracts.alerts import Cause, Severity
from contracts.time import HOUR_MS
from jobs.rules.all import read
from jobs.rules.versions import Told, is_due

UPDATES = read().updates
T = 1_387_815_300_000
"""2013-12-23 16:15:00 UTC."""


def a_version(
    after_ms: int = 0,
    *,
    rule: str = "partial",
    severity: Severity = "major",
    cause: Cause = "unknown",
    homes: int = 20,
    out: int = 10,
) -> Told:
    return Told(3, T + after_ms, rule, severity, cause, homes, out)


@pytest.mark.parametrize(
    "news",
    [
        a_version(cause="power"),
        a_version(severity="critical"),
        a_version(rule="full"),
        # Worse as well as better: what it is has changed.
        a_version(cause="communication", severity="warning"),
    ],
)
def test_what_it_is_and_that_it_is_worse_is_told_at_once(news: Told) -> None:
    assert is_due(a_version(), replace(news, at_ms=T + 1), UPDATES)


def test_another_cause_is_told_at_once() -> None:
    assert is_due(a_version(cause="mixed"), a_version(5_000, cause="power"), UPDATES)


@pytest.mark.parametrize(
    "news",
    [
        a_version(severity="notice"),
        a_version(homes=22),
        a_version(out=9),
        a_version(homes=25, out=15),
    ],
)
def test_counts_and_that_it_is_less_bad_wait_for_a_minute(news: Told) -> None:
    assert not is_due(a_version(), replace(news, at_ms=T + 59_999), UPDATES)
    assert is_due(a_version(), replace(news, at_ms=T + 60_000), UPDATES)


@pytest.mark.parametrize("same", [a_version(), a_version(homes=21)])
def test_what_is_the_same_is_told_when_the_hour_turns(same: Told) -> None:
    turns_ms = T - T % HOUR_MS + HOUR_MS

    assert not is_due(a_version(), replace(same, at_ms=turns_ms - 1), UPDATES)
    assert is_due(a_version(), replace(same, at_ms=turns_ms), UPDATES)
    late = replace(a_version(), at_ms=turns_ms - 1_000)
    assert not is_due(late, replace(same, at_ms=turns_ms), UPDATES)
