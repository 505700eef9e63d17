"""How the fleet was in the last hour of the stream, a value a minute: for who looks at a screen and
wants to see where it comes from."""

import redis
from msgspec.json import Encoder

from contracts.digest import FLEET_MINUTES_KEPT_MS, Fleet, FleetMinute, fleet_minutes_key
from contracts.reading import Commodity
from contracts.time import MINUTE_MS

_json = Encoder().encode


class FleetMinutes:
    """Of a namespace."""

    def __init__(self, client: "redis.Redis", namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._newest: dict[Commodity, int] = {}

    def see(self, commodity: Commodity, slice_end_ms: int, fleet: Fleet) -> None:
        """Write how the fleet is in a slice, in the place of what its minute had. With a new minute
        those go that are too old, or after it: a stream may begin anew, long before.

        Raises:
            redis.RedisError: Redis does not answer, or refuses.
        """
        key = fleet_minutes_key(self._namespace, commodity)
        begin_ms = minute_of(slice_end_ms)
        minute = FleetMinute(
            slice_end_ms, fleet.demand, fleet.reporting, fleet.holding, fleet.silent
        )
        if self._newest.get(commodity) != begin_ms:
            there = [int(each) for each in self._client.hkeys(key)]
            gone = [each for each in there if not kept(each, begin_ms)]
            if gone:
                self._client.hdel(key, *map(str, gone))
        self._client.hset(key, str(begin_ms), _json(minute))
        self._newest[commodity] = begin_ms


def minute_of(slice_end_ms: int) -> int:
    """Begin of the minute that a slice is in: one that ends as a minute does is in that minute."""
    return (slice_end_ms - 1) // MINUTE_MS * MINUTE_MS


def kept(begin_ms: int, newest_ms: int) -> bool:
    """Whether a minute is of the hour that ends with the newest one."""
    return newest_ms - FLEET_MINUTES_KEPT_MS < begin_ms <= newest_ms
