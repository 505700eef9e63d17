"""Redis: where live state is and what it looks like.

`<namespace>:live:<commodity>:<area>` is a hash with a field for each meter that is there, its value
a `LiveMeter` as JSON. `<namespace>:<group>s:<commodity>`, of each of GROUPS, is a hash with a field
for each area, feeder or region, its value a `LiveGroup` as JSON. `<namespace>:largest:<commodity>`
is a hash with a field for each of MEASURES, its value a `Largest` as JSON. Demand is W
(electricity, supply) or litres per hour (gas, water), registers and energy are Wh or litres.
"""

from typing import Literal, get_args

from msgspec import Struct

Group = Literal["area", "feeder", "region"]
GROUPS: tuple[Group, ...] = get_args(Group)
"""What meters are added up by."""

Measure = Literal["power", "energy"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
"""By what meters are the largest: by the demand that counts in their groups, and by the energy of
the day."""

MOST_LARGEST = 10
"""How many are the largest at most."""

HOLD_CADENCES = 3
"""For how many of its cadences the value of a meter holds."""
SHORTEST_HOLD_MS = 30_000
"""For how long a value holds at least."""
UNKNOWN_CADENCE_MS = 1_800_000
"""Taken for the cadence of a meter of which nothing is announced, until it has been learned."""


class LiveMeter(Struct, gc=False, omit_defaults=True):
    """What is known of a meter. What has a default is left out of the JSON if it is that."""

    slice_end_ms: int
    """End of the slice in which this was said."""
    readings: int
    """Distinct readings since the meter is known. Writers compare this field and the one before it,
    where they stand."""
    last_ms: int
    """Event time of the latest reading: how old all that follows is."""
    holds_until_ms: int
    """Until then `demand` is taken for what the meter draws; afterwards the meter is silent."""
    late: bool
    """Whether the latest reading came late."""
    geohash: str
    """Of the latest reading."""
    commodity: str
    register: float
    demand: float | None
    """Mean over the readings of the last slice that has any, or what the latest reading says if
    that came late; None if the meter says none and it cannot be told from its register."""
    energy_today: float
    """Of the UTC day of the latest reading, up to it."""
    repeats: int = 0
    """Messages that said again what was known."""
    revisions: int = 0
    """Messages that said something else of a reading that was known."""
    lost: int = 0
    """Sequence numbers between readings that never came, through restarts and wraps."""
    resets: int = 0
    """How often the register was lower than before."""
    reset_ms: int | None = None
    """Event time of the first reading after the latest reset."""
    cadence_ms: int | None = None
    """Time between readings: as the registry says, else as learned."""
    voltage_v: float | None = None
    quality: str = "measured"
    feeder: str | None = None
    region: str | None = None


class LiveGroup(Struct, gc=False):
    """What the meters of an area, feeder or region draw in a slice, as far as it is known."""

    slice_end_ms: int
    """The slice in which something of it changed last."""
    demand: float
    """Sum over the meters whose value holds."""
    reporting: int
    """Meters of which a reading came in the slice."""
    holding: int
    """Meters of which none came, and whose value holds."""
    silent: int
    """Meters whose value holds no longer."""
    energy_today: float
    """Sum over the meters; of a meter that has not reported today it is 0."""


class LargeMeter(Struct, gc=False):
    """A meter among the largest."""

    meter_id: str
    area: str
    """Of its latest reading."""
    value: float
    """Its demand, or its energy of the day: more than 0."""


class Largest(Struct, gc=False):
    """The largest meters of a commodity, by power or by energy."""

    slice_end_ms: int
    """End of the minute as of whose end they are so; at the ends of later ones nothing of it is
    otherwise."""
    meters: list[LargeMeter]
    """Up to MOST_LARGEST: the largest first, of the same value by meter_id. Empty if there are none
    any more."""


def live_key(namespace: str, commodity: str, area: str) -> str:
    """Hash of an area's meters."""
    return f"{namespace}:live:{commodity}:{area}"


def live_pattern(namespace: str) -> str:
    """SCAN pattern over the hashes of all areas."""
    return f"{namespace}:live:*"


def newest_key(key: str) -> str:
    """What says how new the newest slice in a hash of live state is; only writers need it."""
    namespace, rest = key.split(":", 1)
    return f"{namespace}:newest:{rest}"


def removed_key(key: str) -> str:
    """In which slices meters left a hash of live state; only writers need it."""
    namespace, rest = key.split(":", 1)
    return f"{namespace}:removed:{rest}"


def group_key(namespace: str, group: Group, commodity: str) -> str:
    """Hash of the areas, feeders or regions for a commodity."""
    return f"{namespace}:{group}s:{commodity}"


def largest_key(namespace: str, commodity: str) -> str:
    """Hash of the largest meters of a commodity."""
    return f"{namespace}:largest:{commodity}"
