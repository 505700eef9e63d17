"""Meters: what they are, and what is known of them now."""

from typing import Any, Literal
from zoneinfo import ZoneInfo

from contracts.live import LiveMeter
from contracts.meters import Meter
from contracts.reading import AREA_LENGTH, Commodity
from services.api.answers.shapes import Answer, Clock, Moment, Page, moment, moment_or_none
from services.api.answers.units import (
    Counted,
    Flow,
    Today,
    amount,
    counted,
    flow,
    today,
)
from services.api.clock import StreamClock
from services.api.merged import Minute as MergedMinute

Standing = Literal["reporting", "holding", "silent"]


class MeterEntry(Answer):
    """A meter, as the registry has it."""

    meter_id: str
    commodity: Commodity
    area: str | None
    """The first five characters of its geohash."""
    geohash: str | None
    announced: bool
    """Whether the registry has it; of one that it has not, the rest is null but for where it was
    heard."""
    time_zone: str
    """Whose days and months it is read by; UTC where the registry does not say."""
    cadence_ms: int | None
    """Time between two readings."""
    kind: Literal["register", "interval"] | None
    """What counts: a register, or the energy of intervals."""
    premises: Literal["household", "business"] | None
    tariff: Literal["flat", "dynamic"] | None
    customer: str | None
    feeder: str | None
    region: str | None
    solar_w: int | None
    """Peak power of the panels behind it, 0 without."""
    capacity_w: int | None
    supply: Literal["on", "off"] | None
    """Whether the premises are connected."""
    export: bool | None
    """Whether it counts what the panels export."""
    installed_at: Moment | None


class MeterNow(Flow, Counted, Today):
    """What is known of a meter, however old."""

    meter_id: str
    commodity: Commodity
    area: str
    standing: Standing
    """`reporting`: a reading came in the newest slice; `holding`: its value is still taken for what
    flows; `silent`: it is so no longer, and the value is the last that was heard."""
    last_reading: Moment
    """Event time of the latest reading: how old all of this is."""
    age_ms: int | None
    """From then to the stream time."""
    holds_until: Moment
    as_of: Moment
    """End of the slice in which this was said."""
    late: bool
    """Whether the latest reading came late."""
    quality: str
    voltage_v: float | None
    cadence_ms: int | None
    """As announced, else as learned."""
    readings: int
    """Since the meter is known, each counted once."""
    lost: int
    repeats: int
    revisions: int
    resets: int
    reset_at: Moment | None


class MeterNowAnswer(Answer):
    """What is known of a meter now."""

    clock: Clock
    meter: MeterNow


class Minute(Flow, Counted):
    """A minute of a meter, all that came of it merged; the flow is the mean."""

    start: Moment
    demand_min_w: float | None
    demand_max_w: float | None
    flow_min_l_per_h: float | None
    flow_max_l_per_h: float | None
    energy_wh: float | None
    """Sum of the intervals that end in it, of a meter that sends them."""
    volume_l: float | None
    readings: int
    expected: int
    """How many there are by the sequence numbers."""
    late: int
    """Of the readings those that came late."""
    estimated: int
    first_reading: Moment
    last_reading: Moment
    corrected_at: Moment | None
    """When the last word of it came, if not on time."""


class Minutes(Answer):
    """A meter by the minute."""

    meter_id: str
    commodity: Commodity
    start: Moment
    end: Moment
    """The span that is answered: from `start` up to `end`, without it."""
    tz: str
    items: list[Minute]
    """Those of which there is a reading, in their order."""


class Meters(Page[MeterEntry]):
    """Meters by their ids."""


def zone_of(entry: Meter | None) -> ZoneInfo:
    """Whose days a meter is read by."""
    name = entry.get("time_zone") if entry is not None else None
    try:
        return ZoneInfo(name or "UTC")
    except (ValueError, OSError, KeyError):
        # A registry may name a zone that nobody knows.
        return ZoneInfo("UTC")


def meter_entry(
    meter_id: str, commodity: Commodity, area: str | None, entry: Meter | None
) -> MeterEntry:
    """A meter as the registry has it.

    Args:
        area: Where it was heard, of one that the registry has not.
    """
    said: dict[str, Any] = {} if entry is None else {"kind": "register", **entry}
    fields = {name: said.get(name) for name in MeterEntry.model_fields}
    geohash = said.get("geohash")
    return MeterEntry.model_validate(
        fields
        | {
            "meter_id": meter_id,
            "commodity": commodity,
            "area": area if geohash is None else geohash[:AREA_LENGTH],
            "announced": entry is not None,
            "time_zone": zone_of(entry).key,
            "installed_at": moment_or_none(said.get("installed_ms")),
        }
    )


def meter_now(
    meter_id: str,
    commodity: Commodity,
    area: str,
    value: LiveMeter,
    clock: StreamClock,
    *,
    slice_ms: int,
    zone: ZoneInfo,
) -> MeterNow:
    """What is known of a meter, as of the clock."""
    return MeterNow(
        meter_id=meter_id,
        commodity=commodity,
        area=area,
        standing=standing_of(value, clock.stream_ms or value.slice_end_ms, slice_ms),
        last_reading=moment(value.last_ms, zone),
        age_ms=clock.age_ms(value.last_ms),
        holds_until=moment(value.holds_until_ms, zone),
        as_of=moment(value.slice_end_ms, zone),
        late=value.late,
        quality=value.quality,
        voltage_v=value.voltage_v,
        cadence_ms=value.cadence_ms,
        readings=value.readings,
        lost=value.lost,
        repeats=value.repeats,
        revisions=value.revisions,
        resets=value.resets,
        reset_at=moment_or_none(value.reset_ms, zone),
        **flow(commodity, value.demand),
        **counted(commodity, value.register),
        **today(commodity, value.energy_today),
    )


def standing_of(value: LiveMeter, slice_end_ms: int, slice_ms: int) -> Standing:
    """What a meter's value is worth in the slice that ends then."""
    if value.last_ms >= slice_end_ms - slice_ms:
        return "reporting"
    return "holding" if value.holds_until_ms >= slice_end_ms else "silent"


def minute_of(merged: MergedMinute, commodity: Commodity, zone: ZoneInfo) -> Minute:
    """A minute as it is answered; the register is the last."""
    least, most = flow(commodity, merged.demand_min), flow(commodity, merged.demand_max)
    return Minute(
        start=moment(merged.begin_ms, zone),
        demand_min_w=least["demand_w"],
        demand_max_w=most["demand_w"],
        flow_min_l_per_h=least["flow_l_per_h"],
        flow_max_l_per_h=most["flow_l_per_h"],
        readings=merged.readings,
        expected=merged.expected,
        late=merged.late,
        estimated=merged.estimated,
        first_reading=moment(merged.first_at_ms, zone),
        last_reading=moment(merged.last_at_ms, zone),
        corrected_at=moment(merged.corrected_ms, zone) if merged.corrected_ms else None,
        **flow(commodity, merged.demand_mean),
        **counted(commodity, merged.last_register / 1_000),
        **amount(commodity, merged.energy),
    )
