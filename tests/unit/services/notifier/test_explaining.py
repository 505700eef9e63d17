"""What `--explain` says of an alert."""

from datetime import datetime

import pytest

from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from services.notifier.explaining import explain, span
from services.notifier.rule_file import read_rules
from tests.support.alerts import an_alert
from tests.unit.services.notifier.test_rule_file import CUSTOMERS, WHOLE

NOTIFY = read_rules(WHOLE)
NIGHT_MS = round(datetime.fromisoformat("2026-01-15T23:00+00:00").timestamp() * 1_000)


def test_the_rule_that_takes_it_and_when_who_is_told() -> None:
    assert list(explain(NOTIFY, an_alert(), NIGHT_MS)) == [
        "rule outages takes it",
        "  in one message with what begins near it within ten minutes of kind outage in gcp",
        "  only if it lasts 1m",
        "  push, mail: after 15s",
        "  news of it, and its end: 5m after the message before at least",
        "  the same again each 4h, at most 3 times, until somebody acknowledges it",
        "  chief: 15m after it was first told, unless somebody acknowledges it",
        "  nobody from 22:00 to 07:30 (Europe/London), but for what is critical or worse",
        "  it is quiet now, for 8h 30m more",
    ]


def test_why_a_rule_does_not_take_it() -> None:
    lines = list(explain(NOTIFY, an_alert("overload", "f"), NIGHT_MS))

    assert lines[:2] == [
        "rule outages does not: its kind is overload, not outage",
        "rule rest takes it",
    ]


def test_customers_are_told_of_their_own_homes() -> None:
    notify = read_rules(WHOLE + CUSTOMERS)
    said = "customers whose homes it hits are told if it lasts 2m, each as it has chosen"
    assert list(explain(notify, an_alert(), NIGHT_MS))[-1] == said
    assert said not in explain(notify, an_alert("overload", "f"), NIGHT_MS)


def test_nobody_may_be_told() -> None:
    only = read_rules(WHOLE.replace('name = "rest"', 'name = "rest"\nwhen = { area = "u*" }'))

    assert list(explain(only, an_alert("overload", "f"), NIGHT_MS))[-1] == (
        "no rule takes it: nobody is told"
    )


@pytest.mark.parametrize(
    ("length_ms", "text"),
    [
        (0, "0s"),
        (90 * SECOND_MS, "1m 30s"),
        (HOUR_MS, "1h"),
        (DAY_MS + 2 * HOUR_MS + MINUTE_MS, "1d 2h"),
    ],
)
def test_a_length_as_the_file_has_it(length_ms: int, text: str) -> None:
    assert span(length_ms) == text
