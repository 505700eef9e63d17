"""Registers that are lower than before, each case with the values that it must have."""

from contracts.facts import MeterHour
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from jobs.rules.register_back import RULE, Fall, step
from tests.unit.jobs.rules.hours import METER, RULES, T0, hour, steps, told

FELL_MS = HOUR_MS + 5 * MINUTE_MS


def fallen(number: int, installed_ms: int | None = None, fell_ms: int = FELL_MS) -> MeterHour:
    return hour(number, 900.0, fell_ms=fell_ms, installed_ms=installed_ms)


def test_a_register_that_fell_is_told_of_for_a_day() -> None:
    alerts = told(RULE, [hour(1, 900.0), *(fallen(number) for number in range(2, 27))])

    assert steps(alerts) == [("opened", 2, None), ("closed", 26, "not_announced")]
    first, last = alerts
    assert first.id == f"register_back:{METER}:{T0 + 2 * HOUR_MS}"
    assert (first.severity, first.onset_ms, first.evidence.rule) == (
        "notice",
        T0 + FELL_MS,
        "fell",
    )
    assert first.evidence.text == (
        "The register was lower than before at 2013-12-23 16:05, and is at 12.3 kWh; "
        "no exchange is announced."
    )
    assert first.evidence.numbers == {
        "register_wh": 12_345.0,
        "falls": 1.0,
        "fell_ms": float(T0 + FELL_MS),
    }
    assert (last.version, last.restored_at_ms) == (2, None)
    assert last.evidence.text == (
        "The register was lower than before at 2013-12-23 16:05, "
        "and no exchange of the meter was announced."
    )


def test_nobody_is_told_of_an_exchange() -> None:
    for installed_ms in (FELL_MS, FELL_MS - DAY_MS, FELL_MS + DAY_MS):
        assert told(RULE, [fallen(number, installed_ms) for number in range(2, 27)]) == []


def test_a_device_that_was_there_for_long_was_not_exchanged() -> None:
    for installed_ms in (FELL_MS - DAY_MS - 1, FELL_MS + DAY_MS + 1):
        assert len(told(RULE, [fallen(2, installed_ms)])) == 1


def test_an_exchange_may_be_announced_later() -> None:
    alerts = told(RULE, [fallen(2), fallen(3), fallen(4, HOUR_MS), fallen(5, HOUR_MS)])

    assert steps(alerts) == [("opened", 2, None), ("closed", 4, "exchanged")]
    assert alerts[1].evidence.text == (
        "The register was lower than before at 2013-12-23 16:05: "
        "the meter was exchanged, 2013-12-23 16:00 by the registry."
    )


def test_one_that_falls_again_is_told_of_again() -> None:
    again_ms = 4 * HOUR_MS
    alerts = told(
        RULE,
        [fallen(2), fallen(3), *(fallen(number, fell_ms=again_ms) for number in range(4, 29))],
    )

    assert steps(alerts) == [
        ("opened", 2, None),
        ("updated", 4, None),
        ("closed", 28, "not_announced"),
    ]
    assert [each.onset_ms for each in alerts] == [T0 + FELL_MS] * 3
    assert alerts[1].evidence.numbers["falls"] == 2.0
    assert "at 2013-12-23 19:00, 2 times since this is told, and" in alerts[1].evidence.text


def test_a_fall_of_before_is_not_told_of() -> None:
    assert told(RULE, [fallen(5), fallen(6)]) == []


def test_the_beginning_of_an_hour_is_of_the_one_before() -> None:
    assert told(RULE, [fallen(2, fell_ms=HOUR_MS)]) == []
    assert len(told(RULE, [fallen(1, fell_ms=HOUR_MS)])) == 1


def test_a_repeat_changes_nothing() -> None:
    state, _ = step(Fall(), fallen(2), RULES)
    for number in (2, 1):
        assert step(state, fallen(number), RULES) == (state, [])
