"""Reads a namespace's live state from Redis."""

from collections.abc import Iterator

import orjson
import redis

from adapters.connect import redis_client
from contracts.live import (
    GROUPS,
    LargeMeter,
    Largest,
    LiveGroup,
    LiveMeter,
    group_key,
    largest_key,
    live_pattern,
)
from contracts.reading import COMMODITIES
from contracts.settings import Settings
from verification.rows import (
    LargestKey,
    LargestTotal,
    LargeValue,
    LiveGroupKey,
    LiveGroupTotal,
    LiveKey,
    LiveValue,
)
from verification.stores.values import values_of


def read_live(settings: Settings) -> dict[LiveKey, LiveValue]:
    """Live state of all meters, by (commodity, area, meter_id)."""
    with redis_client(settings.redis) as client:
        return {
            (*_commodity_and_area(key), meter_id): live_value(value)
            for key in client.scan_iter(live_pattern(settings.namespace))
            for meter_id, value in _fields(client, key)
        }


def read_live_groups(settings: Settings) -> dict[LiveGroupKey, LiveGroupTotal]:
    """What areas, feeders and regions draw, by (group, commodity, name)."""
    with redis_client(settings.redis) as client:
        return {
            (group, commodity, name): live_group(value)
            for group in GROUPS
            for commodity in COMMODITIES
            for name, value in _fields(client, group_key(settings.namespace, group, commodity))
        }


def read_largest(settings: Settings) -> dict[LargestKey, LargestTotal]:
    """The largest meters, by (commodity, measure)."""
    with redis_client(settings.redis) as client:
        return {
            (commodity, measure): largest_total(value)
            for commodity in COMMODITIES
            for measure, value in _fields(client, largest_key(settings.namespace, commodity))
        }


def live_value(text: str | bytes) -> LiveValue:
    """A meter's value; a field that is left out has the contract's default, or is None."""
    return LiveValue(**values_of(orjson.loads(text), LiveMeter))


def live_group(text: str | bytes) -> LiveGroupTotal:
    """A group's value; a field that is absent is None."""
    return LiveGroupTotal(**values_of(orjson.loads(text), LiveGroup))


def largest_total(text: str | bytes) -> LargestTotal:
    """The largest meters of a commodity; a field that is absent is None."""
    values = values_of(orjson.loads(text), Largest)
    meters = [values_of(meter, LargeMeter) for meter in values["meters"] or ()]
    others = [values["other_fields"], *(meter.pop("other_fields") for meter in meters)]
    return LargestTotal(
        values["slice_end_ms"],
        tuple(LargeValue(**meter) for meter in meters),
        tuple(name for names in others for name in names),
    )


def _commodity_and_area(key: str) -> tuple[str, str]:
    """What `contracts.live.live_key` made the key of; neither part has a colon."""
    *_, commodity, area = key.split(":")
    return commodity, area


def _fields(client: "redis.Redis", key: str) -> Iterator[tuple[str, str]]:
    yield from client.hscan_iter(key, count=1_000)
