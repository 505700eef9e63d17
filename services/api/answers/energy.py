"""Energy of a meter: bars, and how well it is known."""

from datetime import tzinfo
from zoneinfo import ZoneInfo

from contracts.energy import Counting, Span
from contracts.reading import Commodity
from services.api.answers.shapes import Answer, Moment, moment
from services.api.answers.units import Amount, amount
from services.api.bars import Bar
from services.api.calendar import Resolution


class Interval(Answer):
    """A span of time: from `start` up to `end`."""

    start: Moment
    end: Moment

    @staticmethod
    def of(span: Span, zone: tzinfo) -> "Interval":
        """As an answer says it."""
        return Interval(start=moment(span.begin_ms, zone), end=moment(span.end_ms, zone))


class EnergyBar(Amount):
    """What was taken from `start` to `end`: the register at the end, or the last time it was read
    before, less the same at the start; or the sum of intervals that end in it."""

    start: Moment
    end: Moment
    spans: int
    """How many bars of the resolution this is: more than 1 where the meter was not read for some of
    them, since what its register counted meanwhile was measured as one."""
    covers: Interval | None
    """What was measured instead of what was asked for: from reading to reading."""
    complete: bool
    """Whether nothing of it is missing: no gap, no reset, and it is measured up to its ends."""
    estimated_wh: float | None
    """The part that is not measured, but estimated or prorated."""
    estimated_l: float | None
    gaps: list[Interval]
    """No readings came in between; a register counted on, so that their energy is in the amount."""
    resets: list[Interval]
    """The register fell in between: what was counted there is not known."""
    rollovers: list[Interval]
    """The register passed its end in between, and began at 0 again; nothing is missing."""
    corrected: bool
    """Whether readings that came late, or were revised, are in it."""


class MeterEnergy(Amount):
    """Energy of a meter over a span, as bars that add up to it. Null is not known, and not 0."""

    meter_id: str
    commodity: Commodity
    start: Moment
    end: Moment
    resolution: Resolution
    tz: str
    items: list[EnergyBar]


class Quality(Answer):
    """How well a meter was heard in a span."""

    meter_id: str
    commodity: Commodity
    start: Moment
    end: Moment
    tz: str
    readings: int
    """Distinct ones."""
    expected: int
    """How many there are by the sequence numbers."""
    lost: int
    """Those that never came."""
    late: int
    """Of the readings those that came late."""
    estimated: int
    """Of the readings those that are not measured."""
    corrections: int
    """Minutes or periods that something late changed."""
    gaps: list[Interval]
    """No readings came in between, though some were due."""
    resets: list[Interval]
    rollovers: list[Interval]


def energy_bar(bar: Bar, commodity: Commodity, counting: Counting, zone: ZoneInfo) -> EnergyBar:
    """A bar as it is answered."""
    energy = bar.energy
    estimated = amount(commodity, energy.estimated if bar.known else None)
    return EnergyBar(
        start=moment(energy.span.begin_ms, zone),
        end=moment(energy.span.end_ms, zone),
        spans=bar.spans,
        covers=Interval.of(energy.covers, zone) if bar.known and energy.covers else None,
        complete=bar.complete(counting),
        estimated_wh=estimated["energy_wh"],
        estimated_l=estimated["volume_l"],
        gaps=[Interval.of(each, zone) for each in energy.gaps],
        resets=[Interval.of(Span(each.after_ms, each.by_ms), zone) for each in energy.resets],
        rollovers=[Interval.of(Span(each.after_ms, each.by_ms), zone) for each in energy.rollovers],
        corrected=bar.corrected,
        **amount(commodity, energy.amount if bar.known else None),
    )
