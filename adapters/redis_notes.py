"""Notes of people in Redis, beside the alerts that they are of.

The notes of an alert are a set: a note that is written again changes nothing, and their order is
that of their times, whenever each was written. They stay for as long as Redis does, since an alert
may be open for weeks; whatever Redis loses, their topic has.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

import redis
import redis.asyncio
from msgspec import DecodeError
from msgspec.json import Decoder, Encoder

from contracts.alerts import MOST_CHANGES, alert_changes_key
from contracts.notes import Note, notes_key

NOTES_A_CALL = 1_000

_encode = Encoder().encode
_decode = Decoder(Note).decode


def notes_of(values: Iterable[bytes]) -> Iterator[Note]:
    """What values of the topic of notes, or of a set of them, say, without those that are none."""
    for value in values:
        try:
            yield _decode(value)
        except (DecodeError, UnicodeDecodeError, RecursionError):
            # The last one is of what is nested deep, also in a field that no note has.
            continue


def write_notes(client: "redis.Redis", namespace: str, notes: Iterable[Note]) -> None:
    """Write notes; the answer is waited for.

    Raises:
        redis.RedisError: Redis does not answer, or refuses. Some may be written, and all may be
            written again.
    """
    rest = iter(notes)
    while part := list(islice(rest, NOTES_A_CALL)):
        pipe = client.pipeline(transaction=False)
        for each in part:
            # As every writer spells it, or the same note might be there twice.
            pipe.sadd(notes_key(namespace, each.id), _encode(each))
            pipe.xadd(alert_changes_key(namespace), {"id": each.id}, maxlen=MOST_CHANGES)
        pipe.execute()


async def add_note(client: "redis.asyncio.Redis", namespace: str, note: Note) -> None:
    """As `write_notes`, one note, for an event loop.

    Raises:
        redis.RedisError: Redis does not answer, or refuses.
    """
    async with client.pipeline(transaction=False) as pipe:
        pipe.sadd(notes_key(namespace, note.id), _encode(note))
        pipe.xadd(alert_changes_key(namespace), {"id": note.id}, maxlen=MOST_CHANGES)
        await pipe.execute()
