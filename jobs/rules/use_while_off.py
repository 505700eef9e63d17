"""A meter that counts though its premises are not connected by the registry: `use_while_off`.

Either somebody has connected them, or the registry is wrong.
"""

from typing import Annotated

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from contracts.alerts import Alert, Evidence
from contracts.facts import USED_WH, MeterHour
from jobs.rules import book
from jobs.rules.meter_alert import Open, alert_of, begins_ms
from jobs.rules.rule import Rule
from jobs.rules.versions import moment

USED = "used"
QUIET = "quiet"
CONNECTED = "connected"
"""The parts of the rule that tell that it is over, and the reasons: nothing is counted any more, or
the registry says that the premises are connected."""


class OffNumbers(book.Numbers):
    """When a meter counts that must not, and until when."""

    block = "use_while_off"

    used_wh: Annotated[int, Field(ge=USED_WH)]
    quiet_hours: book.Count
    told_again_ms: book.Span


class Use(Struct, frozen=True):
    """What is known of a meter's use."""

    at_ms: int = -1
    """End of the last hour."""
    used_wh: float = 0.0
    """Since that is told of."""
    quiet: int = 0
    """Hours running in which it counted nothing to speak of."""
    quiet_from_ms: int = 0
    """When the first of them began."""
    told: Open | None = None


def step(state: Use, fact: MeterHour, rules: book.Rules) -> tuple[Use, list[Alert]]:
    """What is known after an hour, and the version of an alert that it makes.

    An hour that is not after the last one is a repeat, and changes nothing.
    """
    numbers = rules.of(OffNumbers)
    if fact.at_ms <= state.at_ms:
        return state, []
    state = replace(state, at_ms=fact.at_ms)
    used = fact.off_ms is not None and fact.energy > numbers.used_wh
    if used:
        state = replace(state, used_wh=round(state.used_wh + fact.energy, 3), quiet=0)
    if state.told is None:
        if not used:
            return state, []
        told = Open.at(fact, begins_ms(fact))
        return replace(state, told=told), [_alert(state, told, fact, rules, None)]

    again = state.told.again(fact)
    if fact.off_ms is None:
        return Use(fact.at_ms), [_alert(state, again, fact, rules, CONNECTED)]
    if used:
        if fact.at_ms - state.told.told_at_ms < numbers.told_again_ms:
            return state, []
        return replace(state, told=again), [_alert(state, again, fact, rules, None)]
    from_ms = state.quiet_from_ms if state.quiet else begins_ms(fact)
    state = replace(state, quiet=state.quiet + 1, quiet_from_ms=from_ms)
    if state.quiet < numbers.quiet_hours:
        return state, []
    return Use(fact.at_ms), [_alert(state, again, fact, rules, QUIET)]


def _alert(state: Use, told: Open, hour: MeterHour, rules: book.Rules, reason: str | None) -> Alert:
    evidence = Evidence(
        reason or USED,
        _text(state, told, hour, reason),
        {"used_wh": state.used_wh, "hour_wh": hour.energy},
    )
    return alert_of(
        "use_while_off",
        told,
        hour,
        "major",
        evidence,
        rules,
        reason=reason,
        restored_at_ms=state.quiet_from_ms if reason == QUIET else None,
    )


def _text(state: Use, told: Open, hour: MeterHour, reason: str | None) -> str:
    used = f"{state.used_wh:,.0f} Wh were counted since {moment(told.onset_ms)}"
    if reason == CONNECTED:
        return f"The premises are connected; before, {used}."
    if reason == QUIET:
        return f"Nothing is counted any more; {used}."
    since = "" if hour.off_ms is None else f" since {moment(hour.off_ms)}"
    return f"The premises are not connected by the registry{since}, and {used}."


RULE = Rule("use_while_off", MeterHour, Use, (OffNumbers,), step)
