"""Signing in and out: a token, or a code, for a cookie that no script can read."""

import time

from fastapi import APIRouter, Request, Response

from adapters import redis_access
from contracts.access import SESSION_MS, new_credential, taken_apart
from contracts.time import SECOND_MS
from services.api.answers.session import Session, SignIn, session_of
from services.api.caller import (
    SECURE_COOKIE,
    Rate,
    Who,
    With,
    cookie_name,
    guarded,
    nobody,
    problems,
    refuse_other_sites,
    too_often,
)
from services.api.problems import ProblemError

router = APIRouter(tags=["session"])

SIGN_INS = Rate(5, 100)
"""From one address."""


@router.post(
    "/v1/session",
    status_code=201,
    responses=problems(
        *("bad-request", "not-signed-in", "cross-site", "not-valid", "too-large"),
        *("too-many-requests", "store-away"),
    ),
    openapi_extra={"x-scopes": None, "security": []},
)
async def sign_in(parts: With, request: Request, response: Response, body: SignIn) -> Session:
    """Sign in for half a day: with a token, or with a code, which is used up by that."""
    refuse_other_sites(request)
    who = f"sign-in {request.client.host if request.client is not None else ''}"
    if (wait_s := parts.rates.wait_s(who, *SIGN_INS, time.monotonic())) > 0:
        raise too_often(wait_s)
    held = taken_apart(body.token)
    if held is None or held.kind == "session":
        raise nobody()
    now_ms = parts.now_ms()
    find = redis_access.find if held.kind == "token" else redis_access.use
    found = await find(parts.live.client, held, now_ms)
    if found is None:
        raise nobody()
    until_ms = now_ms + SESSION_MS
    if found.kind == "code":
        await redis_access.keep_used(parts.live.client, held.namespace, found, now_ms, until_ms)
    elif found.expires_ms is not None:
        until_ms = min(until_ms, found.expires_ms)
    session, text = new_credential(
        held.namespace,
        "session",
        name=found.name,
        role=found.role,
        now_ms=now_ms,
        scopes=found.scopes,
        customer=found.customer,
        expires_ms=until_ms,
        token=found.id,
        per_second=found.per_second,
    )
    await redis_access.keep(parts.live.client, held.namespace, session)
    name = cookie_name(request)
    response.set_cookie(
        name,
        text,
        max_age=(until_ms - now_ms) // SECOND_MS,
        path="/",
        secure=name == SECURE_COOKIE,
        httponly=True,
        samesite="strict",
    )
    return session_of(held.namespace, session)


@router.get("/v1/session", **guarded())
async def session(who: Who) -> Session:
    """Say who is signed in, and what that person or program may do."""
    return session_of(who.namespace, who.credential)


@router.delete("/v1/session", status_code=204, **guarded(also=("cross-site", "bad-request")))
async def sign_out(parts: With, who: Who, request: Request, response: Response) -> None:
    """End the session of the cookie; its token holds on."""
    if who.held.kind != "session":
        raise ProblemError("bad-request", "A token has no session: revoke it, or forget it.")
    await redis_access.end_session(parts.live.client, who.namespace, who.credential)
    name = cookie_name(request)
    response.delete_cookie(name, path="/", secure=name == SECURE_COOKIE, httponly=True)
