"""A home that uses electricity as it does not: `unusual_use`, by the model of its hours.

It may be a heater that was left on, or guests: a notice. Hours that cannot be judged say nothing.
It is over, too, when hours after it were not said, or no model judged them: an hour that is said of
each home in its turn (`contracts.facts.JudgedHour`) closes it then.
"""

from typing import Annotated

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from contracts.alerts import Alert, Evidence
from contracts.facts import ODD_SCORE, Channel, JudgedHour
from contracts.hours import JUDGED_HOURS
from contracts.time import HOUR_MS
from jobs.rules import book
from jobs.rules.meter_alert import Open, alert_of, begins_ms
from jobs.rules.rule import Rule
from jobs.rules.versions import moment

PARTS: dict[Channel, str] = {
    "1 h": "hour",
    "6 h": "six_hours",
    "24 h": "day",
    "record": "record",
    "base": "base",
}
"""The parts of the rule that find it, by what the score is of."""
USUAL = "usual"
NOT_JUDGED = "not_judged"
"""The parts of the rule that tell that it is over, and the reasons: hours are usual again, or none
can be judged."""
LONGEST = JUDGED_HOURS - 1
"""For so many hours facts go on after the last that was unusual."""

Score = Annotated[float, Field(ge=ODD_SCORE)]
"""Of lower ones there are no facts."""


class UnusualNumbers(book.Numbers):
    """When use is unusual, and until when."""

    block = "unusual_use"

    open_score: Score
    close_score: Score
    close_hours: Annotated[int, Field(ge=1, le=LONGEST)]
    told_again_ms: book.Span


class Use(Struct, frozen=True, omit_defaults=True):
    """What is known of a home's use: of most no more than when it was said last."""

    at_ms: int = -1
    """End of the last hour."""
    since_ms: int | None = None
    """When the first hour began that was unusual or nearly so; None while use is usual."""
    high_ms: int = -1
    """End of the last one."""
    judged: int = 0
    """Hours since that were judged."""
    worst: JudgedHour | None = None
    """The most unusual of those since."""
    told: Open | None = None


def step(state: Use, fact: JudgedHour, rules: book.Rules) -> tuple[Use, list[Alert]]:
    """What is known after an hour, and the versions of alerts that it makes: one that closes comes
    before one that opens.

    An hour that is not after the last one is a repeat, and changes nothing.
    """
    numbers = rules.of(UnusualNumbers)
    if fact.at_ms <= state.at_ms:
        return state, []
    state = replace(state, at_ms=fact.at_ms)
    high = fact.score is not None and fact.score > numbers.close_score
    alerts: list[Alert] = []
    if state.since_ms is not None:
        judged = state.judged + (not high and fact.score is not None)
        state = replace(state, judged=judged)
        usual_until_ms = begins_ms(fact) if high else fact.at_ms
        if usual_until_ms - state.high_ms >= numbers.close_hours * HOUR_MS:
            if state.told is not None:
                reason = USUAL if judged else NOT_JUDGED
                alerts.append(_alert(state, state.told.again(fact), fact, rules, reason))
            state = Use(fact.at_ms)
    if not high:
        return state, alerts
    since_ms = begins_ms(fact) if state.since_ms is None else state.since_ms
    worst = fact if _score(state.worst) < _score(fact) else state.worst
    state = replace(state, since_ms=since_ms, high_ms=fact.at_ms, judged=0, worst=worst)
    told = state.told
    if told is None:
        if _score(fact) <= numbers.open_score:
            return state, alerts
        told = Open.at(fact, since_ms)
    elif fact.at_ms - told.told_at_ms >= numbers.told_again_ms:
        told = told.again(fact)
    else:
        return state, alerts
    state = replace(state, told=told)
    return state, [*alerts, _alert(state, told, fact, rules, None)]


def _score(hour: JudgedHour | None) -> float:
    return 0.0 if hour is None or hour.score is None else hour.score


def _alert(
    state: Use, told: Open, hour: JudgedHour, rules: book.Rules, reason: str | None
) -> Alert:
    worst = state.worst
    assert worst is not None and worst.channel is not None
    evidence = Evidence(
        reason or PARTS[worst.channel],
        _text(state, worst, hour, reason),
        {
            "score": _score(worst),
            "used_wh": worst.used_wh or 0.0,
            "usual_wh": worst.usual_wh or 0.0,
        },
    )
    return alert_of(
        "unusual_use",
        told,
        hour,
        "notice",
        evidence,
        rules,
        reason=reason,
        restored_at_ms=None if reason is None else state.high_ms,
    )


def _text(state: Use, worst: JudgedHour, hour: JudgedHour, reason: str | None) -> str:
    used, usual = f"{worst.used_wh or 0.0:,.0f} Wh", f"{worst.usual_wh or 0.0:,.0f} Wh"
    until = moment(worst.at_ms)
    match worst.channel:
        case "6 h" | "24 h":
            found = f"{used} were used in the {worst.channel} up to {until}, and {usual} are usual"
        case "base":
            found = (
                f"{used} or more were used in all but two of the 24 hours up to {until}, and "
                f"{usual} are usual"
            )
        case _:
            found = f"{used} were used in the hour up to {until}, and {usual} are usual"
    found = f"{found} (score {_score(worst):.2f} by the model {worst.model})."
    if reason is None:
        return found
    since = moment(state.high_ms)
    if reason == NOT_JUDGED:
        return f"No hour since {since} can be judged. At its most, {found}"
    if hour.at_ms - state.high_ms > LONGEST * HOUR_MS:
        by = moment(hour.at_ms)
        return (
            f"Use is as usual by {by}; not all hours since {since} are known. At its most, {found}"
        )
    return f"Use is as usual since {since}. At its most, {found}"


RULE = Rule("unusual_use", JudgedHour, Use, (UnusualNumbers,), step)
