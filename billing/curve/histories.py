"""What registers usually count: of a half-hour, by its own days before and after, or by those of
others of its kind. Only what was measured is looked at, never an estimate."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from billing.curve.energies import known
from billing.curve.local import HALF_HOUR_MS, HALF_HOURS, KINDS_OF_DAY, Local, kinds
from billing.curve.registers import Registers
from billing.curve.rules import Rules
from billing.curve.segments import Segments
from contracts.time import DAY_MS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

FLEET_CHUNK = 1_000
"""Registers that are added up at once, so that a fleet's months need not be in memory."""


class Sides(NamedTuple):
    """Which half-hours of a grid a span is in, and which ones speak for it."""

    begin: int
    end: int
    usual: Ints
    """Measured ones that say what is usual."""
    level: Ints
    """Measured ones right beside it."""


@dataclass(frozen=True)
class Grid:
    """Half-hours from `begin_ms` on, with their local kinds."""

    begin_ms: int
    kind: Ints

    @classmethod
    def over(cls, begin_ms: int, end_ms: int, calendar: Local) -> "Grid":
        """All that are in a span, even in part."""
        first_ms = begin_ms // HALF_HOUR_MS * HALF_HOUR_MS
        return cls(first_ms, kinds(calendar, np.arange(first_ms, end_ms, HALF_HOUR_MS)))

    def __len__(self) -> int:
        return len(self.kind)

    def edges_ms(self, begin: int, end: int) -> list[int]:
        """Begins of the half-hours from one place up to another's, that one's included."""
        return [self.begin_ms + place * HALF_HOUR_MS for place in range(begin, end + 1)]


@dataclass(frozen=True)
class History:
    """Measured half-hours of a register."""

    grid: Grid
    energy_mwh: Ints
    is_known: Truths

    @classmethod
    def of(cls, own: Segments, grid: Grid) -> "History":
        """Of the segments of one register."""
        same = replace(own, register=np.zeros_like(own.register))
        energy_mwh, is_known = known(same, 1, grid.begin_ms, len(grid), HALF_HOUR_MS)
        return cls(grid, energy_mwh[0], is_known[0])

    def sides(self, begin_ms: int, end_ms: int, rules: Rules, *, is_open: bool) -> Sides:
        """What is beside a span: on both sides, or only before an open end."""
        begin = (begin_ms - self.grid.begin_ms) // HALF_HOUR_MS
        end = -((self.grid.begin_ms - end_ms) // HALF_HOUR_MS)
        far, near = rules.history_ms // HALF_HOUR_MS, rules.level_ms // HALF_HOUR_MS
        if is_open:
            return Sides(
                begin, end, self._known(begin - far, begin), self._known(begin - 2 * near, begin)
            )
        return Sides(
            begin,
            end,
            np.concatenate((self._known(begin - far, begin), self._known(end, end + far))),
            np.concatenate((self._known(begin - near, begin), self._known(end, end + near))),
        )

    def _known(self, begin: int, end: int) -> Ints:
        first = max(0, begin)
        return first + np.flatnonzero(self.is_known[first : max(first, end)])

    def usual(self, sides: Sides) -> Floats:
        """Means by kind of half-hour; of a kind that was never measured, that of all."""
        kind, energy_mwh = self.grid.kind[sides.usual], self.energy_mwh[sides.usual]
        sums = np.bincount(kind, energy_mwh, HALF_HOURS * KINDS_OF_DAY)
        number = np.bincount(kind, minlength=HALF_HOURS * KINDS_OF_DAY)
        return np.where(number > 0, sums / np.maximum(number, 1), energy_mwh.mean())

    def level(self, sides: Sides, usual: Floats, rules: Rules) -> float:
        """How much more than usual it counted right beside the span."""
        expected = usual[self.grid.kind[sides.level]].sum()
        actual = self.energy_mwh[sides.level].sum()
        low, high = rules.level_limits
        level = min(high, max(low, actual / expected)) if expected else 1.0
        return 1 + rules.level_weight * (level - 1)


class Fleet:
    """Half-hours of registers of one commodity and direction, added up when first asked for."""

    def __init__(self, segments: Segments, registers: Registers, grid: Grid) -> None:
        self.segments = segments
        self.registers = registers
        self.grid = grid
        self._sums: dict[tuple[str, str], tuple[Ints, Ints]] = {}

    def expected(self, register: int, history: History, sides: Sides) -> Floats | None:
        """Half-hours of a span by the mean of all others, times the register's share of it; None
        where nothing of theirs, or nothing of this one's, was measured."""
        installation = self.registers[register]
        key = installation.commodity, installation.direction
        if key not in self._sums:
            self._sums[key] = self._added(key)
        sums, number = self._sums[key]
        others = number - history.is_known
        means = (sums - history.energy_mwh * history.is_known) / np.maximum(others, 1)
        own = sides.usual[others[sides.usual] > 0]
        theirs = means[own].sum()
        if not (others[sides.begin : sides.end] > 0).all() or theirs <= 0:
            return None
        share = history.energy_mwh[own].sum() / theirs
        expected: Floats = means[sides.begin : sides.end] * share
        return expected

    def _added(self, key: tuple[str, str]) -> tuple[Ints, Ints]:
        alike = np.array(
            [(each.commodity, each.direction) == key for each in self.registers], dtype=np.bool_
        )
        sums = np.zeros(len(self.grid), dtype=np.int64)
        number = np.zeros(len(self.grid), dtype=np.int64)
        for first in range(0, len(self.registers), FLEET_CHUNK):
            last = min(first + FLEET_CHUNK, len(self.registers))
            begin, end = np.searchsorted(self.segments.register, [first, last])
            some = self.segments.take(slice(int(begin), int(end)))
            some = some.take(alike[some.register])
            some = replace(some, register=some.register - np.int32(first))
            energy_mwh, is_known = known(
                some, last - first, self.grid.begin_ms, len(self.grid), HALF_HOUR_MS
            )
            sums += np.where(is_known, energy_mwh, 0).sum(axis=0)
            number += is_known.sum(axis=0)
        return sums, number


def has_history(sides: Sides, rules: Rules) -> bool:
    """Whether enough was measured for a profile of its own."""
    return len(sides.usual) * HALF_HOUR_MS >= rules.least_history_ms


def has_a_day(sides: Sides) -> bool:
    """Whether a day was measured, without which nothing can be said."""
    return len(sides.usual) * HALF_HOUR_MS >= DAY_MS
