"""Areas added up by cells of geohashes, and to the fleet.

Nothing here asks Redis or the clock. Areas that all meters have left are in no sum.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from contracts.digest import PRECISIONS, Fleet, Precision, RollUp
from contracts.geohash import Box, box_of
from contracts.live import LiveGroup

DECIMALS = 5
"""Of degrees: about a metre."""


class RolledUp(NamedTuple):
    """The areas of a commodity, added up."""

    cells: dict[Precision, dict[str, RollUp]]
    whole: RollUp | None
    """All of them; None if there are none."""


def roll_up(areas: Mapping[str, LiveGroup]) -> RolledUp:
    """Add areas up by the cells of each of PRECISIONS, and all of them."""
    length = max(PRECISIONS)
    sums: dict[str, _Sum] = {}
    for area, group in areas.items():
        if meters_of(group):
            cell = area[:length]
            if (into := sums.get(cell)) is None:
                into = sums[cell] = _Sum()
            into.add_area(area[length], group, _box_of(area))
    cells: dict[Precision, dict[str, RollUp]] = {length: _rolled(sums)}
    for precision in reversed(PRECISIONS[:-1]):
        sums = _parents(sums, precision)
        cells[precision] = _rolled(sums)
    whole = _parents(sums, 0).get("")
    return RolledUp(cells, None if whole is None else whole.rolled())


def fleet(whole: RollUp | None, known: int) -> Fleet:
    """What all meters of a commodity draw, of which so many are known."""
    if whole is None:
        return Fleet(None, 0.0, 0, 0, 0, 0.0, known, 0, None)
    return Fleet(
        whole.slice_end_ms,
        whole.demand,
        whole.reporting,
        whole.holding,
        whole.silent,
        whole.energy_today,
        # A reading may come before the registry has it, and be counted before its meter is.
        max(known, whole.reporting + whole.holding + whole.silent),
        whole.areas,
        whole.box,
    )


@dataclass(slots=True)
class _Sum:
    """A cell as it is added up, demand and energy in thousandths. Of a whole country there are as
    many areas as meters, so adding one makes no object."""

    slice_end_ms: int = 0
    demand_m: int = 0
    reporting: int = 0
    holding: int = 0
    silent: int = 0
    energy_m: int = 0
    areas: int = 0
    south: float = math.inf
    west: float = math.inf
    north: float = -math.inf
    east: float = -math.inf
    children: set[str] = field(default_factory=set)

    def add_area(self, child: str, group: LiveGroup, box: Box) -> None:
        """Add what an area has, by the last character of its geohash."""
        if group.slice_end_ms > self.slice_end_ms:
            self.slice_end_ms = group.slice_end_ms
        self.demand_m += thousandths(group.demand)
        self.reporting += group.reporting
        self.holding += group.holding
        self.silent += group.silent
        self.energy_m += thousandths(group.energy_today)
        self.areas += 1
        self._add(child, box)

    def add_cell(self, child: str, other: "_Sum") -> None:
        """Add what a cell of the next precision has."""
        self.slice_end_ms = max(self.slice_end_ms, other.slice_end_ms)
        self.demand_m += other.demand_m
        self.reporting += other.reporting
        self.holding += other.holding
        self.silent += other.silent
        self.energy_m += other.energy_m
        self.areas += other.areas
        self._add(child, Box(other.south, other.west, other.north, other.east))

    def _add(self, child: str, box: Box) -> None:
        south, west, north, east = box
        if south < self.south:
            self.south = south
        if west < self.west:
            self.west = west
        if north > self.north:
            self.north = north
        if east > self.east:
            self.east = east
        self.children.add(child)

    def rolled(self) -> RollUp:
        return RollUp(
            self.slice_end_ms,
            self.demand_m / 1000,
            self.reporting,
            self.holding,
            self.silent,
            self.energy_m / 1000,
            self.areas,
            "".join(sorted(self.children)),
            Box(
                round(self.south, DECIMALS),
                round(self.west, DECIMALS),
                round(self.north, DECIMALS),
                round(self.east, DECIMALS),
            ),
        )


def meters_of(group: LiveGroup) -> int:
    """How many meters a group has."""
    return group.reporting + group.holding + group.silent


def thousandths(value: float) -> int:
    """A value of three decimals as a whole number, so that sums do not depend on their order."""
    return round(value * 1000)


def _parents(cells: Mapping[str, _Sum], length: int) -> dict[str, _Sum]:
    found: dict[str, _Sum] = {}
    for cell, each in cells.items():
        parent = cell[:length]
        if (into := found.get(parent)) is None:
            into = found[parent] = _Sum()
        into.add_cell(cell[length], each)
    return found


def _rolled(cells: Mapping[str, _Sum]) -> dict[str, RollUp]:
    return {cell: each.rolled() for cell, each in cells.items()}


_box_of = lru_cache(1 << 17)(box_of)
"""Areas are the same at each pass."""
