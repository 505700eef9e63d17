"""Energy of a meter: bars, and how well it is known."""

from datetime import tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from contracts.energy import Counting, Span
from contracts.reading import Commodity
from detection.unusual.usual import Band, Usual
from services.api.answers.shapes import Answer, Moment, moment
from services.api.answers.units import Amount, amount
from services.api.bars import Bar
from services.api.calendar import Resolution

UsualOf = Literal["meter", "group"]


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
    usual_least_wh: float | None
    """The base load of the home, which hours seldom go below, or `usual_wh` where that is less. As
    the two after it of electricity, of bars of an hour and of half an hour, from a published model
    of unusual use; null where none judges an hour of the bar, or it does not know the meter. A part
    of an hour has that share of what is usual in the hour, and several have it added up."""
    usual_wh: float | None
    """The middle: of such hours as many were above it as below."""
    usual_most_wh: float | None
    """Nine of ten such hours were below, or 100 Wh more than the middle where that is more."""


class MeterEnergy(Amount):
    """Energy of a meter over a span, as bars that add up to it. Null is not known, and not 0."""

    meter_id: str
    commodity: Commodity
    start: Moment
    end: Moment
    resolution: Resolution
    tz: str
    usual_of: UsualOf | None
    """Whose hours the `usual_` amounts are learned from: the meter's own, or, where it has too few
    for any of them, those of all meters of its group; null where there are none."""
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


def energy_bar(
    bar: Bar,
    commodity: Commodity,
    counting: Counting,
    zone: ZoneInfo,
    band: Band | None = None,
) -> EnergyBar:
    """A bar as it is answered, with what is usual of its time."""
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
        usual_least_wh=None if band is None else round(band.least_wh, 1),
        usual_wh=None if band is None else round(band.middle_wh, 1),
        usual_most_wh=None if band is None else round(band.most_wh, 1),
        **amount(commodity, energy.amount if bar.known else None),
    )


def usual_of(usual: Usual | None) -> UsualOf | None:
    """Whose hours they are learned from."""
    own = None if usual is None else usual.is_own()
    return None if own is None else "meter" if own else "group"
