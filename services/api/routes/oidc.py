"""Signing in by an OpenID provider: there, and back with a session. Off unless it is set up.

A browser that comes back must be the one that was sent: it has the state as a cookie, of which the
store knows the rest, once. What went wrong the page is told in the fragment of its address, by a
word of `Refusal` alone.
"""

import hmac
import logging
import secrets
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from adapters import redis_access
from contracts.access import PENDING_MS, SESSION_MS, PendingSignIn, new_credential
from contracts.oidc import person_of
from contracts.time import SECOND_MS
from services.api.answers.session import Ways
from services.api.caller import SECURE_COOKIE, With, cookie_name, problems
from services.api.parts import Parts
from services.api.problems import ProblemError
from services.api.provider import Provider, ProviderAwayError, RefusedError
from services.api.sessions import begin, refuse_many

log = logging.getLogger(__name__)

router = APIRouter(tags=["session"])

Refusal = Literal["denied", "expired", "not-believed", "no-role", "away"]
"""The provider did not let one in; it took too long, or another browser comes back; what the
provider says is not believed; it makes nobody of one who may sign in here; it does not answer."""

_OPEN: dict[str, object] = {"x-scopes": None, "security": []}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    303: {"description": "Leads on.", "headers": {"Location": {"schema": {"type": "string"}}}},
    **problems("not-found", "not-valid", "too-many-requests", "store-away"),
}


@router.get("/v1/session/ways", openapi_extra=_OPEN)
async def ways(parts: With) -> Ways:
    """Say how one may sign in, besides by a token."""
    oidc = parts.settings.oidc
    return Ways(provider=None if oidc.issuer is None else oidc.name)


@router.get(
    "/v1/session/oidc",
    status_code=303,
    response_class=RedirectResponse,
    responses=_ANSWERS,
    openapi_extra=_OPEN,
)
async def leave(
    parts: With, request: Request, to: Annotated[str, Query(max_length=1_000)] = "/"
) -> Response:
    """Lead a browser to the OpenID provider; `to` is where on the page it ends."""
    refuse_many(parts, request)
    provider = _provider(parts)
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    try:
        address = await provider.address(state, nonce, verifier)
    except ProviderAwayError as error:
        return _back("away", error)
    pending = PendingSignIn(nonce, verifier, to if _is_own(to) else "/")
    namespace = parts.settings.oidc.namespace
    await redis_access.keep_pending(parts.live.client, namespace, state, pending)
    answer = _leading(address)
    name = _cookie_name(request)
    answer.set_cookie(
        name,
        state,
        max_age=PENDING_MS // SECOND_MS,
        path="/",
        secure=_is_secure(request),
        httponly=True,
        # It has to come back from another site.
        samesite="lax",
    )
    return answer


@router.get(
    "/v1/session/oidc/callback",
    status_code=303,
    response_class=RedirectResponse,
    responses=_ANSWERS,
    openapi_extra=_OPEN,
)
async def come_back(
    parts: With,
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4_000)] = "",
) -> Response:
    """Sign in whoever comes back from the OpenID provider, for half a day, and lead on."""
    refuse_many(parts, request)
    provider = _provider(parts)
    sent = request.cookies.get(_cookie_name(request), "")
    if not state or not hmac.compare_digest(state.encode(), sent.encode()):
        return _back("expired")
    namespace = parts.settings.oidc.namespace
    pending = await redis_access.take_pending(parts.live.client, namespace, state)
    if pending is None:
        return _forgetting(request, _back("expired"))
    if not code:
        return _forgetting(request, _back("denied"))
    now_ms = parts.now_ms()
    try:
        claims = await provider.claims(code, pending.nonce, pending.verifier, now_ms)
    except ProviderAwayError as error:
        return _forgetting(request, _back("away", error))
    except RefusedError as error:
        return _forgetting(request, _back("not-believed", error))
    person = person_of(claims, parts.settings.oidc)
    if person is None:
        return _forgetting(request, _back("no-role"))
    # As a code that was used: it is listed, and who revokes it ends the session.
    of, _ = new_credential(
        namespace,
        "code",
        name=person.name,
        role=person.role,
        now_ms=now_ms,
        customer=person.customer,
    )
    until_ms = now_ms + SESSION_MS
    await redis_access.keep_used(parts.live.client, namespace, of, now_ms, until_ms)
    answer = _leading(pending.to)
    await begin(parts, request, answer, namespace, of, until_ms)
    return _forgetting(request, answer)


def _provider(parts: Parts) -> Provider:
    if parts.provider is None:
        raise ProblemError("not-found")
    return parts.provider


def _back(why: Refusal, error: Exception | None = None) -> Response:
    log.warning("somebody is not signed in by the provider: %s", error or why)
    return _leading(f"/sign-in#{urlencode({'refused': why})}")


def _leading(to: str) -> Response:
    return RedirectResponse(to, 303, headers={"Cache-Control": "no-store"})


def _forgetting(request: Request, answer: Response) -> Response:
    answer.delete_cookie(
        _cookie_name(request), path="/", secure=_is_secure(request), httponly=True, samesite="lax"
    )
    return answer


def _is_secure(request: Request) -> bool:
    return cookie_name(request) == SECURE_COOKIE


def _cookie_name(request: Request) -> str:
    return f"{cookie_name(request)}-sign-in"


def _is_own(to: str) -> bool:
    """Whether an address is one of the page: browsers take // and /\\ for another host."""
    return to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable()
