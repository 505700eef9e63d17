"""The registry of meters: a meter's entry, and the announcement of it.

An entry is the value of a record on the topic of meters, as JSON; key = meter. An announcement is
the value of a record on the topic of readings, in the meter's own partition, key = meter.
"""

from typing import Literal, NotRequired, TypedDict

from contracts.facts import AREA_PREFIX
from contracts.reading import AREA_LENGTH, Commodity

Kind = Literal["register", "interval"]
KINDS: tuple[Kind, ...] = ("register", "interval")

Supply = Literal["on", "off"]
SUPPLIES: tuple[Supply, ...] = ("on", "off")

EXPORT_SUFFIX = ":export"
"""Ends the id of the meter that counts what the panels behind another one export."""

MAX_FEEDER_LENGTH = 64
MAX_REGION_LENGTH = 16
MIN_REGISTER_SIZE = 0.001
"""The least that thousandths can say."""
MIN_CAPACITY_W, MAX_CAPACITY_W = 1, 1_000_000_000


class Meter(TypedDict):
    """What is known of a meter; the newest entry counts, and one without a value removes it."""

    geohash: str
    feeder: NotRequired[str]
    """The transformer that feeds it; of a supply meter, the one whose supply it measures. Absent if
    it is not known."""
    region: NotRequired[str]
    """The part of the country that it counts in, such as `US-CA`."""
    commodity: Commodity
    customer: NotRequired[str]
    """Who is billed for it."""
    premises: NotRequired[Literal["household", "business"]]
    """Absent of a supply meter, which is nobody's."""
    tariff: NotRequired[Literal["flat", "dynamic"]]
    cadence_ms: int
    """Time between two readings."""
    kind: NotRequired[Kind]
    """What counts: the register (if absent), or the energy of intervals."""
    register_size: NotRequired[float]
    """Wh or litres at which the register is 0 again; absent if it is not known."""
    resets: NotRequired[bool]
    """Whether the register is known to begin again, as at a restart of the device."""
    time_zone: NotRequired[str]
    """Whose days and months it is billed by, such as `Europe/London`."""
    capacity_w: NotRequired[int]
    """What the transformer of a supply meter is rated for, or the panel of premises."""
    supply: NotRequired[Supply]
    """Whether the premises are connected; absent if it is not known."""
    installed_ms: NotRequired[int]
    """When the device that is there was installed, epoch ms: an exchange is told by a later one."""
    solar_w: int
    """Peak power of the panels behind it, 0 without."""
    export: bool
    """Whether it counts what the panels export: `<meter>:export` beside `<meter>`."""


def behind(entry: Meter) -> str:
    """Behind what facts have a meter: its feeder, or the area that stands in for it."""
    return entry.get("feeder") or AREA_PREFIX + entry["geohash"][:AREA_LENGTH]


class AnnouncedMeter(Meter):
    """An entry with the meter that it is of."""

    meter_id: str
    removed: bool
    """Whether the entry has gone from the registry; the rest is what it was."""


class Announcement(TypedDict):
    """The value of an announcement, as JSON."""

    meter: AnnouncedMeter


def announcement(meter_id: str, entry: Meter, *, removed: bool = False) -> Announcement:
    """The announcement of a meter's entry, or of its last one when it is removed."""
    return {"meter": {"meter_id": meter_id, **entry, "removed": removed}}
