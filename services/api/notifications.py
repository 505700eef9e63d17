"""How people are told of alerts, as the notifier shows it, and what somebody asks of it."""

from collections.abc import Iterable
from contextlib import suppress

from msgspec.structs import replace
from redis import RedisError

from adapters import redis_notifier
from adapters.redis_notifier import Told
from adapters.request_topic import ask
from contracts.deliveries import ARRIVED_KEPT_DAYS, ChannelNow, Delivery
from contracts.notify_requests import Request, SendAgain, Silence, Unsilence
from contracts.time import DAY_MS
from services.api.alerts import SAY_TIMEOUT_S
from services.api.answers.notifications import (
    Notifications,
    To,
    channel,
    message,
    notifier_state,
    rule,
    silence_now,
)
from services.api.answers.shapes import moment
from services.api.caller import Caller
from services.api.parts import Parts
from services.api.problems import ProblemError


async def notifications(parts: Parts, namespace: str) -> Notifications:
    """How people are told of the alerts of a namespace.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    told, now_ms = await _told(parts, namespace), parts.now_ms()
    notifier = told.notifier
    dead = sorted(told.dead.values(), key=lambda each: (-each.since_ms, each.id))
    return Notifications(
        state=notifier_state(notifier, now_ms),
        seen_at=None if notifier is None else moment(notifier.seen_ms),
        file=None if notifier is None else notifier.file,
        rules=[] if notifier is None else [rule(each) for each in notifier.rules],
        channels=[]
        if notifier is None
        else [
            channel(name, notifier, told.channels.get(name, ChannelNow()), now_ms)
            for name in notifier.channels
        ],
        dead=[message(each) for each in dead],
        silences=[silence_now(each) for each in _holding(told.silences.values(), now_ms)],
    )


def _holding(silences: Iterable[Silence], now_ms: int) -> list[Silence]:
    hold = (each for each in silences if each.until_ms > now_ms)
    return sorted(hold, key=lambda each: (each.until_ms, each.id))


async def arrived(
    parts: Parts,
    namespace: str,
    channel_name: str | None,
    alert_id: str | None,
    to: To | None = None,
) -> list[Delivery]:
    """Messages that arrived, the newest first.

    Args:
        channel_name: By this channel alone.
        alert_id: Those that said something of this alert.
        to: Those to customers alone, or to others.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    found: list[Delivery] = await parts.kept.get(
        ("arrived", namespace), lambda: parts.live.ask(redis_notifier.arrived(namespace))
    )
    oldest_ms = parts.now_ms() - ARRIVED_KEPT_DAYS * DAY_MS
    return [
        each
        for each in found
        if each.since_ms >= oldest_ms
        and channel_name in (None, each.channel)
        and (to is None or (to == "customers") == (each.customer is not None))
        and (alert_id is None or any(alert_id in gist.alert_ids for gist in each.gists))
    ]


async def silence(parts: Parts, who: Caller, asked: Silence) -> None:
    """Ask for a silence, and show it until the notifier does.

    Raises:
        Exception: Kafka does not answer; nothing is lost by asking again.
    """
    await _ask(parts, who, asked)
    # It is asked for: the notifier brings it to Redis.
    with suppress(RedisError):
        await redis_notifier.show_silence(parts.live.client, who.namespace, asked)


async def unsilence(parts: Parts, who: Caller, silence_id: str) -> Silence:
    """End a silence before its time.

    Raises:
        ProblemError: there is none.
        Exception: Kafka or Redis does not answer; nothing is lost by asking again.
    """
    now_ms = parts.now_ms()
    found = (await _told(parts, who.namespace)).silences.get(silence_id)
    if found is None or found.until_ms <= now_ms:
        raise ProblemError("not-found")
    await _ask(parts, who, Unsilence(silence_id, now_ms, who.credential.name))
    await redis_notifier.hide_silence(parts.live.client, who.namespace, silence_id)
    return found


async def send_again(parts: Parts, who: Caller, message_id: str) -> Delivery:
    """Have a message that did not arrive tried again.

    Raises:
        ProblemError: there is none.
        Exception: Kafka or Redis does not answer; nothing is lost by asking again.
    """
    now_ms = parts.now_ms()
    found = (await _told(parts, who.namespace)).dead.get(message_id)
    if found is None:
        raise ProblemError("not-found")
    await _ask(parts, who, SendAgain(message_id, now_ms, who.credential.name))
    if found.again_ms is None:
        found = replace(found, again_ms=now_ms)
        await redis_notifier.show_again(parts.live.client, who.namespace, found)
    return found


async def _told(parts: Parts, namespace: str) -> Told:
    return await parts.live.ask(redis_notifier.told(namespace))


async def _ask(parts: Parts, who: Caller, request: Request) -> None:
    await parts.kafka.run(ask, parts.of_namespace(who.namespace), request, SAY_TIMEOUT_S)
