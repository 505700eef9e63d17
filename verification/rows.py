"""Rows as the stores hold them: what the oracle expects and the readers find.

Numbers have the stores' units: Wh or litres, W or litres per hour; times are epoch ms UTC. Field
names are the stores' column names.
"""

from typing import NamedTuple, TypeAlias

MinuteKey: TypeAlias = tuple[str, int, int]
"""meter_id, minute, corrected_at (0 in the on-time row)."""


class Minute(NamedTuple):
    """A row of `minutes_by_meter` and `minutes_by_area`; `readings` include repeats."""

    geohash: str
    commodity: str
    readings: int
    expected: int
    first_seq: int
    last_seq: int
    first_at: int
    last_at: int
    first_register: float
    last_register: float
    low_register: float
    high_register: float
    demand_sum: float
    demand_min: float
    demand_max: float


AreaMinuteKey: TypeAlias = tuple[str, str, int]
"""area, commodity, minute."""


class AreaMinute(NamedTuple):
    """A row of `area_minutes`."""

    meters: int
    readings: int
    demand: float


LiveKey: TypeAlias = tuple[str, str]
"""area, meter_id."""


class LiveSlice(NamedTuple):
    """A `contracts.live.LiveMeter`."""

    slice_end_ms: int
    last_ms: int
    geohash: str
    commodity: str
    readings: int
    expected: int
    register: float
    demand: float
    demand_min: float
    demand_max: float
    other_fields: tuple[str, ...] = ()
    """Names that the contract does not know; there must be none."""


LiveAreaKey: TypeAlias = tuple[str, str]
"""commodity, area."""


class LiveAreaTotal(NamedTuple):
    """A `contracts.live.LiveArea`."""

    slice_end_ms: int
    meters: int
    readings: int
    demand: float
    other_fields: tuple[str, ...] = ()
    """As in `LiveSlice`."""


RejectKey: TypeAlias = tuple[int, int]
"""partition, offset in the readings topic."""


class Reject(NamedTuple):
    """A record of the rejects topic, besides its detail."""

    reason: str
    topic: str
    arrival_ms: int
    value: bytes | None
    """None if the rejected record had none, or one that is too large."""


class MergedMinute(NamedTuple):
    """A meter's minute, on-time row and corrections added."""

    readings: int
    expected: int
    first_seq: int
    last_seq: int
    first_at: int
    last_at: int
    first_register: float
    last_register: float
    low_register: float
    high_register: float
    demand_sum: float
    demand_min: float
    demand_max: float
