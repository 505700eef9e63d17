"""Live state in Redis: written so that nothing older replaces what is newer. Who reads it asks
`adapters.live_questions`.

A job that restarts writes again what it wrote since its checkpoint; a reader must not see time go
back meanwhile. So the comparison is made where the state is, in Redis (`redis_live.lua`): a value
gives way to one of a later slice, or of the same slice if that knows no fewer readings; a removal
is remembered, so that nothing older brings the field back.

As a rule nothing in a hash is newer than what is written. A key beside the hash says so, and while
that key stays as it is (`WATCH`), plain commands do: they take Redis half of the script's time.
"""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from itertools import islice

import redis

from contracts.live import (
    live_pattern,
    newest_key,
    removed_key,
)
from contracts.settings import Settings

SCRIPT = files("adapters").joinpath("redis_live.lua").read_text()

FIELDS_A_CALL = 1_000
"""Lua's stack holds some 8,000 values."""

REMEMBERED_S = 86_400
"""How long removals are known after the last one of a hash: far longer than a writer that is given
up, and does not know it yet, may go on."""


def removal(slice_end_ms: int) -> bytes:
    """Stands for a value where a field is to be removed, as of the slice that ends then."""
    return b"%d" % slice_end_ms


class LiveWriter:
    """Writes live state for one instance of a job, which says what it says in order."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client
        self._found_ms: dict[str, int] = {}
        """The newest slice in each hash when this writer first came to it: up to there others may
        know more of the same slice than it does."""

    def write(self, hashes: Mapping[str, Mapping[str, bytes]], ends_ms: tuple[int, int]) -> None:
        """Write and remove fields of several hashes, each unless its hash has something newer for
        it: all or none.

        Args:
            hashes: As `fields` of `write_unless_newer`, by key.
            ends_ms: No slice of them ends before the one, and none after the other.
        """
        newest_keys = [newest_key(key) for key in hashes]
        least, greatest = ends_ms

        def write(pipeline: "redis.client.Pipeline") -> None:
            known = pipeline.mget(newest_keys)
            pipeline.multi()
            for (key, fields), newest_name, newest in zip(
                hashes.items(), newest_keys, known, strict=True
            ):
                if newest is None:
                    write_unless_newer(pipeline, key, fields, greatest)
                    continue
                newest_ms = int(newest)
                found_ms = self._found_ms.setdefault(key, newest_ms)
                if least < newest_ms or least <= found_ms:
                    # What is said again now and then is of a slice before.
                    older = {
                        name: value
                        for name, value in fields.items()
                        if (end_ms := _end_ms(value)) < newest_ms or end_ms <= found_ms
                    }
                    write_unless_newer(pipeline, key, older, greatest)
                    fields = {name: each for name, each in fields.items() if name not in older}
                _write(pipeline, key, fields)
                # Whoever watches the key would be disturbed for nothing.
                if greatest > newest_ms:
                    pipeline.set(newest_name, greatest)

        self._client.transaction(write, *newest_keys)


def write_unless_newer(
    pipeline: "redis.client.Pipeline", key: str, fields: Mapping[str, bytes], greatest_end_ms: int
) -> None:
    """Add to a pipeline the writes and removals of a hash's fields.

    Args:
        fields: By field `LiveMeter`, `LiveGroup` or `Largest` as JSON, `slice_end_ms` first and
            `readings` second, or a `removal`.
        greatest_end_ms: No slice of them ends after it.
    """
    script, keys = pipeline.register_script(SCRIPT), [key, newest_key(key), removed_key(key)]
    rest = iter(fields.items())
    while part := list(islice(rest, FIELDS_A_CALL)):
        script(keys=keys, args=[REMEMBERED_S, greatest_end_ms, *_flat(part)], client=pipeline)


def _write(pipeline: "redis.client.Pipeline", key: str, fields: Mapping[str, bytes]) -> None:
    removals = {name: value for name, value in fields.items() if not value.startswith(b"{")}
    if removals:
        pipeline.hdel(key, *removals)
        pipeline.hset(removed_key(key), items=_flat(removals.items()))
        pipeline.expire(removed_key(key), REMEMBERED_S)
        fields = {name: value for name, value in fields.items() if name not in removals}
    if fields:
        pipeline.hset(key, items=_flat(fields.items()))


def _end_ms(value: bytes) -> int:
    """End of the slice of a value, or of a removal."""
    return int(value.split(b",", 1)[0].removeprefix(b'{"slice_end_ms":'))


def _flat(fields: Iterable[tuple[str, bytes]]) -> list[str | bytes]:
    return [each for pair in fields for each in pair]


def count_meters(client: "redis.Redis", settings: Settings) -> int:
    """How many meters have live state."""
    return sum(
        client.hlen(key) for key in client.scan_iter(live_pattern(settings.namespace), count=1000)
    )
