"""Rows as the stores hold them: what the oracle expects and the readers find.

Numbers have the stores' units: Wh or litres, W or litres per hour; times are epoch ms UTC. Field
names are the stores' column names. A meter is an id and a commodity: two commodities under one id
are two meters.
"""

from typing import NamedTuple, TypeAlias

MeterMinute: TypeAlias = tuple[str, str, int]
"""meter_id, commodity, start of the minute or period."""

MinuteKey: TypeAlias = tuple[str, str, int, int]
"""meter_id, commodity, start of the minute or period, corrected_at (0 in the on-time row)."""


class Minute(NamedTuple):
    """A row of `minutes_by_meter`, `minutes_by_area` and `periods_by_meter`: what is not in the
    keys of all, then `contracts.figures.FIGURES`."""

    geohash: str
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
    demands: int
    demand_sum: float
    demand_min: float | None
    demand_max: float | None
    energy: float | None
    estimated: int


class MergedMinute(NamedTuple):
    """A meter's minute or period, on-time row and corrections added: the figures of a `Minute`."""

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
    demands: int
    demand_sum: float
    demand_min: float | None
    demand_max: float | None
    energy: float | None
    estimated: int


AreaMinuteKey: TypeAlias = tuple[str, str, int]
"""area, commodity, minute."""


class AreaMinute(NamedTuple):
    """A row of `area_minutes`."""

    readings: int
    meters: int
    silent: int
    demand: float


LiveKey: TypeAlias = tuple[str, str, str]
"""commodity, area, meter_id."""


class LiveValue(NamedTuple):
    """A `contracts.live.LiveMeter`."""

    slice_end_ms: int
    last_ms: int
    holds_until_ms: int
    late: bool
    geohash: str
    commodity: str
    register: float
    demand: float | None
    energy_today: float
    readings: int
    repeats: int
    revisions: int
    lost: int
    resets: int
    reset_ms: int | None
    cadence_ms: int | None
    voltage_v: float | None
    quality: str
    feeder: str | None
    region: str | None
    other_fields: tuple[str, ...] = ()
    """Names that the contract does not know, and `no <name>` of a field that must be there and is
    not; empty if all is well."""


LiveGroupKey: TypeAlias = tuple[str, str, str]
"""`area`, `feeder` or `region`; commodity; the group's name."""


class LiveGroupTotal(NamedTuple):
    """A `contracts.live.LiveGroup`."""

    slice_end_ms: int
    demand: float
    reporting: int
    holding: int
    silent: int
    energy_today: float
    other_fields: tuple[str, ...] = ()
    """As in `LiveValue`."""


LargestKey: TypeAlias = tuple[str, str]
"""commodity; `power` or `energy`."""


class LargeValue(NamedTuple):
    """A `contracts.live.LargeMeter`."""

    meter_id: str
    area: str
    value: float


class LargestTotal(NamedTuple):
    """A `contracts.live.Largest`."""

    slice_end_ms: int
    meters: tuple[LargeValue, ...]
    other_fields: tuple[str, ...] = ()
    """As in `LiveValue`; also of its meters."""


FactKey: TypeAlias = tuple[str, int]
"""subject, at_ms."""


class MissedMeter(NamedTuple):
    """A `contracts.facts.Missed`."""

    meter_id: str
    life_ms: int
    cadence_ms: int
    stands: int
    lost_power_ms: int | None = None


class BackMeter(NamedTuple):
    """A `contracts.facts.Returned`."""

    meter_id: str
    life_ms: int
    silent_since_ms: int
    gained: float | None
    expected: float | None
    cadence_ms: int = 0


class FeederFact(NamedTuple):
    """A `contracts.facts.FeederSlice`."""

    area: str
    members: int
    alive: int
    last_life_ms: int
    missed: tuple[MissedMeter, ...]
    missed_count: int
    missed_twice: int
    silent: int
    returned: tuple[BackMeter, ...]
    supply_before_w: float | None = None
    supply_least_w: float | None = None
    supply_from_ms: int | None = None
    other_fields: tuple[str, ...] = ()
    """As in `LiveValue`."""


class FeederMinuteFact(NamedTuple):
    """A `contracts.facts.FeederMinute`."""

    area: str
    members: int
    homes: float
    demand_w: float
    by_supply: bool
    capacity_w: int | None
    voltages: float
    low: float
    lowered: float
    high: float
    raised: float
    other_fields: tuple[str, ...] = ()
    """As in `LiveValue`."""


class HourFact(NamedTuple):
    """A `contracts.facts.MeterHour`."""

    area: str
    energy: float
    by_demand: float | None
    readings: int
    expected: int
    register: float
    fell_ms: int | None
    off_ms: int | None
    installed_ms: int | None
    zero_hours: int = 0
    idle_hours: int | None = None
    other_fields: tuple[str, ...] = ()
    """As in `LiveValue`."""


class JudgedFact(NamedTuple):
    """A `contracts.facts.JudgedHour`."""

    area: str
    score: float | None
    channel: str | None
    used_wh: float | None
    usual_wh: float | None
    model: str | None
    other_fields: tuple[str, ...] = ()
    """As in `LiveValue`."""


class DayOfMeter(NamedTuple):
    """A `contracts.facts.MeterDay`."""

    meter_id: str
    gained_wh: tuple[int | None, ...]


class DayFact(NamedTuple):
    """A `contracts.facts.FeederDay`."""

    day_ms: int
    area: str
    supply: DayOfMeter
    meters: tuple[DayOfMeter, ...]
    meters_count: int
    other_fields: tuple[str, ...] = ()
    """As in `LiveValue`."""


FactRow: TypeAlias = FeederFact | FeederMinuteFact | HourFact | JudgedFact | DayFact

AlertKey: TypeAlias = tuple[str, int]
"""id, version."""


class AlertVersion(NamedTuple):
    """A `contracts.alerts.Alert`, but for what its evidence says in words."""

    state: str
    kind: str
    subject: str
    severity: str
    area: str
    onset_ms: int
    opened_at_ms: int
    at_ms: int
    rule: str
    """Of the evidence, as are the numbers, by name."""
    numbers: tuple[tuple[str, float], ...]
    rules: str
    cause: str = "unknown"
    homes: tuple[str, ...] = ()
    homes_count: int = 0
    homes_out: int = 0
    momentary: bool = False
    customer_minutes: float | None = None
    restored_at_ms: int | None = None
    closed_at_ms: int | None = None
    reason: str | None = None
    other_fields: tuple[str, ...] = ()
    """As in `LiveValue`."""


RejectKey: TypeAlias = tuple[int, int]
"""partition, offset in the readings topic."""


class Reject(NamedTuple):
    """A record of the rejects topic, besides its detail."""

    reason: str
    topic: str
    arrival_ms: int
    value: bytes | None
    """None if the rejected record had none, or one that is too large."""
