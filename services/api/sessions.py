"""Sessions of browsers: begun for whoever has shown who it is, and held as a cookie."""

import time

from fastapi import Request, Response

from adapters import redis_access
from contracts.access import Credential, new_credential
from contracts.time import SECOND_MS
from services.api.caller import SECURE_COOKIE, Rate, cookie_name, too_often
from services.api.parts import Parts

SIGN_INS = Rate(5, 100)
"""From one address."""


def refuse_many(parts: Parts, request: Request) -> None:
    """Let an address try to sign in so often.

    Raises:
        ProblemError: it tries more often.
    """
    who = f"sign-in {request.client.host if request.client is not None else ''}"
    if (wait_s := parts.rates.wait_s(who, *SIGN_INS, time.monotonic())) > 0:
        raise too_often(wait_s)


async def begin(
    parts: Parts,
    request: Request,
    response: Response,
    namespace: str,
    of: Credential,
    until_ms: int,
) -> Credential:
    """Begin a session of a token or a code, up to a time, epoch ms; the answer takes it along.

    Raises:
        redis.RedisError: Redis does not answer, or refuses.
    """
    now_ms = parts.now_ms()
    session, text = new_credential(
        namespace,
        "session",
        name=of.name,
        role=of.role,
        now_ms=now_ms,
        scopes=of.scopes,
        customer=of.customer,
        expires_ms=until_ms,
        token=of.id,
        per_second=of.per_second,
        meters=of.meters,
    )
    await redis_access.keep(parts.live.client, namespace, session)
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
    return session
