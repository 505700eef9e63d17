"""An alert of a single meter that is made of its hours: what is kept of it, and its versions."""

from msgspec import Struct

from contracts.alerts import Alert, Evidence, Kind, Severity, State, alert_id
from contracts.facts import JudgedHour, MeterHour
from contracts.time import HOUR_MS
from jobs.rules.book import Rules

Hour = MeterHour | JudgedHour
"""What such an alert is made of."""


class Open(Struct, frozen=True):
    """One that is open."""

    opened_at_ms: int
    onset_ms: int
    version: int
    told_at_ms: int
    """When it was told of last."""

    @classmethod
    def at(cls, hour: Hour, onset_ms: int) -> "Open":
        """One that an hour opens."""
        return cls(hour.at_ms, onset_ms, 1, hour.at_ms)

    def again(self, hour: Hour) -> "Open":
        """Told of once more."""
        return Open(self.opened_at_ms, self.onset_ms, self.version + 1, hour.at_ms)


def begins_ms(hour: Hour) -> int:
    """When an hour begins."""
    return hour.at_ms - HOUR_MS


def alert_of(
    kind: Kind,
    told: Open,
    hour: Hour,
    severity: Severity,
    evidence: Evidence,
    rules: Rules,
    *,
    reason: str | None = None,
    restored_at_ms: int | None = None,
) -> Alert:
    """The version that an hour makes: closed if there is a reason."""
    state: State = "opened" if told.version == 1 else "updated" if reason is None else "closed"
    return Alert(
        id=alert_id(kind, hour.subject, told.opened_at_ms),
        version=told.version,
        state=state,
        kind=kind,
        severity=severity,
        subject=hour.subject,
        area=hour.area,
        onset_ms=told.onset_ms,
        opened_at_ms=told.opened_at_ms,
        at_ms=hour.at_ms,
        evidence=evidence,
        rules=rules.version,
        restored_at_ms=restored_at_ms,
        closed_at_ms=None if reason is None else hour.at_ms,
        reason=reason,
    )
