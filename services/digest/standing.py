"""What follows from the live values of all meters of a commodity: which are the largest in each
region, what their registers say together, and where each one is.

Nothing here asks Redis or the clock.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import Struct

from contracts.digest import WHOLE, By, Total, top_field
from contracts.live import MOST_LARGEST, LargeMeter, Largest
from contracts.time import DAY_MS
from services.digest.rollups import thousandths


class Value(Struct, gc=False):
    """Of a `contracts.live.LiveMeter`, what is needed here."""

    slice_end_ms: int
    last_ms: int
    holds_until_ms: int
    register: float
    demand: float | None
    energy_today: float
    region: str | None = None


class Placed(NamedTuple):
    """A live value, and the area in which it is."""

    area: str
    value: Value


class Standing(NamedTuple):
    """How the meters of a commodity stand."""

    top: dict[str, Largest]
    """By `top_field`; those that have none are not there."""
    registers_m: dict[str, int]
    """Sum of registers by region and of WHOLE, thousandths."""


def place(meters: dict[str, Placed], meter_id: str, placed: Placed) -> None:
    """Put a meter among the others. One that moves may be seen in two areas for a moment: it is in
    that of its later reading."""
    before = meters.setdefault(meter_id, placed)
    if before is not placed and _newness(placed) >= _newness(before):
        meters[meter_id] = placed


def standing(meters: Mapping[str, Placed], slice_end_ms: int) -> Standing:
    """How meters stand as of the slice that ends then.

    By power those whose value holds then, by energy those of which the latest reading is of the
    slice's day, UTC; only what is above 0.
    """
    today = _day(slice_end_ms)
    whole = _Region()
    regions: defaultdict[str, _Region] = defaultdict(_Region)
    for meter_id, (area, value) in meters.items():
        whole.see_register(value.register, meter_id, area)
        if value.region is None:
            continue
        region = regions[value.region]
        region.see_register(value.register, meter_id, area)
        if value.demand is not None and value.holds_until_ms >= slice_end_ms:
            region.power.see(value.demand, meter_id, area)
        if _day(value.last_ms) == today:
            region.energy.see(value.energy_today, meter_id, area)
    if meters:
        regions[WHOLE] = whole
    top = {
        top_field(by, name): Largest(slice_end_ms, best.meters())
        for name, region in regions.items()
        for by, best in region.by()
        if best.found
    }
    return Standing(top, {name: region.register_m for name, region in regions.items()})


def totals(
    registers_m: Mapping[str, int], known: Mapping[str, int], slice_end_ms: int | None
) -> dict[str, Total]:
    """By region, and of WHOLE, what is known."""
    return {
        region: Total(slice_end_ms, known.get(region, 0), registers_m.get(region, 0) / 1000)
        for region in sorted({*registers_m, *known})
    }


@dataclass(slots=True)
class _Best:
    """The largest of what is seen."""

    found: list[tuple[float, str, str]] = field(default_factory=list)
    """The negative of the value, meter and area, in their order."""
    least: float = 0.0
    """A value below it, or not above 0, is not among them."""

    def see(self, value: float, meter_id: str, area: str) -> None:
        """Take a value. Most are too small."""
        if value < self.least or value <= 0:
            return
        insort(self.found, (-value, meter_id, area))
        if len(self.found) > MOST_LARGEST:
            self.found.pop()
        if len(self.found) == MOST_LARGEST:
            self.least = -self.found[-1][0]

    def meters(self) -> list[LargeMeter]:
        return [LargeMeter(meter_id, area, -negative) for negative, meter_id, area in self.found]


@dataclass(slots=True)
class _Region:
    """The meters of a region, or all of a commodity."""

    power: _Best = field(default_factory=_Best)
    energy: _Best = field(default_factory=_Best)
    register: _Best = field(default_factory=_Best)
    register_m: int = 0

    def see_register(self, register: float, meter_id: str, area: str) -> None:
        self.register_m += thousandths(register)
        self.register.see(register, meter_id, area)

    def by(self) -> tuple[tuple[By, _Best], ...]:
        return ("power", self.power), ("energy", self.energy), ("register", self.register)


def _newness(placed: Placed) -> tuple[int, int, str]:
    return placed.value.last_ms, placed.value.slice_end_ms, placed.area


def _day(ms: int) -> int:
    """The day that an instant ends, or is in: midnight is of the day before."""
    return (ms - 1) // DAY_MS
