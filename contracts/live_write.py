"""How live state is written: never an older slice over a newer one.

A job that restarts writes again what it wrote since its checkpoint; a reader must not see time go
back meanwhile. So the comparison is made where the state is, in Redis (`live_write.lua`).
"""

from collections.abc import Mapping
from importlib.resources import files
from itertools import islice
from typing import Literal

import redis

SCRIPT = files("contracts").joinpath("live_write.lua").read_text()

FIELDS_A_CALL = 1_000
"""Lua's stack holds some 8,000 values."""


def write_unless_newer(
    pipeline: "redis.client.Pipeline",
    key: str,
    fields: Mapping[str, bytes],
    same_slice: Literal["equal", "older"] = "equal",
) -> None:
    """Add to a pipeline the writes of a hash's fields.

    Args:
        fields: `LiveMeter` or `LiveArea` as JSON by field, `slice_end_ms` first.
        same_slice: `equal` writes a value of the slice that is there already, `older` leaves it.
    """
    script = pipeline.register_script(SCRIPT)
    rest = iter(fields.items())
    while part := list(islice(rest, FIELDS_A_CALL)):
        flat = [each for pair in part for each in pair]
        script(keys=[key], args=[same_slice, *flat], client=pipeline)
