"""How people are told of alerts: messages and channels, silences, and what is tried again."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Path, Query

from contracts.deliveries import Delivery
from contracts.notify_requests import Silence
from contracts.time import SECOND_MS
from services.api import notifications as told
from services.api.answers.notifications import (
    Message,
    Messages,
    NewSilence,
    Notifications,
    SilenceNow,
    To,
    message,
    silence_now,
)
from services.api.caller import Who, With, guarded
from services.api.lists import Cursor, Limit, after, cut
from services.api.problems import FieldError, ProblemError
from services.api.problems import Kind as ProblemKind

router = APIRouter(tags=["notifications"])

_ASKED: tuple[ProblemKind, ...] = ("bad-request", "cross-site", "too-large")

SilenceId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,40}$", examples=["5f0c2a91"])]
MessageId = Annotated[
    str, Path(pattern=r"^[0-9a-f]{32}$", examples=["2d802e8dfdbcbfa0ac5aef9261759a40"])
]


@router.get("/v1/notifications", **guarded("read:system"))
async def notifications(parts: With, who: Who) -> Notifications:
    """Say how people are told of alerts: by which rules and channels, what is on its way, what did
    not arrive, and what is silent."""
    return await told.notifications(parts, who.namespace)


@router.get("/v1/notifications/messages", **guarded("read:system", also=("bad-request",)))
async def messages(
    parts: With,
    who: Who,
    channel: Annotated[str | None, Query(max_length=40, description="By this one alone.")] = None,
    alert: Annotated[
        str | None, Query(max_length=150, description="That said something of this one.")
    ] = None,
    to: Annotated[
        To | None, Query(description="To customers of their own homes alone, or to others.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Messages:
    """List the messages that arrived, the newest first: who was told of what, and when."""
    of = repr(("messages", who.credential.id, channel, alert, to))
    from_place = after(parts, of, cursor)
    found = await told.arrived(parts, who.namespace, channel, alert, to)
    # Some arrived in the same millisecond.
    found = sorted(found, key=_place)
    rest = [each for each in found if from_place is None or _place(each) > from_place]
    part, more = cut(parts, of, rest, limit, _place)
    return Messages(items=[message(each) for each in part], next=more)


def _place(delivery: Delivery) -> str:
    """As text in the order of the list."""
    return f"{10**13 - delivery.since_ms:013d} {delivery.id}"


@router.post(
    "/v1/notifications/messages/{message_id}/again",
    status_code=202,
    **guarded("read:system", "write:alerts", also=(*_ASKED, "not-found")),
)
async def send_again(parts: With, who: Who, message_id: MessageId) -> Message:
    """Have a message that did not arrive tried again for a day, as it was and with its id."""
    return message(await told.send_again(parts, who, message_id))


@router.post("/v1/silences", status_code=202, **guarded("read:system", "write:alerts", also=_ASKED))
async def silence(parts: With, who: Who, body: NewSilence) -> SilenceNow:
    """Have nobody told of something for a while. What goes on then is told afterwards, and the end
    of what was told before is told at once."""
    now_ms = parts.now_ms()
    try:
        asked = Silence(
            id=secrets.token_hex(4),
            at_ms=now_ms,
            who=who.credential.name,
            why=body.why,
            from_ms=now_ms,
            until_ms=now_ms + body.for_s * SECOND_MS,
            kind=body.kind,
            area=body.area,
            subject=body.subject,
            incident=body.incident,
        )
    except ValueError as error:
        raise _not_valid(str(error)) from None
    await told.silence(parts, who, asked)
    return silence_now(asked)


def _not_valid(problem: str) -> ProblemError:
    """What is wrong with a silence, without what was sent."""
    if "is no id of an alert" in problem:
        refused = FieldError(pointer="/body/incident", detail="give the id of an alert")
    elif problem.startswith("why "):
        refused = FieldError(pointer="/body/why", detail=problem.rpartition(": ")[2])
    else:
        refused = FieldError(pointer="/body", detail=problem.rpartition(": ")[2])
    return ProblemError("not-valid", errors=[refused])


@router.delete(
    "/v1/silences/{silence_id}",
    status_code=202,
    **guarded("read:system", "write:alerts", also=("cross-site", "not-found")),
)
async def unsilence(parts: With, who: Who, silence_id: SilenceId) -> SilenceNow:
    """End a silence before its time: what goes on is told."""
    return silence_now(await told.unsilence(parts, who, silence_id))
