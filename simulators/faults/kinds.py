"""The kinds of fault: the options of each, and what it does to the readings it hits.

Registers are altered in closed form from what they would have been, so the effect on a reading
depends on that reading alone, and on the register at the fault's beginning and end.
"""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from contracts.labels import FaultKind
from contracts.reading import MAX_DEMAND, Commodity
from contracts.time import DAY_MS, HOUR_MS, SECOND_MS
from simulators.batch import Batch
from simulators.validation import Options, Share, within

SHORTEST_MINUTES = 0.02
"""A second, and a little: faults begin and end with whole seconds."""

WHOM_AND_WHEN = ("commodity", "feeders_share", "days")
"""Options that labels do not repeat, besides those of all faults."""

Mask = NDArray[np.bool_]
Amounts = NDArray[np.int64]


def whole_seconds_ms(minutes: float) -> int:
    """Minutes as milliseconds, to the nearest second."""
    return round(minutes * 60) * 1_000


@dataclass(frozen=True, slots=True)
class Hit:
    """Readings after the beginning of a fault of their meter; one element per reading."""

    readings: Batch
    during: Mask
    """Up to the end of the fault."""
    elapsed_ms: Amounts
    """Since the beginning, at most to the end."""
    counted_m: Amounts
    """What the register gained in that time."""
    before_m: Amounts
    """The register at the beginning."""
    more_mw: Amounts
    """What the home draws more meanwhile, where the fault says so (`Fault.more_mw`)."""


@dataclass(frozen=True, slots=True)
class Altered:
    """The same readings as they really come."""

    readings: Batch
    silent: Mask
    """Those that do not come."""


class FaultOptions(Options):
    """Whom a fault hits, chosen by hash, and when."""

    kind: FaultKind
    count: Annotated[int, within(1)] | None = None
    """Meters, feeders or areas that have it; give this or `share`."""
    share: Share | None = None
    after_minutes: Annotated[float, within(0)] = 0.0
    """From the beginning of the run to that of the fault."""
    spread_minutes: Annotated[float, within(0)] = 0.0
    """Each begins up to this much later."""

    @model_validator(mode="after")
    def _one_way_to_choose(self) -> Self:
        if (self.count is None) == (self.share is None):
            raise ValueError("count or share: give one of them")
        return self

    def begins_after(self, begin_ms: int) -> int:
        """When it can begin, in a run that begins at `begin_ms`."""
        return begin_ms + whole_seconds_ms(self.after_minutes)

    def later_ms(self, draw: NDArray[np.float64]) -> Amounts:
        """So much later than it can begin it does, by a draw in [0, 1)."""
        later_s: Amounts = (draw * self.spread_minutes * 60).astype(np.int64)
        return later_s * SECOND_MS

    def lasts_ms(self, cadence_ms: Amounts) -> Amounts:
        """How long, for meters of this cadence; 0 is an instant."""
        return np.zeros_like(cadence_ms)

    def alter(self, hit: Hit) -> Altered:
        """What becomes of the readings."""
        raise NotImplementedError

    def drawn_m(self, hit: Hit) -> Amounts:
        """What the registers would say if they missed nothing of what is drawn."""
        return hit.readings.register_m

    def parameters(self) -> dict[str, float]:
        """The numbers of this kind, as labels have them."""
        return self.model_dump(exclude={*WHOM_AND_WHEN, *FaultOptions.model_fields})


class OfMeters(FaultOptions):
    """Hits single meters of a commodity."""

    commodity: Commodity = "electricity"
    feeders_share: Share = 1.0
    """Only meters behind so many of the feeders, each chosen by its hash."""


class OfPlaces(FaultOptions):
    """Hits all electricity meters of a feeder or an area."""

    place: ClassVar[Literal["feeder", "area"]] = "feeder"


class _Lasting(FaultOptions):
    minutes: Annotated[float, within(SHORTEST_MINUTES)]

    def lasts_ms(self, cadence_ms: Amounts) -> Amounts:
        return np.full_like(cadence_ms, whole_seconds_ms(self.minutes))


class Outage(_Lasting, OfPlaces):
    """Without power a meter says nothing and counts nothing."""

    later_homes: Annotated[int, within(0)] = 0
    """Homes of each feeder or area, chosen by hash, to which power comes back later."""
    later_minutes: Annotated[float, within(0)] = 0.0
    """So much later."""

    @model_validator(mode="after")
    def _later_homes_are_later(self) -> Self:
        if bool(self.later_homes) != (whole_seconds_ms(self.later_minutes) > 0):
            raise ValueError("later_homes, later_minutes: give both, above 0, or none of them")
        return self

    def alter(self, hit: Hit) -> Altered:
        return Altered(_with_register(hit, -hit.counted_m), hit.during)

    def drawn_m(self, hit: Hit) -> Amounts:
        return hit.readings.register_m - hit.counted_m


class FeederOutage(Outage):
    """No power behind a transformer."""

    kind: Literal["feeder_outage"]


class AreaOutage(Outage):
    """No power in a whole area."""

    kind: Literal["area_outage"]
    place = "area"


class VoltageSag(_Lasting, OfPlaces):
    """The voltage behind a transformer is `depth` (a share) lower."""

    kind: Literal["voltage_sag"]
    depth: Share = 0.15

    def alter(self, hit: Hit) -> Altered:
        voltage_v = hit.readings.voltage_v
        sagging_v = np.where(hit.during, (voltage_v * (1 - self.depth)).round(1), voltage_v)
        return _heard(replace(hit.readings, voltage_v=sagging_v))


class Overload(_Lasting, OfPlaces):
    """The homes behind a transformer draw more together, so much that it carries `utilisation` of
    its rating on average: each home without panels the same load more."""

    kind: Literal["overload"]
    utilisation: Annotated[float, within(0.1, 10)] = 1.1

    def alter(self, hit: Hit) -> Altered:
        more = replace(hit, readings=_with_register(hit, hit.more_mw * hit.elapsed_ms // HOUR_MS))
        return _heard(_with_demand(more, hit.readings.demand_m + hit.more_mw))

    def drawn_m(self, hit: Hit) -> Amounts:
        return self.alter(hit).readings.register_m


class MeterSilent(_Lasting, OfMeters):
    """The meter measures, and says nothing."""

    kind: Literal["meter_silent"]

    def alter(self, hit: Hit) -> Altered:
        return Altered(hit.readings, hit.during)


class TheftBypass(_Lasting, OfMeters):
    """The meter sees `share_read` of the consumption; what it missed it never counts."""

    kind: Literal["theft_bypass"]
    share_read: Share = 0.3

    def alter(self, hit: Hit) -> Altered:
        return _scaled(hit, self.share_read)


class TheftTamper(_Lasting, OfMeters):
    """The register stands still, and goes on from there at the end; the demand is true."""

    kind: Literal["theft_tamper"]

    def alter(self, hit: Hit) -> Altered:
        return _heard(_with_register(hit, -hit.counted_m))


class HighUse(_Lasting, OfMeters):
    """The legacy meaning of theft: the home uses `factor` times as much, and the meter sees it."""

    kind: Literal["high_use"]
    factor: Annotated[float, within(1, 1_000)] = 1.4

    def alter(self, hit: Hit) -> Altered:
        return _scaled(hit, self.factor)

    def drawn_m(self, hit: Hit) -> Amounts:
        return self.alter(hit).readings.register_m


class Spike(OfMeters):
    """A measuring error: the demand of some readings is `extra_demand` too high."""

    kind: Literal["spike"]
    readings: Annotated[int, within(1)] = 1
    extra_demand: Annotated[float, within(0, MAX_DEMAND / 2)] = 50_000.0
    """W, or litres per hour."""

    def lasts_ms(self, cadence_ms: Amounts) -> Amounts:
        return self.readings * cadence_ms

    def alter(self, hit: Hit) -> Altered:
        return _heard(_with_demand(hit, hit.readings.demand_m + round(1_000 * self.extra_demand)))


class RegisterReset(OfMeters):
    """The register begins again at 0."""

    kind: Literal["register_reset"]

    def alter(self, hit: Hit) -> Altered:
        return _heard(_with_register(hit, -hit.before_m))


class MeterRestart(OfMeters):
    """The meter reboots, and its sequence number begins again at 0 (see `numbering`)."""

    kind: Literal["meter_restart"]

    def alter(self, hit: Hit) -> Altered:
        return _heard(hit.readings)


class MeterMove(OfMeters):
    """The meter is at another place of the fleet from there on (see `moves`)."""

    kind: Literal["meter_move"]
    announced: bool = True
    """Whether the registry says so."""

    def alter(self, hit: Hit) -> Altered:
        return _heard(hit.readings)


class MeterExchange(_Lasting, OfMeters):
    """No power and no readings while the fitter works; the new meter counts from 0."""

    kind: Literal["meter_exchange"]

    def alter(self, hit: Hit) -> Altered:
        return Altered(_with_register(hit, -hit.before_m - hit.counted_m), hit.during)

    def drawn_m(self, hit: Hit) -> Amounts:
        return hit.readings.register_m - hit.counted_m


class UnusualUse(_Lasting, OfMeters):
    """A load of `extra_demand` from the next `hour` (UTC) on, and the register counts it."""

    kind: Literal["unusual_use"]
    hour: Annotated[int, within(0, 23)]
    days: Annotated[int, within(1)] = 1
    """On one of so many days."""
    minutes: Annotated[float, within(SHORTEST_MINUTES)] = 60.0
    extra_demand: Annotated[float, within(0, MAX_DEMAND / 2)] = 3_000.0
    """W, or litres per hour."""

    def begins_after(self, begin_ms: int) -> int:
        earliest_ms = super().begins_after(begin_ms)
        return earliest_ms + (self.hour * HOUR_MS - earliest_ms) % DAY_MS

    def later_ms(self, draw: NDArray[np.float64]) -> Amounts:
        day = np.floor(draw * self.days)
        later_ms: Amounts = day.astype(np.int64) * DAY_MS
        return later_ms + super().later_ms(draw * self.days - day)

    def alter(self, hit: Hit) -> Altered:
        extra_m = round(1_000 * self.extra_demand)
        more = replace(hit, readings=_with_register(hit, extra_m * hit.elapsed_ms // HOUR_MS))
        return _heard(_with_demand(more, hit.readings.demand_m + extra_m))

    def drawn_m(self, hit: Hit) -> Amounts:
        return self.alter(hit).readings.register_m


AnyFault = Annotated[
    AreaOutage
    | FeederOutage
    | HighUse
    | MeterExchange
    | MeterMove
    | MeterRestart
    | MeterSilent
    | Overload
    | RegisterReset
    | Spike
    | TheftBypass
    | TheftTamper
    | UnusualUse
    | VoltageSag,
    Field(discriminator="kind"),
]


def _heard(readings: Batch) -> Altered:
    return Altered(readings, np.zeros(len(readings), dtype=np.bool_))


def _with_register(hit: Hit, more_m: Amounts) -> Batch:
    return replace(hit.readings, register_m=hit.readings.register_m + more_m)


def _with_demand(hit: Hit, demand_m: Amounts) -> Batch:
    return replace(hit.readings, demand_m=np.where(hit.during, demand_m, hit.readings.demand_m))


def _scaled(hit: Hit, factor: float) -> Altered:
    counted_m = np.floor(factor * hit.counted_m).astype(np.int64)
    more = replace(hit, readings=_with_register(hit, counted_m - hit.counted_m))
    return _heard(_with_demand(more, np.rint(factor * hit.readings.demand_m).astype(np.int64)))
