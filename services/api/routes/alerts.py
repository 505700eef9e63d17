"""Alerts: those that stand, one with its story, and what people say of it."""

import re
from contextlib import nullcontext
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Header, Query, Response

from contracts.alerts import SEVERITIES, Alert, Kind, Severity
from contracts.notes import Note, What, in_order
from contracts.time import DAY_MS, SECOND_MS
from services.api.alerts import said_before, speak, standing, story
from services.api.answers.alerts import (
    Acknowledgement,
    AlertNow,
    Alerts,
    AlertStory,
    Assignment,
    Comment,
    Life,
    Release,
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
    *("bad-request", "not-found", "cross-site", "conflict", "changed-meanwhile"),
    *("too-large", "too-slow"),
)

LONGEST_S = 31 * DAY_MS // SECOND_MS
"""An outage is given up after 30 days."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=100,
        pattern=r"^[\x21-\x7e]+$",
        description="The same one says that a request is the same, sent again; good for a day.",
    ),
]


IfMatch = Annotated[
    str | None,
    Header(
        max_length=300,
        description="The `tag` of the alert in quotes, as its `ETag` is: nothing is said if the "
        "alert is otherwise, or somebody has said anything since. `*` is any.",
    ),
]
_TAG = re.compile(r'"([^"]*)"')


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
    opened_within_s: Annotated[
        int | None,
        Query(ge=1, le=LONGEST_S, description="Opened no longer ago than that, by the stream."),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Alerts:
    """List the alerts that are open, and those closed in the last day of the stream, the newest
    first."""
    asked = (life, severity, kind, area, subject, meter, opened_within_s)
    of = repr(("alerts", who.credential.id, *asked))
    from_place = after(parts, of, cursor) or ""
    found = await standing(parts, who)
    clock = await parts.clock(who.namespace)
    from_ms = 0
    if opened_within_s is not None and clock.stream_ms is not None:
        from_ms = clock.stream_ms - opened_within_s * SECOND_MS
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
        and each.opened_at_ms >= from_ms
        and _place(each) > from_place
    )
    part, more = chosen[:limit], len(chosen) > limit
    return Alerts(
        clock=Clock.of(clock),
        items=[alert_now(each, found.notes.get(each.id, ())) for _, each in part],
        next=going_on(parts, of, part[-1][0]) if more else None,
    )


def _place(alert: Alert) -> str:
    """As text in the order of the list: the newest first."""
    return f"{10**13 - alert.opened_at_ms:013d} {alert.id}"


@router.get("/v1/alerts/{alert_id}", **guarded("read:alerts", also=("not-found", "too-slow")))
async def alert(parts: With, who: Who, response: Response, alert_id: AlertId) -> AlertStory:
    """Say all that is known of an alert: its versions with their evidence, and its notes."""
    told = await story(parts, who, alert_id)
    answer = alert_story(told.versions, told.notes, whole=told.whole)
    response.headers["ETag"] = f'"{answer.tag}"'
    return answer


@router.post(
    "/v1/alerts/{alert_id}/acknowledge",
    status_code=202,
    **guarded("write:alerts", also=_OF_NOTES),
)
async def acknowledge(
    parts: With,
    who: Who,
    response: Response,
    alert_id: AlertId,
    body: Acknowledgement,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> AlertNow:
    """Say that somebody looks after an alert, or has seen that it is over. It stays open until what
    it tells of is over."""
    said = _Said("acknowledged", body.comment, "/body/comment")
    return await _say(parts, who, response, alert_id, said, idempotency_key, if_match)


@router.post(
    "/v1/alerts/{alert_id}/unacknowledge",
    status_code=202,
    **guarded("write:alerts", also=_OF_NOTES),
)
async def unacknowledge(
    parts: With,
    who: Who,
    response: Response,
    alert_id: AlertId,
    body: Release,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> AlertNow:
    """Say that nobody looks after an alert any more: it is as before anybody did."""
    said = _Said("unacknowledged", body.comment, "/body/comment")
    return await _say(parts, who, response, alert_id, said, idempotency_key, if_match)


@router.post(
    "/v1/alerts/{alert_id}/assign",
    status_code=202,
    **guarded("write:alerts", also=_OF_NOTES),
)
async def assign(
    parts: With,
    who: Who,
    response: Response,
    alert_id: AlertId,
    body: Assignment,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> AlertNow:
    """Say who is to look after an alert. Whether somebody does is for that one to say."""
    said = _Said("assigned", body.comment, "/body/comment", body.assignee)
    return await _say(parts, who, response, alert_id, said, idempotency_key, if_match)


@router.post(
    "/v1/alerts/{alert_id}/comment",
    status_code=202,
    **guarded("write:alerts", also=_OF_NOTES),
)
async def comment(
    parts: With,
    who: Who,
    response: Response,
    alert_id: AlertId,
    body: Comment,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> AlertNow:
    """Note what others should know of an alert."""
    said = _Said("note", body.text, "/body/text")
    return await _say(parts, who, response, alert_id, said, idempotency_key, if_match)


class _Said(NamedTuple):
    """What somebody says of an alert."""

    what: What
    text: str
    pointer: str
    """Where the body of the request has the text."""
    assignee: str | None = None


async def _say(
    parts: Parts,
    who: Caller,
    response: Response,
    alert_id: str,
    said: _Said,
    key: str | None,
    if_match: str | None,
) -> AlertNow:
    try:
        name = who.credential.name
        note = Note(alert_id, parts.now_ms(), name, said.what, said.text, said.assignee)
    except ValueError as error:
        # Of what is no id there is no alert.
        await story(parts, who, alert_id)
        pointer = "/body/assignee" if str(error).startswith("assignee") else said.pointer
        refused = FieldError(pointer=pointer, detail=str(error).rpartition(": ")[2])
        raise ProblemError("not-valid", errors=[refused]) from None
    # Who says under which condition says it alone, or two would find it as they took it to be.
    async with nullcontext() if if_match is None else parts.turn(who.namespace, alert_id):
        told = await story(parts, who, alert_id)
        if if_match is not None and await said_before(parts, who, note, key) is None:
            tag = alert_now(told.versions[-1], told.notes).tag
            if if_match.strip() != "*" and tag not in _TAG.findall(if_match):
                raise ProblemError("changed-meanwhile")
        note = await speak(parts, who, note, key)
    answer = alert_now(told.versions[-1], in_order({*told.notes, note}))
    response.headers["ETag"] = f'"{answer.tag}"'
    return answer
