"""A home that always used something and uses nothing any more: `zero_use`.

It may be empty or switched off, or its meter counts no longer: a notice. Demands that say otherwise
are a matter of the register (`stuck_register`).
"""

from typing import Annotated

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from contracts.alerts import Alert, Evidence
from contracts.facts import IDLE_HOURS, MOST_ZERO_HOURS, USED_HOURS, MeterHour
from contracts.time import DAY_MS, HOUR_MS
from jobs.rules import book
from jobs.rules.meter_alert import Open, alert_of
from jobs.rules.rule import Rule
from jobs.rules.versions import moment

NOTHING = "nothing"
USED = "used"
AS_A_RULE = "as_a_rule"
GONE = "gone"
"""The parts of the rule that tell that it is over, and the reasons: there is a base load again, or
none for so long that there is none as a rule; or what was known of the meter is."""


class ZeroNumbers(book.Numbers):
    """When a home uses nothing, and until when that is told."""

    block = "zero_use"

    zero_hours: Annotated[int, Field(ge=1, le=MOST_ZERO_HOURS)]
    given_up_hours: Annotated[int, Field(ge=1, le=IDLE_HOURS)]
    told_again_ms: book.Span


class Use(Struct, frozen=True):
    """What is known of a home's use."""

    at_ms: int = -1
    """End of the last hour."""
    zero_ms: int = -1
    """End of the last one in which nothing was counted."""
    used_wh: float = 0.0
    """Since it is told of."""
    told: Open | None = None


def step(state: Use, fact: MeterHour, rules: book.Rules) -> tuple[Use, list[Alert]]:
    """What is known after an hour, and the version of an alert that it makes.

    An hour that is not after the last one is a repeat, and changes nothing.
    """
    numbers = rules.of(ZeroNumbers)
    if fact.at_ms <= state.at_ms:
        return state, []
    state = replace(state, at_ms=fact.at_ms)
    if fact.energy <= 0:
        state = replace(state, zero_ms=fact.at_ms)
    reason = _over(fact, numbers)
    if state.told is None:
        says_use = fact.by_demand is not None and fact.by_demand > 0
        if reason is not None or fact.zero_hours < numbers.zero_hours or says_use:
            return state, []
        told = Open.at(fact, fact.at_ms - fact.zero_hours * HOUR_MS)
        state = replace(state, told=told)
        return state, [_alert(state, told, fact, rules, None)]

    again, told_at_ms = state.told.again(fact), state.told.told_at_ms
    state = replace(state, used_wh=round(state.used_wh + max(fact.energy, 0.0), 3))
    if reason is not None:
        return Use(fact.at_ms), [_alert(state, again, fact, rules, reason)]
    if fact.at_ms - told_at_ms < numbers.told_again_ms:
        return state, []
    return replace(state, told=again), [_alert(state, again, fact, rules, None)]


def _over(hour: MeterHour, numbers: ZeroNumbers) -> str | None:
    """Why nothing is to be told of a home in an hour; None if something may be."""
    if hour.idle_hours is None:
        return GONE
    if hour.idle_hours == 0:
        return USED
    return AS_A_RULE if hour.idle_hours >= numbers.given_up_hours else None


def _alert(state: Use, told: Open, hour: MeterHour, rules: book.Rules, reason: str | None) -> Alert:
    hours = (hour.at_ms - told.onset_ms) / HOUR_MS
    return alert_of(
        "zero_use",
        told,
        hour,
        "notice",
        Evidence(
            reason or NOTHING,
            _text(state, told, hour, reason),
            {"hours": hours, "used_wh": state.used_wh},
        ),
        rules,
        reason=reason,
        restored_at_ms=state.zero_ms if reason == USED else None,
    )


def _text(state: Use, told: Open, hour: MeterHour, reason: str | None) -> str:
    since = moment(told.onset_ms)
    used = "nothing was used" if not state.used_wh else f"{state.used_wh:,.0f} Wh were used"
    if reason == USED:
        last = moment(state.zero_ms)
        return f"There is a base load again. From {since} to {last} {used}."
    if reason == AS_A_RULE:
        days = (hour.at_ms - told.onset_ms) // DAY_MS
        return f"This is how the home is: in the {days:,} days since {since} {used}."
    if reason == GONE:
        return f"The meter is another one by the registry. Since {since} {used}."
    days = USED_HOURS * HOUR_MS // DAY_MS
    return (
        f"Since {since} {used}. In the {days} days before there was a base load: never were three "
        "hours of 24 without use."
    )


RULE = Rule("zero_use", MeterHour, Use, (ZeroNumbers,), step)
