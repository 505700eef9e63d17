"""How people are told of alerts, in Redis: the notifier writes it, and who is asked reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis
import redis.asyncio
from msgspec.json import Decoder, Encoder

from adapters.live_questions import Question
from contracts.deliveries import (
    ARRIVED_KEPT_DAYS,
    MOST_ARRIVED,
    NOTIFIER_FIELD,
    ChannelNow,
    Delivery,
    Notifier,
    arrived_at_customers_key,
    arrived_key,
    channel_field,
    dead_field,
    notifier_key,
    silence_field,
)
from contracts.notify_requests import Silence
from contracts.time import DAY_MS

_SET_IF_THERE = """
if redis.call("HEXISTS", KEYS[1], ARGV[1]) == 1 then
    redis.call("HSET", KEYS[1], ARGV[1], ARGV[2])
end
"""

_encode = Encoder().encode
_notifier = Decoder(Notifier).decode
_channel = Decoder(ChannelNow).decode
_delivery = Decoder(Delivery).decode
_silence = Decoder(Silence).decode


@dataclass(slots=True)
class Told:
    """How people are told, as it is now."""

    notifier: Notifier | None = None
    """None: none has run since Redis was empty."""
    channels: dict[str, ChannelNow] = field(default_factory=dict)
    dead: dict[str, Delivery] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)


def told(namespace: str) -> Question[Told]:
    """How people are told, as it is now."""
    return Question((("HGETALL", notifier_key(namespace)),), lambda answers: _told(answers[0]))


def _told(fields: Mapping[str, str]) -> Told:
    found = Told()
    for name, value in fields.items():
        _, _, key = name.partition(" ")
        if name == NOTIFIER_FIELD:
            found.notifier = _notifier(value)
        elif name == channel_field(key):
            found.channels[key] = _channel(value)
        elif name == dead_field(key):
            found.dead[key] = _delivery(value)
        elif name == silence_field(key):
            found.silences[key] = _silence(value)
    return found


def arrived(namespace: str) -> Question[list[Delivery]]:
    """The messages that arrived, those to customers among them, the newest first."""

    def read(answers: Sequence[Any]) -> list[Delivery]:
        found = [_delivery(each) for members in answers for each in members]
        return sorted(found, key=lambda each: -each.since_ms)

    keys = (arrived_key(namespace), arrived_at_customers_key(namespace))
    return Question(tuple(("ZREVRANGE", key, 0, -1) for key in keys), read)


def show(
    client: "redis.Redis",
    namespace: str,
    fields: Mapping[str, bytes | None],
    members: Mapping[bytes, int],
    *,
    at_customers: Mapping[bytes, int] | None = None,
    anew: bool = False,
) -> str:
    """Write what is otherwise than it was.

    Args:
        fields: Of the hash; None is nothing.
        members: Messages that arrived, and when.
        at_customers: Those of them that were to customers.
        anew: Nothing else is left there.

    Returns:
        Which run of Redis has it: another one may go on with what is older.

    Raises:
        redis.RedisError: Redis does not answer, or refuses; nobody knows what is written.
    """
    key, its_arrived = notifier_key(namespace), arrived_key(namespace)
    theirs = arrived_at_customers_key(namespace)
    pipe = client.pipeline(transaction=True)
    if anew:
        pipe.delete(key, its_arrived, theirs)
    for name, value in fields.items():
        if value is None:
            pipe.hdel(key, name)
        else:
            pipe.hset(key, name, value)
    for its_key, those in ((its_arrived, members), (theirs, at_customers)):
        if those:
            pipe.zadd(its_key, dict(those))
            oldest_ms = max(those.values()) - ARRIVED_KEPT_DAYS * DAY_MS
            pipe.zremrangebyscore(its_key, "-inf", oldest_ms)
            pipe.zremrangebyrank(its_key, 0, -(MOST_ARRIVED + 1))
    pipe.info("server")
    return str(pipe.execute()[-1]["run_id"])


def say_seen(client: "redis.Redis", namespace: str, notifier: bytes) -> str | None:
    """Say that the notifier runs.

    Returns:
        Which run of Redis has it, as of `show`; None if nobody had said so before: what is there
        is empty.

    Raises:
        redis.RedisError: Redis does not answer, or refuses.
    """
    pipe = client.pipeline(transaction=True)
    pipe.hset(notifier_key(namespace), NOTIFIER_FIELD, notifier)
    pipe.info("server")
    added, server = pipe.execute()
    return None if added else str(server["run_id"])


async def show_silence(client: "redis.asyncio.Redis", namespace: str, silence: Silence) -> None:
    """Show a silence that somebody asked for, as the notifier does when it has heard of it.

    Raises:
        redis.RedisError: Redis does not answer, or refuses.
    """
    async with client.pipeline(transaction=False) as pipe:
        pipe.hset(notifier_key(namespace), silence_field(silence.id), _encode(silence))
        await pipe.execute()


async def hide_silence(client: "redis.asyncio.Redis", namespace: str, silence_id: str) -> None:
    """Show a silence no more, as the notifier does when it has heard that it is to end.

    Raises:
        redis.RedisError: Redis does not answer, or refuses.
    """
    async with client.pipeline(transaction=False) as pipe:
        pipe.hdel(notifier_key(namespace), silence_field(silence_id))
        await pipe.execute()


async def show_again(client: "redis.asyncio.Redis", namespace: str, dead: Delivery) -> None:
    """Show that a message is to be tried again, as the notifier does when it has heard of it; if it
    has gone since, that stays so.

    Raises:
        redis.RedisError: Redis does not answer, or refuses.
    """
    async with client.pipeline(transaction=False) as pipe:
        pipe.eval(
            _SET_IF_THERE, 1, notifier_key(namespace), dead_field(dead.id), _encode(dead).decode()
        )
        await pipe.execute()
