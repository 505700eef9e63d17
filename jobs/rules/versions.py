"""Versions of an alert: what the last one said, and whether there is reason for another."""

from datetime import UTC, datetime

from msgspec import Struct

from contracts.alerts import SEVERITIES, Cause, Severity
from contracts.time import HOUR_MS, MINUTE_MS
from jobs.rules.book import Updates


class Told(Struct, frozen=True):
    """What a version of an alert said, of what another one may be told for."""

    version: int
    at_ms: int
    rule: str
    severity: Severity
    cause: Cause = "unknown"
    homes: int = 1
    out: int = 1
    causes: tuple[Cause, ...] = ()
    """What versions before this one said."""

    @property
    def told_causes(self) -> tuple[Cause, ...]:
        """What versions up to this one said, each once."""
        return self.causes if self.cause in self.causes else (*self.causes, self.cause)


def is_due(before: Told, now: Told, rules: Updates) -> bool:
    """Whether an alert that is open is told of again: at once if it is of something else than was
    ever told, or worse. A cause that was told before waits, as evidence may go to and fro."""
    if before.rule != now.rule or now.cause not in before.told_causes:
        return True
    worse = SEVERITIES.index(now.severity) - SEVERITIES.index(before.severity)
    if worse > 0:
        return True
    if now.at_ms - before.at_ms < rules.apart_ms:
        return False
    return (
        worse < 0
        or before.cause != now.cause
        or _differ(before.homes, now.homes, rules)
        or _differ(before.out, now.out, rules)
        or before.at_ms // HOUR_MS != now.at_ms // HOUR_MS
    )


def _differ(before: int, now: int, rules: Updates) -> bool:
    change = abs(now - before)
    return change >= rules.homes or (change > 0 and change * 100 >= rules.homes_percent * before)


def clock(at_ms: int) -> str:
    """A time of day for people, UTC."""
    return f"{datetime.fromtimestamp(at_ms // 1_000, UTC):%H:%M:%S}"


def moment(at_ms: int) -> str:
    """A day and a time of day for people, UTC."""
    return f"{datetime.fromtimestamp(at_ms // 1_000, UTC):%Y-%m-%d %H:%M}"


def span(length_ms: int) -> str:
    """A length of time for people."""
    return f"{length_ms / MINUTE_MS:,.1f} min"
