"""A transformer that carries more than it may for long: `overload` of its feeder.

It opens when the feeder draws so much of its capacity, either way, for so many minutes in a row,
and closes when it has drawn less than a lower share for some. Its severity says how bad it was: it
rises and does not fall.
"""

from typing import Annotated, Self

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field, model_validator

from contracts.alerts import SEVERITIES, Alert, Evidence, Severity, State, alert_id
from contracts.facts import CALM_MINUTES, LOADED_SHARE, FeederMinute
from contracts.time import MINUTE_MS
from jobs.rules import book
from jobs.rules.in_a_row import for_ms, since_ms
from jobs.rules.rule import Rule
from jobs.rules.thousandths import thousandths
from jobs.rules.versions import Told, clock, is_due

UTILISATION = "utilisation"
"""The rule, in evidence."""
BELOW, NOT_HEARD = "below", "not_heard"
"""Why an alert is closed: the feeder draws less, or most of its homes are not heard."""

_LEAST_PERCENT = round(100 * LOADED_SHARE)
"""Below it facts may end."""
SharePercent = Annotated[int, Field(ge=_LEAST_PERCENT, le=1_000)]


class OverloadNumbers(book.Numbers):
    """When a feeder is overloaded, in percent of its capacity, and until when."""

    block = "overload"

    open_percent: SharePercent
    open_after_ms: book.Span
    close_percent: SharePercent
    close_after_ms: Annotated[int, Field(ge=MINUTE_MS, le=CALM_MINUTES * MINUTE_MS)]
    major_percent: SharePercent
    critical_percent: SharePercent
    critical_after_ms: book.Span

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        levels = {
            "close_percent": self.close_percent,
            "open_percent": self.open_percent,
            "major_percent": self.major_percent,
            "critical_percent": self.critical_percent,
        }
        if list(levels.values()) != sorted(levels.values()):
            told = ", ".join(f"{name} is {percent}" for name, percent in levels.items())
            raise ValueError(f"{told}: let none be below the one before")
        return self


class Spell(Struct, frozen=True):
    """Minutes at or above the share that opens, in one alert or in a row."""

    minutes: int = 0
    total: float = 0.0
    """Of their shares of the capacity."""
    most: float = 0.0
    """The largest of them."""
    severity: Severity = "warning"
    """Of the worst of them, by itself or with those in a row that it ends."""

    def with_minute(self, share: float, severity: Severity) -> "Spell":
        """With a minute more."""
        worst = _worse(self.severity, severity)
        return Spell(self.minutes + 1, self.total + share, max(self.most, share), worst)


class Overload(Struct, frozen=True):
    """An overload that was told of."""

    opened_at_ms: int
    onset_ms: int
    area: str
    told: Told


class Feeder(Struct, frozen=True):
    """What is known of a feeder's load."""

    at_ms: int = -1
    """Event time of the last fact."""
    high_since_ms: int | None = None
    """Since when it has drawn the share that opens, ..."""
    over_since_ms: int | None = None
    """... the one that is major, ..."""
    low_since_ms: int | None = None
    """... or less than the one that closes."""
    spell: Spell = Spell()
    overload: Overload | None = None


def step(state: Feeder, fact: FeederMinute, rules: book.Rules) -> tuple[Feeder, list[Alert]]:
    """What is known after a fact, and the versions of alerts that it makes."""
    if fact.at_ms <= state.at_ms:
        return state, []
    numbers = rules.of(OverloadNumbers)
    high = _draws(fact, numbers.open_percent)

    def since(before_ms: int | None, *, holds: bool) -> int | None:
        return since_ms(before_ms, state.at_ms, fact.at_ms, holds=holds)

    high_since_ms = since(state.high_since_ms, holds=high)
    over_since_ms = since(state.over_since_ms, holds=_draws(fact, numbers.major_percent))
    spell = state.spell
    if state.overload is None and high_since_ms != state.high_since_ms:
        spell = Spell()
    if high:
        spell = spell.with_minute(_share(fact), _severity(fact, over_since_ms, numbers))
    now = Feeder(
        at_ms=fact.at_ms,
        high_since_ms=high_since_ms,
        over_since_ms=over_since_ms,
        low_since_ms=since(state.low_since_ms, holds=not _draws(fact, numbers.close_percent)),
        spell=spell,
        overload=state.overload,
    )
    return _told(now, fact, rules)


def _draws(fact: FeederMinute, percent: int) -> bool:
    """Whether it draws so much of its capacity; of one without, nothing is known."""
    if fact.capacity_w is None:
        return False
    return 100 * abs(thousandths(fact.demand_w)) >= percent * 1_000 * fact.capacity_w


def _share(fact: FeederMinute) -> float:
    return abs(fact.demand_w) / fact.capacity_w if fact.capacity_w else 0.0


def _told(now: Feeder, fact: FeederMinute, rules: book.Rules) -> tuple[Feeder, list[Alert]]:
    """With the version that the fact makes, if it makes one."""
    numbers = rules.of(OverloadNumbers)
    overload, at_ms = now.overload, fact.at_ms
    if overload is None:
        if now.high_since_ms is None or for_ms(now.high_since_ms, at_ms) < numbers.open_after_ms:
            return now, []
        told = Told(1, at_ms, UTILISATION, now.spell.severity, homes=0, out=0)
        overload = Overload(at_ms, now.high_since_ms, fact.area, told)
        now = replace(now, overload=overload)
        return now, [_alert(overload, now, fact, "opened", rules)]

    before = overload.told
    told = replace(
        before,
        version=before.version + 1,
        at_ms=at_ms,
        severity=_worse(before.severity, now.spell.severity),
    )
    again = replace(overload, told=told)
    if for_ms(now.low_since_ms, at_ms) >= numbers.close_after_ms:
        over = replace(now, overload=None, spell=Spell())
        return over, [_alert(again, now, fact, "closed", rules)]
    if is_due(before, told, rules.updates):
        return replace(now, overload=again), [_alert(again, now, fact, "updated", rules)]
    return now, []


def _severity(fact: FeederMinute, over_since_ms: int | None, numbers: OverloadNumbers) -> Severity:
    """Of a minute."""
    if over_since_ms is None:
        return "warning"
    long = for_ms(over_since_ms, fact.at_ms) >= numbers.critical_after_ms
    return "critical" if long or _draws(fact, numbers.critical_percent) else "major"


def _worse(one: Severity, other: Severity) -> Severity:
    return max(one, other, key=SEVERITIES.index)


def _alert(
    overload: Overload, now: Feeder, fact: FeederMinute, state: State, rules: book.Rules
) -> Alert:
    told, spell = overload.told, now.spell
    closed = state == "closed"
    numbers = {
        "utilisation": _share(fact),
        "most_utilisation": spell.most,
        "mean_utilisation": spell.total / spell.minutes,
        "minutes": float(spell.minutes),
        "demand_w": fact.demand_w,
    }
    if fact.capacity_w is not None:
        numbers["capacity_w"] = float(fact.capacity_w)
    return Alert(
        id=alert_id("overload", fact.subject, overload.opened_at_ms),
        version=told.version,
        state=state,
        kind="overload",
        severity=told.severity,
        subject=fact.subject,
        area=overload.area,
        onset_ms=overload.onset_ms,
        opened_at_ms=overload.opened_at_ms,
        at_ms=told.at_ms,
        evidence=Evidence(told.rule, _text(overload, now, fact, rules, closed=closed), numbers),
        rules=rules.version,
        restored_at_ms=now.low_since_ms if closed else None,
        closed_at_ms=told.at_ms if closed else None,
        reason=_reason(fact) if closed else None,
    )


def _reason(fact: FeederMinute) -> str:
    heard = fact.by_supply or 2 * fact.homes >= fact.members
    return BELOW if heard else NOT_HEARD


def _text(
    overload: Overload, now: Feeder, fact: FeederMinute, rules: book.Rules, *, closed: bool
) -> str:
    spell = now.spell
    open_percent = rules.of(OverloadNumbers).open_percent
    was = (
        f"{spell.minutes} min at {open_percent} % of its capacity or more since "
        f"{clock(overload.onset_ms)}, {100 * spell.most:.0f} % at most"
    )
    if closed and now.low_since_ms is not None:
        return f"{was}; less since {clock(now.low_since_ms)}."
    by = "its supply meter" if fact.by_supply else f"{fact.homes:.0f} of {fact.members} homes"
    drawn = "draws" if fact.demand_w >= 0 else "feeds in"
    return (
        f"{was}; it {drawn} {abs(fact.demand_w) / 1_000:,.1f} of "
        f"{(fact.capacity_w or 0) / 1_000:,.1f} kW by {by}."
    )


RULE = Rule("overload", FeederMinute, Feeder, (OverloadNumbers,), step)
