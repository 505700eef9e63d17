"""How customers want to be told, in Redis: what the API shows at once, and the notifier again."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice

import redis
import redis.asyncio
from msgspec.json import Decoder, Encoder

from adapters.live_questions import Question
from contracts.choices import Choice, choices_key
from contracts.deliveries import NOTIFIER_FIELD, Notifier, notifier_key

AT_ONCE = 1_000

_encode = Encoder().encode
_choice = Decoder(Choice).decode
_notifier = Decoder(Notifier).decode


def choice(namespace: str, customer: str) -> Question[Choice | None]:
    """How a customer wants to be told; None if it has not said."""
    return Question(
        (("HGET", choices_key(namespace), customer),),
        lambda answers: None if answers[0] is None else _choice(answers[0]),
    )


def notifier(namespace: str) -> Question[Notifier | None]:
    """What a notifier goes by; None if none has run since Redis was empty."""
    return Question(
        (("HGET", notifier_key(namespace), NOTIFIER_FIELD),),
        lambda answers: None if answers[0] is None else _notifier(answers[0]),
    )


async def show_choice(client: "redis.asyncio.Redis", namespace: str, chosen: Choice) -> None:
    """Show what a customer has chosen, as the notifier does when it has heard of it.

    Raises:
        redis.RedisError: Redis does not answer, or refuses.
    """
    async with client.pipeline(transaction=False) as pipe:
        pipe.hset(choices_key(namespace), chosen.customer, _encode(chosen))
        await pipe.execute()


async def hide_choice(client: "redis.asyncio.Redis", namespace: str, customer: str) -> None:
    """Show no more what a customer had chosen.

    Raises:
        redis.RedisError: as `show_choice`.
    """
    async with client.pipeline(transaction=False) as pipe:
        pipe.hdel(choices_key(namespace), customer)
        await pipe.execute()


def show_choices(
    client: "redis.Redis",
    namespace: str,
    choices: Mapping[str, bytes | None],
    *,
    anew: bool = False,
) -> None:
    """Write what is otherwise than it was, in pieces, so that Redis answers others meanwhile.

    Args:
        choices: As JSON, by the customer; None is nothing.
        anew: Nothing else is left there.

    Raises:
        redis.RedisError: Redis does not answer, or refuses; nobody knows what is written.
    """
    key = choices_key(namespace)
    into = f"{key}:new" if anew else key
    if anew:
        client.delete(into)
    there = {customer: value for customer, value in choices.items() if value is not None}
    for part in _parts(there):
        client.hset(into, items=part)
    if not anew:
        if gone := choices.keys() - there.keys():
            client.hdel(key, *gone)
    elif there:
        client.rename(into, key)
    else:
        client.delete(key)


def _parts(those: Mapping[str, bytes]) -> Iterator[list[str | bytes]]:
    """Names and values in turn."""
    rest = iter(those.items())
    while part := list(islice(rest, AT_ONCE)):
        yield list(chain.from_iterable(part))
