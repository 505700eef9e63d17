"""Live state that a batch computed, put into Redis where nothing newer is."""

from adapters.connect import redis_client
from adapters.redis_live import write_unless_newer
from contracts.live import areas_key, live_key
from contracts.settings import Settings
from verification.recompute.computed import ComputedLive


def write_live(settings: Settings, live: ComputedLive) -> int:
    """Write each value unless Redis has one of the same slice or a newer one; how many it lacked.

    The hot job goes on writing meanwhile: the comparison is made in Redis.

    Raises:
        redis.RedisError: Redis does not answer or refuses.
    """
    hashes = {live_key(settings.namespace, area): fields for area, fields in live.meters.items()}
    hashes |= {
        areas_key(settings.namespace, commodity): each for commodity, each in live.areas.items()
    }
    with redis_client(settings.redis) as client, client.pipeline(transaction=False) as pipeline:
        for key, fields in hashes.items():
            write_unless_newer(pipeline, key, fields, live.newest_ms, same_slice="older")
        return sum(pipeline.execute())
