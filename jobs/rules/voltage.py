"""Voltages out of bounds at many homes of a feeder at once: `voltage_low` and `voltage_high`.

One opens when so many homes, and so many of those that say their voltage, are outside the bounds on
average over some minutes in a row; it closes when hardly any is nearly outside. A single home's
voltage is its own matter.
"""

from typing import Annotated, Literal, Self

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field, model_validator

from contracts.alerts import Alert, Evidence, Severity, State, alert_id
from contracts.facts import CALM_MINUTES, HIGH_V, LOW_V, LOWERED_V, RAISED_V, FeederMinute
from contracts.time import MINUTE_MS
from jobs.rules import book
from jobs.rules.in_a_row import for_ms, since_ms
from jobs.rules.rule import Rule
from jobs.rules.thousandths import thousandths
from jobs.rules.versions import Told, clock, is_due

TOGETHER = "together"
"""The rule, in evidence."""
WITHIN, NOT_HEARD = "within", "not_heard"
"""Why an alert is closed: voltages are as they should be, or none is known."""

Kind = Literal["voltage_low", "voltage_high"]
SEVERITY: dict[Kind, Severity] = {"voltage_low": "warning", "voltage_high": "major"}
"""What is too high breaks things."""

_Span = Annotated[int, Field(ge=MINUTE_MS, le=CALM_MINUTES * MINUTE_MS)]
"""Facts are of minutes, and may end after the last of these."""


class VoltageNumbers(book.Numbers):
    """When voltages of a feeder are out of bounds, and until when."""

    block = "voltage"

    homes: book.Count
    open_percent: book.Percent
    open_after_ms: _Span
    close_percent: book.Percent
    close_after_ms: _Span

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.close_percent >= self.open_percent:
            raise ValueError(
                f"close_percent is {self.close_percent} and open_percent is {self.open_percent}: "
                "what has opened would close at once; set close_percent to less"
            )
        return self


class Breach(Struct, frozen=True):
    """Voltages that were told of."""

    opened_at_ms: int
    onset_ms: int
    area: str
    most: float
    """Most homes outside in a minute."""
    told: Told


class Side(Struct, frozen=True):
    """What is known of one bound."""

    outside_since_ms: int | None = None
    """Since when so many homes have been outside as open an alert, ..."""
    most: float = 0.0
    """... the most of them in a minute since then, ..."""
    within_since_ms: int | None = None
    """... and since when so few nearly outside as close one."""
    breach: Breach | None = None


class Feeder(Struct, frozen=True):
    """What is known of a feeder's voltages."""

    at_ms: int = -1
    """Event time of the last fact."""
    low: Side = Side()
    high: Side = Side()


class Minute(Struct, frozen=True):
    """What a fact says of one bound."""

    kind: Kind
    fact: FeederMinute
    outside: float
    nearly: float


def step(state: Feeder, fact: FeederMinute, rules: book.Rules) -> tuple[Feeder, list[Alert]]:
    """What is known after a fact, and the versions of alerts that it makes."""
    if fact.at_ms <= state.at_ms:
        return state, []
    below = Minute("voltage_low", fact, fact.low, fact.lowered)
    above = Minute("voltage_high", fact, fact.high, fact.raised)
    low, told_low = _step(state.low, state.at_ms, below, rules)
    high, told_high = _step(state.high, state.at_ms, above, rules)
    return Feeder(fact.at_ms, low, high), [*told_low, *told_high]


def _step(side: Side, last_ms: int, minute: Minute, rules: book.Rules) -> tuple[Side, list[Alert]]:
    numbers = rules.of(VoltageNumbers)
    at_ms, known = minute.fact.at_ms, thousandths(minute.fact.voltages)
    many = minute.outside >= numbers.homes
    half = 100 * thousandths(minute.outside) >= numbers.open_percent * known
    few = 100 * thousandths(minute.nearly) < numbers.close_percent * known or known == 0
    outside_since_ms = since_ms(side.outside_since_ms, last_ms, at_ms, holds=many and half)
    goes_on = outside_since_ms == side.outside_since_ms
    now = Side(
        outside_since_ms=outside_since_ms,
        most=max(side.most, minute.outside) if goes_on else minute.outside,
        within_since_ms=since_ms(side.within_since_ms, last_ms, at_ms, holds=few),
        breach=side.breach,
    )
    if now.breach is None:
        onset_ms = now.outside_since_ms
        if onset_ms is None or for_ms(onset_ms, at_ms) < numbers.open_after_ms:
            return now, []
        told = Told(1, at_ms, TOGETHER, SEVERITY[minute.kind])
        breach = Breach(at_ms, onset_ms, minute.fact.area, now.most, told)
        breach = _with_minute(breach, minute, version=1)
        return replace(now, breach=breach), [_alert(breach, now, minute, "opened", rules)]

    before = now.breach
    breach = _with_minute(before, minute, version=before.told.version + 1)
    if for_ms(now.within_since_ms, at_ms) >= numbers.close_after_ms:
        return replace(now, breach=None), [_alert(breach, now, minute, "closed", rules)]
    if is_due(before.told, breach.told, rules.updates):
        return replace(now, breach=breach), [_alert(breach, now, minute, "updated", rules)]
    return replace(now, breach=replace(before, most=breach.most)), []


def _with_minute(breach: Breach, minute: Minute, *, version: int) -> Breach:
    most = max(breach.most, minute.outside)
    told = replace(
        breach.told,
        version=version,
        at_ms=minute.fact.at_ms,
        homes=round(most),
        out=round(minute.outside),
    )
    return replace(breach, most=most, told=told)


def _alert(breach: Breach, now: Side, minute: Minute, state: State, rules: book.Rules) -> Alert:
    told, fact = breach.told, minute.fact
    closed = state == "closed"
    return Alert(
        id=alert_id(minute.kind, fact.subject, breach.opened_at_ms),
        version=told.version,
        state=state,
        kind=minute.kind,
        severity=told.severity,
        subject=fact.subject,
        area=breach.area,
        onset_ms=breach.onset_ms,
        opened_at_ms=breach.opened_at_ms,
        at_ms=told.at_ms,
        evidence=Evidence(
            told.rule,
            _text(breach, now, minute, closed=closed),
            {
                "outside_homes": minute.outside,
                "most_outside_homes": breach.most,
                "nearly_outside_homes": minute.nearly,
                "known_homes": fact.voltages,
            },
        ),
        rules=rules.version,
        restored_at_ms=now.within_since_ms if closed else None,
        closed_at_ms=told.at_ms if closed else None,
        reason=(WITHIN if fact.voltages else NOT_HEARD) if closed else None,
    )


def _text(breach: Breach, now: Side, minute: Minute, *, closed: bool) -> str:
    low = minute.kind == "voltage_low"
    bound = f"below {LOW_V:g} V" if low else f"above {HIGH_V:g} V"
    was = f"Up to {breach.told.homes} homes were {bound} since {clock(breach.onset_ms)}"
    if not closed or now.within_since_ms is None:
        return f"{was}; {breach.told.out} of {minute.fact.voltages:.0f} that say it are."
    if not minute.fact.voltages:
        return f"{was}; nothing is heard of any."
    nearly = f"below {LOWERED_V:g} V" if low else f"above {RAISED_V:g} V"
    return f"{was}; hardly any is {nearly} since {clock(now.within_since_ms)}."


RULE = Rule("voltage", FeederMinute, Feeder, (VoltageNumbers,), step)
