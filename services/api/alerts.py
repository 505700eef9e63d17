"""Alerts of a namespace as a caller may see them, and what the caller says of one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs
from msgspec.json import Decoder, Encoder
from redis import RedisError

from adapters import live_questions as ask
from adapters.note_topic import say
from adapters.redis_notes import add_note
from contracts.alerts import FOR_CUSTOMERS, Alert, Evidence, hits, id_parts
from contracts.meters import behind
from contracts.notes import Note
from contracts.time import DAY_MS
from services.api.answers.alerts import OwnAlert
from services.api.caller import Caller
from services.api.history.alerts import VersionsOfAlert
from services.api.parts import Parts
from services.api.problems import ProblemError
from services.api.standing import Standing

OF_ITSELF = Evidence("", "", {})
"""What a customer is not told: evidence speaks of all homes of a feeder."""

SAY_TIMEOUT_S = 5.0
"""For Kafka to have a note: somebody looks at a screen meanwhile, and may say it again."""

_encode = Encoder().encode
_note = Decoder(Note).decode


async def standing(parts: Parts, who: Caller) -> Standing:
    """The alerts that a caller may see, of those that are open or were closed in the last day.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    found = await parts.alerts(who.namespace)
    if who.customer is None:
        return found
    own = await own_meters(parts, who.namespace, who.customer)
    seen = [each for each in (for_customer(each, own) for each in found.alerts) if each is not None]
    notes = {each.id: without_words(found.notes.get(each.id, ())) for each in seen}
    return Standing(seen, notes)


Own = Mapping[str, str]
"""Behind what a customer's meters are, by their ids: their feeders, or their areas where the
registry has none; empty of a meter that it does not have."""


async def own_meters(parts: Parts, namespace: str, customer: str) -> Own:
    """A customer's meters.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    ids = await parts.live.ask(ask.customers_meters(namespace, customer))
    entries = await parts.live.ask(ask.entries(namespace, ids))
    return {each: behind(entry) if (entry := entries.get(each)) is not None else "" for each in ids}


def for_customer(alert: Alert, own: Own) -> Alert | None:
    """An alert as a customer sees it: the own homes, and nothing of others; None if it is of no
    concern."""
    if alert.kind not in FOR_CUSTOMERS:
        return None
    if alert.subject in own:
        return structs.replace(alert, homes=tuple(each for each in alert.homes if each in own))
    homes = tuple(sorted(each for each in own if hits(alert, each, own[each])))
    if not homes:
        return None
    seen = OwnAlert(**structs.asdict(alert))
    all_out, none_out = alert.homes_out == alert.homes_count, alert.homes_out == 0
    return structs.replace(
        seen,
        homes=homes,
        homes_count=len(homes),
        homes_out=len(homes) if all_out else 0,
        out_known=all_out or none_out,
        evidence=OF_ITSELF,
        customer_minutes=None,
    )


def without_words(notes: Iterable[Note]) -> list[Note]:
    """That somebody looks after it, without who, and without what they say to each other."""
    return [
        structs.replace(each, who="the utility", text="")
        for each in notes
        if each.what in ("acknowledged", "unacknowledged")
    ]


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of an alert."""

    versions: Sequence[Alert]
    """In their order."""
    notes: list[Note]
    whole: bool
    """Whether all versions are there."""


async def story(parts: Parts, who: Caller, an_id: str) -> Story:
    """An alert that the caller may see.

    Raises:
        ProblemError: there is none, or the caller may not see it.
        Exception: neither store answers.
    """
    try:
        id_parts(an_id)
    except ValueError:
        raise ProblemError("not-found") from None
    own: Own | None = None
    if who.customer is not None:
        own = await own_meters(parts, who.namespace, who.customer)
    latest = await parts.live.ask(ask.alert(who.namespace, an_id))
    notes = (await parts.live.ask(ask.notes(who.namespace, [an_id]))).get(an_id, [])
    whole = True
    try:
        versions: Sequence[Alert] = await parts.history.ask(VersionsOfAlert(who.namespace, an_id))
    except ProblemError:
        # A customer must not learn by this which ones of others there are.
        if latest is None or (own is not None and for_customer(latest, own) is None):
            raise
        versions, whole = [], latest.version == 1
    if latest is not None and (not versions or versions[-1].version < latest.version):
        whole = whole and latest.version - (versions[-1].version if versions else 0) == 1
        versions = [*versions, latest]
    if not versions:
        raise ProblemError("not-found")
    if own is None:
        return Story(versions, notes, whole)
    seen = [for_customer(each, own) for each in versions]
    if seen[-1] is None:
        raise ProblemError("not-found")
    mine = [each for each in seen if each is not None]
    return Story(mine, without_words(notes), whole)


async def said_before(parts: Parts, who: Caller, note: Note, key: str | None) -> Note | None:
    """The note as it was said first, if an idempotency key was used before.

    Raises:
        ProblemError: it was used for something else.
        redis.RedisError: Redis does not answer.
    """
    said = None if key is None else await parts.live.client.get(_of_key(who, key))
    return None if said is None else _same(note, str(said))


async def speak(parts: Parts, who: Caller, note: Note, idempotency_key: str | None) -> Note:
    """Put a note on the topic, and into Redis for who looks before the watch job does; the note, as
    it was said first if the key was used before.

    Raises:
        ProblemError: the key was used for something else.
        Exception: Kafka or Redis does not answer; nothing is lost by saying it again.
    """
    if idempotency_key is not None:
        key = _of_key(who, idempotency_key)
        said = await parts.live.client.set(key, _encode(note), nx=True, get=True, px=DAY_MS)
        if said is not None:
            note = _same(note, str(said))
    await parts.kafka.run(say, parts.of_namespace(who.namespace), note, SAY_TIMEOUT_S)
    try:
        await add_note(parts.live.client, who.namespace, note)
    except RedisError:
        # It is said: the watch job brings it to Redis.
        return note
    return note


def _of_key(who: Caller, idempotency_key: str) -> str:
    return f"{who.namespace}:idempotency:{who.credential.id}:{idempotency_key}"


def _same(note: Note, said: str) -> Note:
    """What was said, if it is the same but for its time.

    Raises:
        ProblemError: it is not.
    """
    first = _note(said)
    if structs.replace(first, at_ms=note.at_ms, who=note.who) != note:
        raise ProblemError("conflict", "This Idempotency-Key was used for another request.")
    return first
