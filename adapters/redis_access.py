"""Credentials in Redis: the only place that has them.

They are what an operator's command put there, and no log makes them again: who loses Redis makes
new tokens. So a lost store lets nobody in (docs/decisions/0023-tokens-are-in-redis.md).
"""

import redis.asyncio as redis
from msgspec import structs
from msgspec.json import Decoder, Encoder

from adapters.live_questions import Command, Question
from adapters.live_store import AsyncLiveStore
from contracts.access import (
    CODE_MS,
    MOST_SESSIONS,
    PENDING_MS,
    SESSION_MS,
    Credential,
    Held,
    PendingSignIn,
    code_key,
    matches,
    pending_key,
    session_key,
    sessions_of_key,
    tokens_key,
)

_encode = Encoder().encode
_decode = Decoder(Credential).decode
_decode_pending = Decoder(PendingSignIn).decode


async def keep(client: "redis.Redis", namespace: str, credential: Credential) -> None:
    """Keep a credential that was made.

    Raises:
        redis.RedisError: Redis does not answer, or refuses.
    """
    match credential.kind:
        case "token":
            await client.hset(tokens_key(namespace), credential.id, _encode(credential))
        case "session":
            await _keep_session(client, namespace, credential)
        case "code":
            key = code_key(namespace, credential.id)
            await client.set(key, _encode(credential), px=CODE_MS)


async def find(live: AsyncLiveStore, held: Held, now_ms: int) -> Credential | None:
    """The token or session that somebody holds, if it still holds; codes are for `use`.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    if held.kind == "code":
        return None
    command: Command = ("GET", session_key(held.namespace, held.id))
    if held.kind == "token":
        command = ("HGET", tokens_key(held.namespace), held.id)
    value = await live.ask(Question((command,), lambda answers: answers[0]))
    found = _known(value, held, now_ms)
    if found is not None and found.token is not None:
        of = await live.ask(_token(held.namespace, found.token))
        if of is None or not of.holds(now_ms):
            return None
    return found


async def use(client: "redis.Redis", held: Held, now_ms: int) -> Credential | None:
    """The code that somebody holds, which is gone afterwards, whoever asks at the same time.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    if held.kind != "code":
        return None
    key = code_key(held.namespace, held.id)
    # A secret that is wrong must not use up the code.
    if _known(await client.get(key), held, now_ms) is None:
        return None
    return _known(await client.getdel(key), held, now_ms)


async def keep_used(
    client: "redis.Redis", namespace: str, code: Credential, now_ms: int, until_ms: int
) -> None:
    """Keep of a code that was used what can be listed and revoked, as long as its session may hold;
    it signs nobody in any more.

    Raises:
        redis.RedisError: Redis does not answer, or refuses.
    """
    over = [
        each.id
        for each in await tokens(client, namespace)
        if each.kind == "code" and each.expires_ms is not None and each.expires_ms <= now_ms
    ]
    if over:
        await client.hdel(tokens_key(namespace), *over)
    used = structs.replace(code, secret_sha256="", expires_ms=until_ms)
    await client.hset(tokens_key(namespace), used.id, _encode(used))


async def keep_pending(
    client: "redis.Redis", namespace: str, state: str, pending: PendingSignIn
) -> None:
    """Keep a sign-in by a provider that was begun.

    Raises:
        redis.RedisError: Redis does not answer, or refuses.
    """
    await client.set(pending_key(namespace, state), _encode(pending), px=PENDING_MS)


async def take_pending(client: "redis.Redis", namespace: str, state: str) -> PendingSignIn | None:
    """The sign-in of a state, which is gone afterwards, whoever asks at the same time.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    value = await client.getdel(pending_key(namespace, state))
    return None if value is None else _decode_pending(value)


async def token(client: "redis.Redis", namespace: str, an_id: str) -> Credential | None:
    """A token, whether or not it holds; None if there is none of that id.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    value = await client.hget(tokens_key(namespace), an_id)
    return None if value is None else _decode(value)


def _token(namespace: str, an_id: str) -> Question[Credential | None]:
    return Question(
        (("HGET", tokens_key(namespace), an_id),),
        lambda answers: None if answers[0] is None else _decode(answers[0]),
    )


async def tokens(client: "redis.Redis", namespace: str) -> list[Credential]:
    """All tokens, those that were revoked or have expired too, and codes that were used, by when
    they were made.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    values = await client.hvals(tokens_key(namespace))
    return sorted(map(_decode, values), key=lambda each: (each.created_ms, each.id))


async def revoke(
    client: "redis.Redis", namespace: str, an_id: str, now_ms: int
) -> Credential | None:
    """End a token, and with it the sessions made of it; None if there is no such token.

    Raises:
        redis.RedisError: Redis does not answer, or refuses.
    """
    found = await token(client, namespace, an_id)
    if found is not None and found.revoked_ms is None:
        found = structs.replace(found, revoked_ms=now_ms)
        await client.hset(tokens_key(namespace), an_id, _encode(found))
    return found


async def end_session(client: "redis.Redis", namespace: str, session: Credential) -> None:
    """End a session; one that is not there has ended.

    Raises:
        redis.RedisError: Redis does not answer, or refuses.
    """
    await client.delete(session_key(namespace, session.id))
    if session.token is not None:
        await client.zrem(sessions_of_key(namespace, session.token), session.id)


async def _keep_session(client: "redis.Redis", namespace: str, session: Credential) -> None:
    """Keep a session, and end the oldest of its token where there are too many."""
    until_ms = session.created_ms + SESSION_MS if session.expires_ms is None else session.expires_ms
    key = session_key(namespace, session.id)
    await client.set(key, _encode(session), px=until_ms - session.created_ms)
    if session.token is None:
        return
    of = sessions_of_key(namespace, session.token)
    async with client.pipeline(transaction=True) as together:
        together.zadd(of, {session.id: session.created_ms})
        together.pexpire(of, SESSION_MS)
        together.zrange(of, 0, -MOST_SESSIONS - 1)
        together.zremrangebyrank(of, 0, -MOST_SESSIONS - 1)
        *_, too_many, _ = await together.execute()
    if too_many:
        await client.delete(*(session_key(namespace, each) for each in too_many))


def _known(value: str | bytes | None, held: Held, now_ms: int) -> Credential | None:
    if value is None:
        return None
    credential = _decode(value)
    known = credential.kind == held.kind and matches(credential, held.secret)
    return credential if known and credential.holds(now_ms) else None
