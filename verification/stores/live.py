"""Reads a namespace's live state from Redis."""

from collections.abc import Iterator
from typing import Any

import orjson
import redis

from contracts.endpoints import redis_client
from contracts.live import areas_key, live_key, live_pattern
from contracts.reading import COMMODITIES
from contracts.settings import Settings
from verification.rows import Live, LiveAreaKey, LiveAreaTotal, LiveKey


def read_live(settings: Settings) -> dict[LiveKey, Live]:
    """Live state of all meters, by (area, meter_id)."""
    prefix = live_key(settings, "")
    with redis_client(settings) as client:
        return {
            (key.removeprefix(prefix), meter_id): Live(*_values(value, Live._fields))
            for key in client.scan_iter(live_pattern(settings))
            for meter_id, value in _fields(client, key)
        }


def read_live_areas(settings: Settings) -> dict[LiveAreaKey, LiveAreaTotal]:
    """Totals of all areas, by (commodity, area)."""
    with redis_client(settings) as client:
        return {
            (commodity, area): LiveAreaTotal(*_values(value, LiveAreaTotal._fields))
            for commodity in COMMODITIES
            for area, value in _fields(client, areas_key(settings, commodity))
        }


def _fields(client: "redis.Redis", key: str) -> Iterator[tuple[str, str]]:
    yield from client.hscan_iter(key, count=1_000)


def _values(text: str, names: tuple[str, ...]) -> list[Any]:
    """The values of a JSON object in the order of `names`; None where one is absent."""
    fields = orjson.loads(text)
    return [fields.get(name) for name in names]
