"""Reads a namespace's live state from Redis."""

from collections.abc import Iterator
from typing import Any

import orjson
import redis
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

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
    return LiveValue(**_values(text, LiveMeter))


def live_group(text: str | bytes) -> LiveGroupTotal:
    """A group's value; a field that is absent is None."""
    return LiveGroupTotal(**_values(text, LiveGroup))


def largest_total(text: str | bytes) -> LargestTotal:
    """The largest meters of a commodity; a field that is absent is None."""
    values = _values(text, Largest)
    meters = [_values(orjson.dumps(meter), LargeMeter) for meter in values["meters"] or ()]
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


def _values(text: str | bytes, contract: type[Struct]) -> dict[str, Any]:
    """Of a JSON object: the values of the contract's fields, and as `other_fields` the names of all
    others and, as `no <name>`, of those that must be there and are not."""
    found = orjson.loads(text)
    known = {
        field.name: None if field.default is NODEFAULT else field.default
        for field in fields(contract)
    }
    absent = [
        f"no {field.name}"
        for field in fields(contract)
        if field.required and field.name not in found
    ]
    others = (*sorted(set(found) - set(known)), *absent)
    values = {name: found.get(name, default) for name, default in known.items()}
    return values | {"other_fields": others}
