"""How a customer wants to be told of the own home: set by that customer alone."""

from contextlib import suppress

from redis import RedisError

from adapters import redis_choices
from adapters.choice_topic import choose, take_back
from contracts.choices import Choice, Quiet, address_problem
from contracts.deliveries import Customers
from services.api.alerts import SAY_TIMEOUT_S
from services.api.answers.choice import Choosing, NewChoice, choosing
from services.api.caller import Caller
from services.api.parts import Parts
from services.api.problems import FieldError, ProblemError


def customer_of(who: Caller) -> str:
    """Whose choice it is.

    Raises:
        ProblemError: the caller is no customer, so there is none.
    """
    if who.customer is None:
        raise ProblemError("not-found")
    return who.customer


async def chosen(parts: Parts, who: Caller) -> Choosing:
    """What the caller may choose from, and has chosen.

    Raises:
        ProblemError: the caller is no customer.
        redis.RedisError: Redis does not answer.
    """
    customer = customer_of(who)
    notifier = await parts.live.ask(redis_choices.notifier(who.namespace))
    return choosing(notifier, await parts.live.ask(redis_choices.choice(who.namespace, customer)))


async def set_choice(parts: Parts, who: Caller, asked: NewChoice) -> Choice:
    """Put a choice on its topic, and show it until the notifier does.

    Raises:
        ProblemError: the caller is no customer, or a value is none that can be chosen.
        Exception: Kafka or Redis does not answer; nothing is lost by asking again.
    """
    customer = customer_of(who)
    notifier = await parts.live.ask(redis_choices.notifier(who.namespace))
    made = _made(customer, asked, None if notifier is None else notifier.customers, parts.now_ms())
    settings = parts.of_namespace(who.namespace)
    await parts.kafka.run(choose, settings, made, SAY_TIMEOUT_S)
    # It is chosen: the notifier brings it to Redis.
    with suppress(RedisError):
        await redis_choices.show_choice(parts.live.client, who.namespace, made)
    return made


async def unset_choice(parts: Parts, who: Caller) -> None:
    """Take back what the caller has chosen, if anything.

    Raises:
        ProblemError: the caller is no customer.
        Exception: Kafka or Redis does not answer; nothing is lost by asking again.
    """
    customer = customer_of(who)
    await parts.kafka.run(take_back, parts.of_namespace(who.namespace), customer, SAY_TIMEOUT_S)
    await redis_choices.hide_choice(parts.live.client, who.namespace, customer)


def _made(customer: str, asked: NewChoice, offered: Customers | None, now_ms: int) -> Choice:
    """What is asked for, if that can be; what is wrong is told without the value, which of an
    address is nobody's to see."""
    wrong = list(_not_offered(asked, offered))
    quiet = asked.quiet
    if wrong:
        raise ProblemError("not-valid", errors=wrong)
    try:
        return Choice(
            customer=customer,
            at_ms=now_ms,
            channel=asked.channel,
            address=asked.address,
            kinds=tuple(asked.kinds),
            zone=asked.zone,
            language=asked.language,
            quiet=None if quiet is None else Quiet(quiet.begin, quiet.end),
        )
    except ValueError as error:
        name, _, said = f"{error}".partition(" is ")
        pointer = f"/body/{name.replace('.', '/')}"
        refused = FieldError(pointer=pointer, detail=said.rpartition(": ")[2])
        raise ProblemError("not-valid", errors=[refused]) from None


def _not_offered(asked: NewChoice, offered: Customers | None) -> list[FieldError]:
    """Where something is asked for that the utility does not offer, or a channel cannot take."""
    channels = {} if offered is None else offered.channels
    languages = () if offered is None else offered.languages
    if asked.channel not in channels:
        known = f"give one of {', '.join(channels)}" if channels else "the utility offers none yet"
        return [FieldError(pointer="/body/channel", detail=known)]
    found = []
    if (problem := address_problem(channels[asked.channel], asked.address)) is not None:
        found.append(FieldError(pointer="/body/address", detail=problem))
    if asked.language not in languages:
        known = f"give one of {', '.join(languages)}"
        found.append(FieldError(pointer="/body/language", detail=known))
    return found
