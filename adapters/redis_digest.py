"""The digest in Redis: live state read piece by piece, and keys replaced all at once.

No command has many more than FIELDS_A_CALL fields, so that Redis answers others meanwhile.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain, islice

import redis
from msgspec import DecodeError
from msgspec.json import Decoder, Encoder

from contracts.digest import Clock, clock_key
from contracts.live import LiveGroup, group_key, live_key, newest_key
from contracts.reading import COMMODITIES

FIELDS_A_CALL = 500

_clock = Decoder(Clock).decode
_group = Decoder(LiveGroup).decode
_encode = Encoder().encode


def look(client: "redis.Redis", namespace: str) -> tuple[Clock | None, int | None]:
    """The clock as it was written last, and the end of the newest slice of any area; None of what
    is not there, or is a clock of another build.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    newest_keys = [newest_key(group_key(namespace, "area", each)) for each in COMMODITIES]
    clock, *newest = client.mget(clock_key(namespace), *newest_keys)
    ends_ms = [int(each) for each in newest if each is not None]
    return _told(clock), max(ends_ms, default=None)


def _told(clock: str | bytes | None) -> Clock | None:
    with suppress(DecodeError):
        return None if clock is None else _clock(clock)
    return None


def write_clock(client: "redis.Redis", namespace: str, clock: Clock, *, again: bool) -> bool:
    """Write the clock; whether it is written.

    Args:
        again: Only in the place of one that is there.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    return bool(client.set(clock_key(namespace), _encode(clock), xx=again))


def read_areas(client: "redis.Redis", namespace: str, commodity: str) -> dict[str, LiveGroup]:
    """What each area draws.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    key = group_key(namespace, "area", commodity)
    return {str(area): _group(text) for area, text in client.hscan_iter(key, count=FIELDS_A_CALL)}


def read_meters(
    client: "redis.Redis", namespace: str, commodity: str, areas: Mapping[str, int]
) -> Iterator[tuple[str, dict[str, str]]]:
    """The meters of each of these areas with their live values as JSON; an area may come in several
    parts, and a meter that is written meanwhile twice.

    Args:
        areas: About how many meters each has.

    Raises:
        redis.RedisError: Redis does not answer.
    """
    rest = iter(areas.items())
    begun: dict[str, int] = {}
    while True:
        # What the areas that are not at their end may have at most.
        fields = FIELDS_A_CALL * len(begun)
        while fields < FIELDS_A_CALL and (following := next(rest, None)) is not None:
            area, number = following
            begun[area] = 0
            fields += min(number + 1, FIELDS_A_CALL)
        if not begun:
            return
        pipeline = client.pipeline(transaction=False)
        for area, cursor in begun.items():
            pipeline.hscan(live_key(namespace, commodity, area), cursor, count=FIELDS_A_CALL)
        answers = dict(zip(begun, pipeline.execute(), strict=True))
        yield from ((area, meters) for area, (_, meters) in answers.items() if meters)
        begun = {area: int(cursor) for area, (cursor, _) in answers.items() if int(cursor)}


class Replacement:
    """Hashes that take the place of those of before, all at the same moment."""

    def __init__(self, client: "redis.Redis", namespace: str) -> None:
        self._client = client
        self._beside = f"{namespace}:digest:next"
        self._full: list[str] = []
        self._empty: list[str] = []

    def put(self, key: str, fields: Mapping[str, bytes]) -> None:
        """Write what a hash is to have beside it. Without a field it is to be gone.

        Raises:
            redis.RedisError: Redis does not answer, or refuses.
        """
        if not fields:
            self._empty.append(key)
            return
        self._full.append(key)
        # Whoever was ended while it wrote may have left some.
        self._client.unlink(self._name(key))
        rest = iter(fields.items())
        while part := list(islice(rest, FIELDS_A_CALL)):
            self._client.hset(self._name(key), items=list(chain.from_iterable(part)))

    def swap(self) -> None:
        """Put all of them in their places.

        Raises:
            redis.RedisError: Redis does not answer, or has lost what was put; then some may be in
                their places.
        """
        pipeline = self._client.pipeline(transaction=True)
        for key in self._full:
            # What is renamed over is freed at once, which for a large hash takes a while.
            pipeline.unlink(key)
            pipeline.rename(self._name(key), key)
        if self._empty:
            pipeline.unlink(*self._empty)
        pipeline.execute()

    def _name(self, key: str) -> str:
        return f"{self._beside}:{key.split(':', 1)[1]}"
