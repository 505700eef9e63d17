"""Energy of segments: by register and period for many, and of any span for one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from billing.curve.segments import Segments, upto
from contracts.billing import Letter

Ints = NDArray[np.int64]

EXACT_MS = 3_000_000_000
"""A remainder and a part of a time up to this long (34 days) multiply to less than 2^63."""


@dataclass(frozen=True)
class Sparse:
    """Arrays of one length: so much of a register's period is known in a way."""

    register: NDArray[np.int32]
    period: NDArray[np.int32]
    letter: NDArray[np.uint8]
    energy_mwh: Ints


@dataclass(frozen=True)
class Matrix:
    """Energies of registers in periods."""

    energy_mwh: Ints
    """[registers x periods]: all that is billed, of whatever letter."""
    other: Sparse
    """What of it is not A, in the order of registers, periods and letters."""


@dataclass(frozen=True)
class Parts:
    """Segments cut at the edges of periods: arrays of one length."""

    segment: NDArray[np.int64]
    """Place of the segment."""
    period: NDArray[np.int64]
    energy_mwh: Ints
    measured_ms: Ints
    """How much of the period it is."""


def matrix(
    segments: Segments, registers: int, begin_ms: int, periods: int, period_ms: int
) -> Matrix:
    """Energies of `registers` registers in `periods` periods of equal length from `begin_ms` on.

    What belongs to its end as a whole is in the period in which it ends, the period's end included.
    """
    energy_mwh = np.zeros(registers * periods, dtype=np.int64)
    other = []
    for parts in cut_at_periods(segments, begin_ms, periods, period_ms):
        register, letter = segments.register[parts.segment], segments.letter[parts.segment]
        _add(energy_mwh, register, parts.period, parts.energy_mwh, periods)
        chosen = np.flatnonzero((letter != Letter.A) & (parts.energy_mwh != 0))
        other.append(
            (register[chosen], parts.period[chosen], letter[chosen], parts.energy_mwh[chosen])
        )
    columns = [np.concatenate(each) for each in zip(*other, strict=True)]
    return Matrix(energy_mwh.reshape(registers, periods), _sparse(*columns))


def known(
    segments: Segments, registers: int, begin_ms: int, periods: int, period_ms: int
) -> tuple[Ints, NDArray[np.bool_]]:
    """Measured energies of registers in periods, as `matrix`, and which periods are measured as a
    whole."""
    measured = segments.take(segments.letter == Letter.A)
    energy_mwh, measured_ms = np.zeros((2, registers * periods), dtype=np.int64)
    for parts in cut_at_periods(measured, begin_ms, periods, period_ms):
        register = measured.register[parts.segment]
        _add(energy_mwh, register, parts.period, parts.energy_mwh, periods)
        _add(measured_ms, register, parts.period, parts.measured_ms, periods)
    shape = registers, periods
    return energy_mwh.reshape(shape), (measured_ms == period_ms).reshape(shape)


def energy(segments: Segments, register: int, begin_ms: int, end_ms: int) -> int:
    """What a register counted in a span, epoch ms. Spans of any cut add up to the whole."""
    return sum(by_letter(segments, register, begin_ms, end_ms).values())


def by_letter(segments: Segments, register: int, begin_ms: int, end_ms: int) -> dict[Letter, int]:
    """The same, by how it is known; without letters that have none."""
    own = segments.of(register)
    begins, ends = segments.begin_ms[own], segments.end_ms[own]
    first = own.start + int(np.searchsorted(ends, begin_ms, side="right"))
    last = own.start + int(np.searchsorted(begins, end_ms, side="left"))
    # A segment that ends at the very begin is whole before it, and one that begins at the end is
    # whole after it.
    found: dict[Letter, int] = {}
    for place in range(first, last):
        begin, end = int(segments.begin_ms[place]), int(segments.end_ms[place])
        amount = int(segments.energy_mwh[place])
        if segments.at_end[place]:
            part = amount if begin_ms < end <= end_ms else 0
        else:
            part = upto(amount, begin, end, end_ms) - upto(amount, begin, end, begin_ms)
        if part:
            letter = Letter(int(segments.letter[place]))
            found[letter] = found.get(letter, 0) + part
    return found


def cut_at_periods(
    segments: Segments, begin_ms: int, periods: int, period_ms: int
) -> tuple[Parts, Parts]:
    """The parts of segments in periods: of those that are in one as a whole, and of all others.
    Both in the order of the segments, and of time."""
    end_ms = begin_ms + periods * period_ms
    inside = np.flatnonzero((segments.end_ms > begin_ms) & (segments.begin_ms < end_ms))
    begins, ends = segments.begin_ms[inside], segments.end_ms[inside]
    last = (ends - (begin_ms + 1)) // period_ms
    whole = begins - begin_ms >= last * period_ms
    whole |= segments.at_end[inside]
    whole &= ends <= end_ms
    if whole.all():
        return Parts(inside, last, segments.energy_mwh[inside], ends - begins), _NOTHING
    some = np.flatnonzero(whole)
    # Of what belongs to its end, nothing is in a period in which it does not end.
    others = np.flatnonzero(~whole & ~segments.at_end[inside])
    simple = Parts(
        inside[some], last[some], segments.energy_mwh[inside[some]], ends[some] - begins[some]
    )
    return simple, _cut(segments, inside[others], begin_ms, periods, period_ms)


_NOTHING = Parts(*(np.zeros(0, dtype=np.int64) for _ in range(4)))


def _cut(segments: Segments, places: Ints, begin_ms: int, periods: int, period_ms: int) -> Parts:
    """Parts of segments that are in several periods, or in some only in part."""
    end_ms = begin_ms + periods * period_ms
    begins, ends = segments.begin_ms[places], segments.end_ms[places]
    first = (np.maximum(begins, begin_ms) - begin_ms) // period_ms
    last = (np.minimum(ends, end_ms) - 1 - begin_ms) // period_ms
    number = last - first + 1
    which = np.repeat(np.arange(len(places)), number)
    period = first[which] + np.arange(len(which)) - (np.cumsum(number) - number)[which]
    begins, ends, amounts = begins[which], ends[which], segments.energy_mwh[places[which]]
    left = np.maximum(begin_ms + period * period_ms, begins)
    right = np.minimum(begin_ms + (period + 1) * period_ms, ends)
    energy_mwh = _upto(amounts, begins, ends, right) - _upto(amounts, begins, ends, left)
    return Parts(places[which], period, energy_mwh, right - left)


def _upto(amounts: Ints, begins: Ints, ends: Ints, at: Ints) -> Ints:
    """`segments.upto` for many."""
    length, gone = ends - begins, at - begins
    whole, rest = np.divmod(amounts, length)
    result: Ints = whole * gone
    short = length <= EXACT_MS
    result[short] += rest[short] * gone[short] // length[short]
    for place in np.flatnonzero(~short):
        result[place] += int(rest[place]) * int(gone[place]) // int(length[place])
    return result


def _add(
    sums: Ints, register: NDArray[np.int32], period: Ints, amounts: Ints, periods: int
) -> None:
    """Add by register and period, flat. Parts come in order, as a rule, and equal places are
    neighbours; those of segments that overlap do not, and count no less."""
    if not len(register):
        return
    flat = register.astype(np.int64) * periods + period
    steps = np.diff(flat)
    if (steps > 0).all():
        sums[flat] += amounts
    elif (steps >= 0).all():
        starts = np.flatnonzero(np.concatenate(([1], steps)))
        sums[flat[starts]] += np.add.reduceat(amounts, starts)
    else:
        np.add.at(sums, flat, amounts)


def _sparse(
    register: NDArray[np.int32], period: Ints, letter: NDArray[np.uint8], amounts: Ints
) -> Sparse:
    """Sums by register, period and letter."""
    order = np.lexsort((letter, period, register))
    register, period, letter = register[order], period[order], letter[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (
        (register[1:] != register[:-1]) | (period[1:] != period[:-1]) | (letter[1:] != letter[:-1])
    )
    starts = np.flatnonzero(new)
    sums = np.add.reduceat(amounts[order], starts) if len(starts) else amounts
    return Sparse(register[starts], period[starts].astype(np.int32), letter[starts], sums)
