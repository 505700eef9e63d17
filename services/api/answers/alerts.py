"""Alerts, as they stand and as they came to be so, with what people say of them."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec.json import Encoder
from pydantic import BaseModel, ConfigDict, Field

from contracts.alerts import Alert, Cause, Kind, Severity, State
from contracts.notes import MAX_TEXT_LENGTH, MAX_WHO_LENGTH, Note, What, care_of
from services.api.answers.shapes import Answer, LivePage, Moment, moment, moment_or_none

Life = Literal["open", "acknowledged", "cleared_unseen", "closed"]
"""Of whether it goes on and whether somebody looks after it, all four."""

_encode = Encoder().encode


class NoteAnswer(Answer):
    """What somebody says of an alert."""

    who: str
    what: What
    said_at: Moment
    """On the wall."""
    text: str
    assignee: str | None
    """Of `assigned`: who is to look after it; null is nobody any more."""


class OwnAlert(Alert, frozen=True, omit_defaults=True):
    """An alert as a customer sees it: of the own homes alone."""

    out_known: bool = True
    """Whether `homes_out` is; of homes behind a feeder only whether all are, or none."""


class AlertNow(Answer):
    """An alert as it stands. Times are of the stream, those of notes of the wall."""

    id: str
    version: int
    kind: Kind
    severity: Severity
    life: Life
    """`open`: nobody looks after it; `acknowledged`: somebody does; `cleared_unseen`: it is over,
    and nobody has looked at it; `closed`: it is over, and somebody has."""
    subject: str
    """A feeder or a meter; of the feed a topic, or a partition of it."""
    area: str | None
    onset: Moment
    """When it began, as far as is known."""
    opened_at: Moment
    changed_at: Moment
    restored_at: Moment | None
    closed_at: Moment | None
    reason: str | None
    """Why it was closed, or what it was part of."""
    text: str
    """Why there is an alert: a sentence for people."""
    cause: Cause
    homes_count: int
    """Meters that it hit; for a customer those of the own that it hit, or may have where an outage
    is of more than 500."""
    homes_out: int | None
    """Of them those that are not back; null for a customer while only some of all are."""
    momentary: bool
    """Restored within five minutes."""
    customer_minutes: float | None
    """Minutes without power, added over homes."""
    acknowledged_by: str | None
    acknowledged_at: Moment | None
    """On the wall, when somebody said so first, since nobody looked after it any more."""
    assigned_to: str | None
    """Who is to look after it."""
    assigned_at: Moment | None
    """On the wall."""
    tag: str
    """Another one as soon as anything of the alert is otherwise, or anybody says anything of it:
    `If-Match: "…"` with it has a note refused then."""


class Alerts(LivePage[AlertNow]):
    """Alerts that are open, and those closed in the last day of the stream: the newest first."""


class AlertVersion(Answer):
    """One word of an alert."""

    version: int
    state: State
    severity: Severity
    at: Moment
    rule: str
    """Which part of which rule found it."""
    text: str
    numbers: dict[str, float]
    """What the rule compared, by name with its unit."""
    homes_count: int
    homes_out: int | None
    cause: Cause


class AlertStory(AlertNow):
    """All that is known of an alert."""

    homes: list[str]
    """Meters that it hit, 500 at most."""
    rules: str
    """Version of the rules."""
    versions: list[AlertVersion]
    """In their order."""
    whole: bool
    """Whether all versions are there: the newest come from Redis at once, and the others from
    Cassandra."""
    notes: list[NoteAnswer]
    """By their times."""


class Acknowledgement(BaseModel):
    """That somebody looks after an alert."""

    model_config = ConfigDict(extra="forbid")

    comment: Annotated[str, Field(max_length=MAX_TEXT_LENGTH)] = ""


class Release(BaseModel):
    """That nobody looks after an alert any more."""

    model_config = ConfigDict(extra="forbid")

    comment: Annotated[str, Field(max_length=MAX_TEXT_LENGTH)] = ""


class Assignment(BaseModel):
    """Who is to look after an alert."""

    model_config = ConfigDict(extra="forbid")

    assignee: Annotated[str, Field(min_length=1, max_length=MAX_WHO_LENGTH)] | None
    """Null is nobody any more."""
    comment: Annotated[str, Field(max_length=MAX_TEXT_LENGTH)] = ""


class Comment(BaseModel):
    """What others should know of an alert."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT_LENGTH)]


def life_of(alert: Alert, notes: Sequence[Note]) -> Life:
    """Whether it goes on, and whether somebody looks after it."""
    seen = care_of(notes).acknowledged is not None
    if alert.state == "closed":
        return "closed" if seen else "cleared_unseen"
    return "acknowledged" if seen else "open"


def tag_of(alert: Alert, notes: Sequence[Note]) -> str:
    """What tells an alert as it stands from itself before: a version never changes."""
    said = _encode([alert.id, alert.version, *notes])
    return hashlib.blake2b(said, digest_size=12).hexdigest()


def alert_now(alert: Alert, notes: Sequence[Note]) -> AlertNow:
    """An alert as it is answered.

    Args:
        notes: By their times.
    """
    return AlertNow.model_validate(_fields(alert, notes))


def alert_story(versions: Sequence[Alert], notes: Sequence[Note], *, whole: bool) -> AlertStory:
    """An alert with all of its versions.

    Args:
        versions: In their order; one at least.
    """
    alert = versions[-1]
    return AlertStory.model_validate(
        _fields(alert, notes)
        | {
            "homes": list(alert.homes),
            "rules": alert.rules,
            "versions": [_version(each) for each in versions],
            "whole": whole,
            "notes": [
                NoteAnswer(
                    who=each.who,
                    what=each.what,
                    said_at=moment(each.at_ms),
                    text=each.text,
                    assignee=each.assignee,
                )
                for each in notes
            ],
        }
    )


def _fields(alert: Alert, notes: Sequence[Note]) -> dict[str, object]:
    care = care_of(notes)
    first, assigned = care.acknowledged, care.assigned
    return {
        "id": alert.id,
        "version": alert.version,
        "kind": alert.kind,
        "severity": alert.severity,
        "life": life_of(alert, notes),
        "subject": alert.subject,
        "area": alert.area or None,
        "onset": moment(alert.onset_ms),
        "opened_at": moment(alert.opened_at_ms),
        "changed_at": moment(alert.at_ms),
        "restored_at": moment_or_none(alert.restored_at_ms),
        "closed_at": moment_or_none(alert.closed_at_ms),
        "reason": alert.reason,
        "text": alert.evidence.text,
        "cause": alert.cause,
        "homes_count": alert.homes_count,
        "homes_out": _homes_out(alert),
        "momentary": alert.momentary,
        "customer_minutes": alert.customer_minutes,
        "acknowledged_by": None if first is None else first.who,
        "acknowledged_at": None if first is None else moment(first.at_ms),
        "assigned_to": None if assigned is None else assigned.assignee,
        "assigned_at": None if assigned is None else moment(assigned.at_ms),
        "tag": tag_of(alert, notes),
    }


def _homes_out(alert: Alert) -> int | None:
    return None if isinstance(alert, OwnAlert) and not alert.out_known else alert.homes_out


def _version(alert: Alert) -> AlertVersion:
    return AlertVersion(
        version=alert.version,
        state=alert.state,
        severity=alert.severity,
        at=moment(alert.at_ms),
        rule=f"{alert.kind}: {alert.evidence.rule}",
        text=alert.evidence.text,
        numbers=alert.evidence.numbers,
        homes_count=alert.homes_count,
        homes_out=_homes_out(alert),
        cause=alert.cause,
    )
