"""How live state is written: never an older slice over a newer one.

A job that restarts writes again what it wrote since its checkpoint; a reader must not see time go
back meanwhile. So the comparison is made where the state is, in Redis (`live_write.lua`).
"""

from collections.abc import Mapping
from importlib.resources import files
from itertools import islice
from typing import Literal

import redis

from contracts.live import newest_key

SCRIPT = files("contracts").joinpath("live_write.lua").read_text()

FIELDS_A_CALL = 1_000
"""Lua's stack holds some 8,000 values."""


def write_unless_newer(
    pipeline: "redis.client.Pipeline",
    key: str,
    fields: Mapping[str, bytes],
    ends_ms: tuple[int, int],
    same_slice: Literal["equal", "older"] = "equal",
) -> None:
    """Add to a pipeline the writes of a hash's fields.

    Args:
        fields: `LiveMeter` or `LiveArea` as JSON by field, `slice_end_ms` first.
        ends_ms: No slice of them ends before the one, and none after the other.
        same_slice: `equal` writes a value of the slice that is there already, `older` leaves it.
    """
    script, keys = pipeline.register_script(SCRIPT), [key, newest_key(key)]
    rest = iter(fields.items())
    while part := list(islice(rest, FIELDS_A_CALL)):
        flat = [each for pair in part for each in pair]
        script(keys=keys, args=[same_slice, *ends_ms, *flat], client=pipeline)
