"""Who asks, and what that person or program may do."""

import math
import time
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPBearer

from adapters import live_questions as ask
from adapters import redis_access
from adapters.live_questions import Known
from contracts.access import Credential, Held, Role, Scope, hashed, taken_apart
from contracts.meters import Meter
from services.api.parts import Parts
from services.api.problems import MEANINGS, Kind, ProblemDetails, ProblemError

COOKIE = "wattstream"
SECURE_COOKIE = "__Host-wattstream"
"""Where the page is served over TLS."""
OWN_PAGE = "x-wattstream"
"""A header that no form of another site can send."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Rate(NamedTuple):
    """How often a credential may ask."""

    per_second: float
    burst: float


RATES: dict[Role, Rate] = {
    "operator": Rate(50, 200),
    "customer": Rate(5, 20),
    "service": Rate(20, 80),
}

_bearer = HTTPBearer(auto_error=False, description="A token: `wst_…`.")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="A session of a browser.")
SIGNED_IN_BY = {"token": _bearer.model, "session": _cookie.model}
"""How OpenAPI is told of ways to be signed in."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is signed in."""

    credential: Credential
    held: Held

    @property
    def namespace(self) -> str:
        """Of all that the caller sees."""
        return self.held.namespace

    @property
    def customer(self) -> str | None:
        """Whose meters are all that the caller sees; None sees every meter."""
        return self.credential.customer

    @property
    def one(self) -> str:
        """Whose requests and streams count together: a token's, with those of its sessions."""
        return self.credential.token or self.credential.id

    def may(self, scope: Scope) -> bool:
        """Whether the caller has a scope; who may read meters may read their sums."""
        scopes = self.credential.scopes
        if scope == "read:areas" and self.customer is None and "read:live" in scopes:
            return True
        return scope in scopes

    def owns(self, entry: Meter | None) -> bool:
        """Whether the caller may see a meter, by its entry in the registry."""
        if self.customer is None:
            return True
        return entry is not None and entry.get("customer") == self.customer


async def parts_of(request: Request) -> Parts:
    """What the application is made of; one that is not asynchronous would be called in a thread."""
    parts: Parts = request.app.state.parts
    return parts


With = Annotated[Parts, Depends(parts_of)]


async def admit(request: Request) -> Caller:
    """Let in who asks, if it is not too often.

    Raises:
        ProblemError: nobody is signed in, or asks too often, or it comes from another site.
    """
    parts, bearer = await parts_of(request), await _bearer(request)
    found = await signed_in(request, parts, bearer.credentials if bearer is not None else None)
    # All sessions of a token ask as one.
    wait_s = parts.rates.wait_s(found.one, *rate_of(found.credential), time.monotonic())
    if wait_s > 0:
        raise too_often(wait_s)
    request.state.caller = found
    return found


async def caller(request: Request) -> Caller:
    """Who asks for what is guarded, and was let in."""
    found: Caller = request.state.caller
    return found


def rate_of(credential: Credential) -> Rate:
    """How often a credential may ask."""
    given = credential.per_second
    return RATES[credential.role] if given is None else Rate(given, max(1.0, 4 * given))


def too_often(wait_s: float) -> ProblemError:
    """Somebody asks before so much time is over."""
    after = str(math.ceil(wait_s))
    limit = f'"default";r=0;t={after}'
    return ProblemError("too-many-requests", headers={"Retry-After": after, "RateLimit": limit})


async def signed_in(request: Request, parts: Parts, bearer: str | None) -> Caller:
    """Who holds the token or the cookie of a request.

    Raises:
        ProblemError: nobody does, or the request comes from another site.
        redis.RedisError: Redis does not answer.
    """
    held = taken_apart(bearer or request.cookies.get(cookie_name(request)) or "")
    wanted = "token" if bearer else "session"
    if held is None or held.kind != wanted:
        raise nobody()
    # Who was let in before may read history while Redis is away: secrets are compared all the same.
    credential = await parts.remembered.ask(
        ("credential", held.id, hashed(held.secret)),
        lambda: redis_access.find(parts.live, held, parts.now_ms()),
    )
    if credential is None or not credential.holds(parts.now_ms()):
        raise nobody()
    if bearer is None and request.method not in SAFE:
        refuse_other_sites(request)
    return Caller(credential, held)


def cookie_name(request: Request) -> str:
    """The one cookie that is a session's, by how the page is served: another site of the domain can
    set the plain one, and must not sign anybody in over TLS."""
    return SECURE_COOKIE if request.scope["scheme"] == "https" else COOKIE


def nobody() -> ProblemError:
    """Nobody is signed in."""
    return ProblemError("not-signed-in", headers={"WWW-Authenticate": "Bearer"})


def refuse_other_sites(request: Request) -> None:
    """Let a browser change something from the API's own pages only.

    Raises:
        ProblemError: it is not from one of them.
    """
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if request.headers.get(OWN_PAGE) != "1" or (origin is not None and origin != own):
        raise ProblemError("cross-site")


Who = Annotated[Caller, Depends(caller)]


def guarded(
    *scopes: Scope,
    also: tuple[Kind, ...] = (),
    answers: tuple[str, ...] = (),
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """What a route says of itself.

    Args:
        scopes: All are needed; none means that anybody who is signed in may ask.
        also: Problems that it may answer with, besides those of every route.
        answers: Media types that it may answer in, besides JSON.
        body: By media type what OpenAPI is told of a body that the route reads by itself.
    """

    # All of it is one dependency: the framework goes through those of each anew where it is
    # needed, which would take a third of the time of an answer.
    async def check(request: Request) -> None:
        who = await admit(request)
        for scope in scopes:
            if not who.may(scope):
                raise ProblemError("out-of-scope", f"The scope {scope} is needed.")

    kinds: tuple[Kind, ...] = ("not-signed-in", "not-valid", "too-many-requests", "store-away")
    if scopes:
        kinds = (*kinds, "out-of-scope")
    responses = problems(*kinds, *also)
    if answers:
        text = {"schema": {"type": "string"}}
        responses[200] = {"content": dict.fromkeys(answers, text)}
    extra: dict[str, Any] = {
        "x-scopes": list(scopes),
        "security": [{name: []} for name in SIGNED_IN_BY],
    }
    if body is not None:
        extra["requestBody"] = {"required": True, "content": body}
    return {
        "dependencies": [Depends(check)],
        "responses": responses,
        "openapi_extra": extra,
    }


def problems(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """How OpenAPI is told that a route may answer so."""
    return {
        MEANINGS[kind].status: {
            "description": MEANINGS[kind].title,
            "content": {"application/problem+json": {"schema": _SCHEMA}},
        }
        for kind in kinds
    }


_SCHEMA = {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}


async def meter_of(parts: Parts, who: Caller, meter_id: str) -> Known:
    """What is known of a meter that the caller may see.

    Raises:
        ProblemError: there is none of that id, or the caller may not see it; nobody can tell which.
        redis.RedisError: Redis does not answer.
    """
    known = await parts.remembered.ask(
        ("meter", who.namespace, meter_id),
        lambda: parts.live.ask(ask.known(who.namespace, meter_id)),
    )
    if not known.anything or not who.owns(known.entry):
        raise ProblemError("not-found")
    return known
