"""Redis: where live state is and what it looks like.

`<namespace>:live:<area>` is a hash with a field for each meter of the area, its value a `LiveMeter`
as JSON; `<namespace>:areas:<commodity>` is a hash with a field for each area, its value a
`LiveArea` as JSON. Demand is W (electricity) or litres per hour (gas, water), registers are Wh or
litres.
"""

from msgspec import Struct


class LiveMeter(Struct, gc=False):
    """The latest slice of a meter that has on-time readings."""

    slice_end_ms: int
    last_ms: int
    """Event time of the slice's last reading."""
    geohash: str
    commodity: str
    readings: int
    """Readings received in the slice, repeats included."""
    expected: int
    """Readings that the sequence numbers say there are."""
    register: float
    """The register at `last_ms`."""
    demand: float
    """Mean over the readings received."""
    demand_min: float
    demand_max: float


class LiveArea(Struct, gc=False):
    """An area's latest slice, over the meters that reported on time in it."""

    slice_end_ms: int
    meters: int
    readings: int
    demand: float
    """Sum over the meters of their mean demand in the slice."""


def live_key(namespace: str, area: str) -> str:
    """Hash of an area's meters."""
    return f"{namespace}:live:{area}"


def live_pattern(namespace: str) -> str:
    """SCAN pattern over the hashes of all areas."""
    return f"{namespace}:live:*"


def newest_key(key: str) -> str:
    """What says how new the newest slice in a hash of live state is; only writers need it."""
    namespace, rest = key.split(":", 1)
    return f"{namespace}:newest:{rest}"


def areas_key(namespace: str, commodity: str) -> str:
    """Hash of the areas' totals for a commodity."""
    return f"{namespace}:areas:{commodity}"
