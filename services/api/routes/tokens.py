"""Tokens of the namespace: made, listed, revoked."""

from typing import Annotated

from fastapi import APIRouter, Path

from adapters import redis_access
from contracts.access import Credential, all_named_by, new_credential
from contracts.time import DAY_MS
from services.api.answers.session import MadeToken, NewToken, Token, Tokens, token_of
from services.api.caller import RATES, Caller, Who, With, guarded, rate_of
from services.api.parts import Parts
from services.api.problems import FieldError, ProblemError

router = APIRouter(tags=["tokens"])

TokenId = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,31}-[0-9a-f]{8}$", examples=["demo-0123abcd"])]


@router.get("/v1/tokens", **guarded("admin:tokens"))
async def tokens(parts: With, who: Who) -> Tokens:
    """List all tokens, those that were revoked or have expired too."""
    found = await redis_access.tokens(parts.live.client, who.namespace)
    now_ms = parts.now_ms()
    return Tokens(items=[token_of(each, now_ms) for each in found], next=None)


@router.post(
    "/v1/tokens",
    status_code=201,
    **guarded("admin:tokens", also=("cross-site", "too-large", "bad-request")),
)
async def make(parts: With, who: Who, body: NewToken) -> MadeToken:
    """Make a token that may do no more than whoever makes it, holds no longer and asks no more
    often; its text is told this once."""
    now_ms, maker = parts.now_ms(), await _maker(parts, who)
    ends_ms = [] if body.days is None else [now_ms + body.days * DAY_MS]
    if maker.expires_ms is not None:
        ends_ms.append(maker.expires_ms)
    per_second, most = body.per_second, rate_of(maker).per_second
    if (per_second or RATES[body.role].per_second) > most:
        per_second = most
    try:
        token, text = new_credential(
            who.namespace,
            "token",
            name=body.name,
            role=body.role,
            now_ms=now_ms,
            scopes=None if body.scopes is None else tuple(body.scopes),
            customer=body.customer,
            expires_ms=min(ends_ms, default=None),
            per_second=per_second,
            meters=None if body.meters is None else tuple(body.meters),
        )
    except ValueError as error:
        refused = FieldError(pointer="/body", detail=str(error))
        raise ProblemError("not-valid", errors=[refused]) from None
    if missing := [scope for scope in token.scopes if not who.may(scope)]:
        raise ProblemError(
            "out-of-scope", f"The scope {missing[0]} is needed to give it to others."
        )
    if not all_named_by(maker.meters or (), token.meters or ()):
        refused = FieldError(pointer="/body/meters", detail="give none but those of your own token")
        raise ProblemError("not-valid", errors=[refused])
    await redis_access.keep(parts.live.client, who.namespace, token)
    return MadeToken(token=text, made=token_of(token, now_ms))


async def _maker(parts: Parts, who: Caller) -> Credential:
    """Whoever makes a token: of a session the token that it was made of, which holds longer."""
    if who.credential.token is None:
        return who.credential
    found = await redis_access.token(parts.live.client, who.namespace, who.credential.token)
    return who.credential if found is None else found


@router.delete("/v1/tokens/{token_id}", **guarded("admin:tokens", also=("cross-site", "not-found")))
async def revoke(parts: With, who: Who, token_id: TokenId) -> Token:
    """Revoke a token: its next request is refused, and the sessions and streams that it has end."""
    now_ms = parts.now_ms()
    found = await redis_access.revoke(parts.live.client, who.namespace, token_id, now_ms)
    if found is None:
        raise ProblemError("not-found")
    return token_of(found, now_ms)
