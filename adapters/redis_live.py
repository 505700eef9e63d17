"""Live state in Redis: written so that an older slice never replaces a newer one, and read back.

A job that restarts writes again what it wrote since its checkpoint; a reader must not see time go
back meanwhile. So the comparison is made where the state is, in Redis (`redis_live.lua`).

As a rule nothing in a hash is newer than what is written. A key beside the hash says so, and while
that key stays as it is (`WATCH`), plain `HSET`s do: they take Redis half of the script's time.
"""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from itertools import islice
from typing import Literal

import redis
from msgspec.json import Decoder

from contracts.live import LiveArea, LiveMeter, areas_key, live_key, live_pattern, newest_key
from contracts.reading import COMMODITIES
from contracts.settings import Settings

SCRIPT = files("adapters").joinpath("redis_live.lua").read_text()

FIELDS_A_CALL = 1_000
"""Lua's stack holds some 8,000 values."""

_meter = Decoder(LiveMeter).decode
_area = Decoder(LiveArea).decode


def write_slices(
    client: "redis.Redis", hashes: Mapping[str, Mapping[str, bytes]], ends_ms: tuple[int, int]
) -> None:
    """Write fields of several hashes, each unless its hash has a newer slice for it: all or none.

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
            if newest is None or least < int(newest):
                write_unless_newer(pipeline, key, fields, greatest)
                continue
            pipeline.hset(key, items=_flat(fields.items()))
            # Whoever watches the key would be disturbed for nothing.
            if greatest > int(newest):
                pipeline.set(newest_name, greatest)

    client.transaction(write, *newest_keys)


def write_unless_newer(
    pipeline: "redis.client.Pipeline",
    key: str,
    fields: Mapping[str, bytes],
    greatest_end_ms: int,
    same_slice: Literal["equal", "older"] = "equal",
) -> None:
    """Add to a pipeline the writes of a hash's fields.

    Args:
        fields: `LiveMeter` or `LiveArea` as JSON by field, `slice_end_ms` first.
        greatest_end_ms: No slice of them ends after it.
        same_slice: `equal` writes a value of the slice that is there already, `older` leaves it.
    """
    script, keys = pipeline.register_script(SCRIPT), [key, newest_key(key)]
    rest = iter(fields.items())
    while part := list(islice(rest, FIELDS_A_CALL)):
        script(keys=keys, args=[same_slice, greatest_end_ms, *_flat(part)], client=pipeline)


def _flat(fields: Iterable[tuple[str, bytes]]) -> list[str | bytes]:
    return [each for pair in fields for each in pair]


def areas(client: "redis.Redis", settings: Settings) -> dict[tuple[str, str], LiveArea]:
    """Latest slice of each area, by commodity and area."""
    return {
        (str(commodity), str(area)): _area(value)
        for commodity in COMMODITIES
        for area, value in client.hgetall(areas_key(settings.namespace, commodity)).items()
    }


def meters_of_area(
    client: "redis.Redis", settings: Settings, area: str, most: int
) -> dict[str, LiveMeter]:
    """Latest slice of up to `most` meters of an area, the same ones each time while none is new."""
    found = client.hscan_iter(live_key(settings.namespace, area), count=most)
    return {str(meter_id): _meter(value) for meter_id, value in islice(found, most)}


def count_meters(client: "redis.Redis", settings: Settings) -> int:
    """How many meters have live state."""
    return sum(
        client.hlen(key) for key in client.scan_iter(live_pattern(settings.namespace), count=1000)
    )
