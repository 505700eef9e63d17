"""What areas, regions, feeders and the fleet draw, and which meters draw the most."""

from typing import Literal

from contracts.digest import Fleet, FleetMinute, RollUp, Total
from contracts.geohash import Box
from contracts.live import LargeMeter, LiveGroup
from contracts.reading import Commodity
from services.api.answers.meters import MeterNow
from services.api.answers.shapes import Answer, Clock, LivePage, Moment, moment, moment_or_none
from services.api.answers.units import Counted, Flow, Today, counted, flow, today


class Bounds(Answer):
    """What lies between two parallels and two meridians; where `west` is above `east`, it crosses
    the date line."""

    south: float
    west: float
    north: float
    east: float

    @staticmethod
    def of(box: Box) -> "Bounds":
        """As an answer says it."""
        return Bounds(south=box.south, west=box.west, north=box.north, east=box.east)


class Counts(Answer):
    """Of how many meters that is."""

    reporting: int
    """A reading of them came in the slice."""
    holding: int
    """None came, and their values are still taken for what flows."""
    silent: int
    """Their values are so no longer, and in no sum."""


class GroupNow(Flow, Today, Counts):
    """What a group of meters draws."""

    name: str
    commodity: Commodity
    as_of: Moment
    """The slice in which something of it changed last."""


class Cell(GroupNow):
    """What the meters in a cell of the map draw."""

    areas: int
    """How many areas (cells of precision 5) of it have meters."""
    bounds: Bounds
    """Around these areas."""


class Cells(Answer):
    """Cells of the map."""

    clock: Clock
    precision: Literal[2, 3, 4, 5]
    """How many characters their names have: fewer than asked for, where there would be too many
    cells."""
    items: list[Cell]
    truncated: bool
    """Whether there are more than asked for, even so."""


class CellNow(Answer):
    """What the meters in a cell draw now."""

    clock: Clock
    cell: Cell


class AreaMeters(LivePage[MeterNow]):
    """The meters of an area, by their ids."""


class AreaMinute(Flow):
    """An area from a minute on, as operators saw it live; late readings change nothing of it."""

    start: Moment
    readings: int
    """New ones, in the minute."""
    meters: int
    """The most that reported or held."""
    silent: int
    """The most that were silent."""


class AreaHistory(Answer):
    """An area over a span; a minute that is not there is as the one before."""

    area: str
    commodity: Commodity
    start: Moment
    end: Moment
    tz: str
    items: list[AreaMinute]


class FleetNow(Flow, Today, Counts, Counted):
    """What all meters of a commodity draw. The register is the sum of all registers."""

    commodity: Commodity
    as_of: Moment | None
    known: int
    """Meters that are in the registry, or were heard."""
    areas: int
    bounds: Bounds | None


class FleetAnswer(Answer):
    """The fleet now."""

    clock: Clock
    items: list[FleetNow]
    """By commodity, of those of which there are meters."""


class FleetMinuteNow(Flow, Counts):
    """What all meters of a commodity drew at the end of a minute, as far as somebody looked."""

    start: Moment
    as_of: Moment
    """End of the slice that it is of: the last one of the minute that was looked at."""


class FleetHour(Answer):
    """The fleet in the last hour of the stream, by the minute."""

    clock: Clock
    commodity: Commodity
    items: list[FleetMinuteNow]
    """Those that were looked at, in their order: in a fast replay not all are."""


class RegionNow(GroupNow, Counted):
    """What the meters of a region draw; the register is the sum of their registers."""

    known: int


class Regions(Answer):
    """All regions that meters were announced for."""

    clock: Clock
    items: list[RegionNow]


class GroupAnswer(Answer):
    """A feeder now."""

    clock: Clock
    group: GroupNow


class TopMeter(Flow, Counted, Today):
    """A meter among the largest: what it is the largest by is there, and the rest is null."""

    rank: int
    meter_id: str
    area: str


class Top(Answer):
    """The largest meters of a commodity: the largest first, of the same amount by their ids."""

    clock: Clock
    by: Literal["power", "energy", "register"]
    commodity: Commodity
    region: str | None
    as_of: Moment | None
    items: list[TopMeter]


def group_now(name: str, commodity: Commodity, value: LiveGroup | RollUp) -> GroupNow:
    """A group as it is answered."""
    return GroupNow.model_validate(_of_group(name, commodity, value))


def cell_of_areas(name: str, commodity: Commodity, value: RollUp) -> Cell:
    """A cell of several areas."""
    said = _of_group(name, commodity, value)
    return Cell.model_validate(said | {"areas": value.areas, "bounds": Bounds.of(value.box)})


def cell_of_area(name: str, commodity: Commodity, value: LiveGroup, box: Box) -> Cell:
    """A cell that is an area."""
    said = _of_group(name, commodity, value)
    return Cell.model_validate(said | {"areas": 1, "bounds": Bounds.of(box)})


def _of_group(name: str, commodity: Commodity, value: LiveGroup | RollUp) -> dict[str, object]:
    return {
        "name": name,
        "commodity": commodity,
        "as_of": moment(value.slice_end_ms),
        "reporting": value.reporting,
        "holding": value.holding,
        "silent": value.silent,
        **flow(commodity, value.demand),
        **today(commodity, value.energy_today),
    }


def fleet_now(commodity: Commodity, value: Fleet, total: Total | None) -> FleetNow:
    """All meters of a commodity."""
    return FleetNow(
        commodity=commodity,
        as_of=moment_or_none(value.slice_end_ms),
        reporting=value.reporting,
        holding=value.holding,
        silent=value.silent,
        known=value.known,
        areas=value.areas,
        bounds=None if value.box is None else Bounds.of(Box(*value.box)),
        **flow(commodity, value.demand),
        **today(commodity, value.energy_today),
        **counted(commodity, None if total is None else total.register),
    )


def fleet_minute(commodity: Commodity, begin_ms: int, value: FleetMinute) -> FleetMinuteNow:
    """All meters of a commodity in a minute."""
    return FleetMinuteNow(
        start=moment(begin_ms),
        as_of=moment(value.slice_end_ms),
        reporting=value.reporting,
        holding=value.holding,
        silent=value.silent,
        **flow(commodity, value.demand),
    )


def region_now(name: str, commodity: Commodity, value: LiveGroup, total: Total | None) -> RegionNow:
    """A region."""
    known = value.reporting + value.holding + value.silent
    return RegionNow.model_validate(
        _of_group(name, commodity, value)
        | counted(commodity, None if total is None else total.register)
        | {"known": known if total is None else total.known}
    )


def top_meter(
    rank: int, by: Literal["power", "energy", "register"], commodity: Commodity, meter: LargeMeter
) -> TopMeter:
    """One of the largest."""
    return TopMeter(
        rank=rank,
        meter_id=meter.meter_id,
        area=meter.area,
        **flow(commodity, meter.value if by == "power" else None),
        **today(commodity, meter.value if by == "energy" else None),
        **counted(commodity, meter.value if by == "register" else None),
    )
