"""Reads a namespace's live state from Redis."""

from collections.abc import Iterator
from typing import Any

import orjson
import redis

from adapters.connect import redis_client
from contracts.live import areas_key, live_key, live_pattern
from contracts.reading import COMMODITIES
from contracts.settings import Settings
from verification.rows import LiveAreaKey, LiveAreaTotal, LiveKey, LiveSlice

LIVE_METER = LiveSlice._fields[:-1]
LIVE_AREA = LiveAreaTotal._fields[:-1]
"""Fields of the JSON values, in the order of the rows; `other_fields` is last."""


def read_live(settings: Settings) -> dict[LiveKey, LiveSlice]:
    """Live state of all meters, by (area, meter_id)."""
    prefix = live_key(settings.namespace, "")
    with redis_client(settings.redis) as client:
        return {
            (key.removeprefix(prefix), meter_id): LiveSlice(*values_of(value, LIVE_METER))
            for key in client.scan_iter(live_pattern(settings.namespace))
            for meter_id, value in _fields(client, key)
        }


def read_live_areas(settings: Settings) -> dict[LiveAreaKey, LiveAreaTotal]:
    """Totals of all areas, by (commodity, area)."""
    with redis_client(settings.redis) as client:
        return {
            (commodity, area): LiveAreaTotal(*values_of(value, LIVE_AREA))
            for commodity in COMMODITIES
            for area, value in _fields(client, areas_key(settings.namespace, commodity))
        }


def _fields(client: "redis.Redis", key: str) -> Iterator[tuple[str, str]]:
    yield from client.hscan_iter(key, count=1_000)


def values_of(text: str, names: tuple[str, ...]) -> list[Any]:
    """Of a JSON object: the values in the order of `names`, None where one is absent; then the
    names of all others."""
    fields = orjson.loads(text)
    others = tuple(sorted(set(fields) - set(names)))
    return [*(fields.get(name) for name in names), others]
