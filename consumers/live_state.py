"""Read live state back from Redis, as any Redis-backed consumer would."""

from itertools import islice

import redis
from msgspec.json import Decoder

from contracts.live import LiveArea, LiveMeter, areas_key, live_key, live_pattern
from contracts.reading import COMMODITIES
from contracts.settings import Settings

_meter = Decoder(LiveMeter).decode
_area = Decoder(LiveArea).decode


def areas(client: redis.Redis, settings: Settings) -> dict[tuple[str, str], LiveArea]:
    """Latest slice of each area, by commodity and area."""
    return {
        (str(commodity), str(area)): _area(value)
        for commodity in COMMODITIES
        for area, value in client.hgetall(areas_key(settings, commodity)).items()
    }


def meters_of_area(
    client: redis.Redis, settings: Settings, area: str, most: int
) -> dict[str, LiveMeter]:
    """Latest slice of up to `most` meters of an area, the same ones each time while none is new."""
    found = client.hscan_iter(live_key(settings, area), count=most)
    return {str(meter_id): _meter(value) for meter_id, value in islice(found, most)}


def count_meters(client: redis.Redis, settings: Settings) -> int:
    """How many meters have live state."""
    return sum(client.hlen(key) for key in client.scan_iter(live_pattern(settings), count=1000))
