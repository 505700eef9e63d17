"""Signing in and out: a token, or a code, for a cookie that no script can read."""

from fastapi import APIRouter, Request, Response

from adapters import redis_access
from contracts.access import SESSION_MS, taken_apart
from services.api.answers.session import Session, SignIn, session_of
from services.api.caller import (
    SECURE_COOKIE,
    Who,
    With,
    cookie_name,
    guarded,
    nobody,
    problems,
    refuse_other_sites,
)
from services.api.problems import ProblemError
from services.api.sessions import begin, refuse_many

router = APIRouter(tags=["session"])


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
    refuse_many(parts, request)
    held = taken_apart(body.token)
    if held is None or held.kind == "session":
        raise nobody()
    now_ms = parts.now_ms()
    if held.kind == "token":
        found = await redis_access.find(parts.live, held, now_ms)
    else:
        found = await redis_access.use(parts.live.client, held, now_ms)
    if found is None:
        raise nobody()
    until_ms = now_ms + SESSION_MS
    if found.kind == "code":
        await redis_access.keep_used(parts.live.client, held.namespace, found, now_ms, until_ms)
    elif found.expires_ms is not None:
        until_ms = min(until_ms, found.expires_ms)
    session = await begin(parts, request, response, held.namespace, found, until_ms)
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
