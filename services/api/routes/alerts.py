"""Alerts: those that stand, one with its story, and what people say of it."""

from typing import Annotated

from fastapi import APIRouter, Header, Query

from contracts.alerts import SEVERITIES, Alert, Kind, Severity
from contracts.notes import Note, What
from services.api.alerts import speak, standing, story
from services.api.answers.alerts import (
    Acknowledgement,
    AlertNow,
    Alerts,
    AlertStory,
    Comment,
    Life,
    alert_now,
    alert_story,
    life_of,
)
from services.api.answers.shapes import Clock
from services.api.caller import Caller, Who, With, guarded
from services.api.lists import Cursor, Limit, after, going_on
from services.api.parts import Parts
from services.api.paths import AlertId, CellPrefix
from services.api.problems import FieldError, ProblemError
from services.api.problems import Kind as ProblemKind

router = APIRouter(tags=["alerts"])

_OF_NOTES: tuple[ProblemKind, ...] = (
    *("bad-request", "not-found", "cross-site", "conflict", "too-large", "too-slow"),
)

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=100,
        pattern=r"^[\x21-\x7e]+$",
        description="The same one says that a request is the same, sent again; good for a day.",
    ),
]


@router.get("/v1/alerts", **guarded("read:alerts", also=("bad-request",)))
async def alerts(
    parts: With,
    who: Who,
    life: Annotated[list[Life] | None, Query(description="Any of these; all if absent.")] = None,
    severity: Annotated[Severity | None, Query(description="This, or worse.")] = None,
    kind: Annotated[list[Kind] | None, Query()] = None,
    area: Annotated[CellPrefix | None, Query()] = None,
    subject: Annotated[
        str | None, Query(max_length=100, description="A feeder or a meter.")
    ] = None,
    meter: Annotated[
        str | None, Query(max_length=64, description="A meter, also as one of an outage's homes.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Alerts:
    """List the alerts that are open, and those closed in the last day of the stream, the newest
    first."""
    of = repr(("alerts", who.credential.id, life, severity, kind, area, subject, meter))
    from_place = after(parts, of, cursor) or ""
    found = await standing(parts, who)
    least = 0 if severity is None else SEVERITIES.index(severity)
    chosen = sorted(
        (_place(each), each)
        for each in found.alerts
        if (life is None or life_of(each, found.notes.get(each.id, ())) in life)
        and SEVERITIES.index(each.severity) >= least
        and (kind is None or each.kind in kind)
        and (area is None or each.area.startswith(area))
        and subject in (None, each.subject)
        and (meter is None or meter == each.subject or meter in each.homes)
        and _place(each) > from_place
    )
    part, more = chosen[:limit], len(chosen) > limit
    return Alerts(
        clock=Clock.of(await parts.clock(who.namespace)),
        items=[alert_now(each, found.notes.get(each.id, ())) for _, each in part],
        next=going_on(parts, of, part[-1][0]) if more else None,
    )


def _place(alert: Alert) -> str:
    """As text in the order of the list: the newest first."""
    return f"{10**13 - alert.opened_at_ms:013d} {alert.id}"


@router.get("/v1/alerts/{alert_id}", **guarded("read:alerts", also=("not-found", "too-slow")))
async def alert(parts: With, who: Who, alert_id: AlertId) -> AlertStory:
    """Say all that is known of an alert: its versions with their evidence, and its notes."""
    told = await story(parts, who, alert_id)
    return alert_story(told.versions, told.notes, whole=told.whole)


@router.post(
    "/v1/alerts/{alert_id}/acknowledge",
    status_code=202,
    **guarded("write:alerts", also=_OF_NOTES),
)
async def acknowledge(
    parts: With,
    who: Who,
    alert_id: AlertId,
    body: Acknowledgement,
    idempotency_key: IdempotencyKey = None,
) -> AlertNow:
    """Say that somebody looks after an alert, or has seen that it is over. It stays open until what
    it tells of is over."""
    return await _said(parts, who, alert_id, "acknowledged", body.comment, idempotency_key)


@router.post(
    "/v1/alerts/{alert_id}/comment",
    status_code=202,
    **guarded("write:alerts", also=_OF_NOTES),
)
async def comment(
    parts: With,
    who: Who,
    alert_id: AlertId,
    body: Comment,
    idempotency_key: IdempotencyKey = None,
) -> AlertNow:
    """Note what others should know of an alert."""
    return await _said(parts, who, alert_id, "note", body.text, idempotency_key)


async def _said(
    parts: Parts, who: Caller, alert_id: str, what: What, text: str, key: str | None
) -> AlertNow:
    told = await story(parts, who, alert_id)
    try:
        note = Note(alert_id, parts.now_ms(), who.credential.name, what, text)
    except ValueError as error:
        pointer = "/body/comment" if what == "acknowledged" else "/body/text"
        refused = FieldError(pointer=pointer, detail=str(error).rpartition(": ")[2])
        raise ProblemError("not-valid", errors=[refused]) from None
    note = await speak(parts, who, note, key)
    notes = sorted({*told.notes, note}, key=lambda each: (each.at_ms, each.who, each.text))
    return alert_now(told.versions[-1], notes)
