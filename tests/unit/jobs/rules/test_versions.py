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


def test_a_cause_that_was_told_before_waits_for_a_minute() -> None:
    before = replace(a_version(cause="mixed"), causes=("unknown", "power"))
    again = a_version(cause="power")

    assert not is_due(before, replace(again, at_ms=T + 59_999), UPDATES)
    assert is_due(before, replace(again, at_ms=T + 60_000), UPDATES)
    assert is_due(before, a_version(1, cause="communication"), UPDATES)


def test_what_goes_to_and_fro_is_told_once_a_minute() -> None:
    causes: tuple[Cause, ...] = ("unknown", "power", "mixed", "communication")
    told = a_version(cause="unknown")
    at = []
    for number in range(1, 240):
        after_ms = 1_000 * number
        now = replace(a_version(after_ms, cause=causes[number % 4]), causes=told.told_causes)
        if is_due(told, now, UPDATES):
            told = now
            at.append(number)

    # Each once as soon as it is known; from then on none within a minute of the one before.
    assert at == [1, 2, 3, 64, 125, 186]


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
