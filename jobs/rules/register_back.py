"""A register that is lower than before, and has not rolled over: `register_back`.

Where the registry says that the device was installed about then, the meter was exchanged, and
nobody is told. It may say so later: the alert is open for as long as that is waited for.
"""

from msgspec import Struct

from contracts.alerts import Alert, Evidence
from contracts.facts import MeterHour
from jobs.rules import book
from jobs.rules.meter_alert import Open, alert_of, begins_ms
from jobs.rules.rule import Rule
from jobs.rules.versions import moment

FELL = "fell"
EXCHANGED = "exchanged"
NOT_ANNOUNCED = "not_announced"
"""The parts of the rule that tell that it is over, and the reasons: an exchange was announced, or
none was in time."""


class BackNumbers(book.Numbers):
    """How long an exchange is waited for."""

    block = "register_back"

    exchange_within_ms: book.Span


class Fall(Struct, frozen=True):
    """What is known of a meter's falls."""

    at_ms: int = -1
    """End of the last hour."""
    fell_ms: int = -1
    """The last one."""
    falls: int = 0
    """While they are told of."""
    told: Open | None = None


def step(state: Fall, fact: MeterHour, rules: book.Rules) -> tuple[Fall, list[Alert]]:
    """What is known after an hour, and the version of an alert that it makes.

    An hour that is not after the last one is a repeat, and changes nothing.
    """
    if fact.at_ms <= state.at_ms:
        return state, []
    within_ms = rules.of(BackNumbers).exchange_within_ms
    told, fell_ms = state.told, fact.fell_ms
    if fell_ms is None:
        return Fall(fact.at_ms, state.fell_ms, state.falls, told), []
    exchanged = fact.installed_ms is not None and abs(fact.installed_ms - fell_ms) <= within_ms
    if fell_ms > max(state.fell_ms, begins_ms(fact)):
        if told is None and exchanged:
            return Fall(fact.at_ms, fell_ms), []
        told = Open.at(fact, fell_ms) if told is None else told.again(fact)
        state = Fall(fact.at_ms, fell_ms, state.falls + 1, told)
        return state, [_alert(state, told, fact, rules, None)]
    if told is None:
        return Fall(fact.at_ms, state.fell_ms), []
    reason = (
        EXCHANGED if exchanged else NOT_ANNOUNCED if fact.at_ms - fell_ms >= within_ms else None
    )
    if reason is None:
        return Fall(fact.at_ms, state.fell_ms, state.falls, told), []
    closed = _alert(state, told.again(fact), fact, rules, reason)
    return Fall(fact.at_ms, state.fell_ms), [closed]


def _alert(
    state: Fall, told: Open, hour: MeterHour, rules: book.Rules, reason: str | None
) -> Alert:
    evidence = Evidence(
        reason or FELL,
        _text(state, hour, reason),
        {
            "register_wh": hour.register,
            "falls": float(state.falls),
            "fell_ms": float(state.fell_ms),
        },
    )
    return alert_of("register_back", told, hour, "notice", evidence, rules, reason=reason)


def _text(state: Fall, hour: MeterHour, reason: str | None) -> str:
    fell = f"The register was lower than before at {moment(state.fell_ms)}"
    if reason == EXCHANGED and hour.installed_ms is not None:
        return f"{fell}: the meter was exchanged, {moment(hour.installed_ms)} by the registry."
    if reason == NOT_ANNOUNCED:
        return f"{fell}, and no exchange of the meter was announced."
    again = f", {state.falls} times since this is told" if state.falls > 1 else ""
    return f"{fell}{again}, and is at {hour.register / 1_000:,.1f} kWh; no exchange is announced."


RULE = Rule("register_back", MeterHour, Fall, (BackNumbers,), step)
