"""Energy of some hours as rows of a matrix, one for each stay that has time in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from billing.curve.energies import Matrix, Sparse, matrix
from billing.curve.segments import Segments
from billing.settlement.allocation import Stay
from contracts.energy import Span

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Energy by stay."""

    energy_mwh: Ints
    """By row and period."""
    stay: Ints
    """Place of each row's stay."""
    other_row: Ints
    """Of what is not simply measured, which row it is in, ..."""
    other_period: Ints
    other_letter: Ints
    other_mwh: Ints


class Stays:
    """The stays of registers, ready to cut their curves.

    Args:
        stays: As `Allocation` has them.
        registers: How many registers there are.
    """

    def __init__(self, stays: Sequence[Stay], registers: int, period_ms: int) -> None:
        self._begin_ms = np.array([stay.span.begin_ms for stay in stays], dtype=np.int64)
        self._end_ms = np.array([stay.span.end_ms for stay in stays], dtype=np.int64)
        register = np.array([stay.register for stay in stays], dtype=np.int64)
        self._first = np.searchsorted(register, np.arange(registers))
        self._period_ms = period_ms

    def rows(self, segments: Segments, span: Span) -> Rows:
        """What segments have in a span of whole periods; none is of another time."""
        # They are in order of registers, so nothing has to be sorted to find each once.
        new = np.diff(segments.register, prepend=-1) != 0
        register = segments.register[new]
        near = replace(segments, register=(np.cumsum(new) - 1).astype(np.int32))
        periods = (span.end_ms - span.begin_ms) // self._period_ms
        of_all = energies(near, len(register), span.begin_ms, periods, self._period_ms)
        stay = self._first[register]
        while (over := self._end_ms[stay] <= span.begin_ms).any():
            stay = stay + over
        whole = self._end_ms[stay] >= span.end_ms
        if whole.all():
            return _joined([(of_all.energy_mwh, stay, of_all.other)])
        kept = whole[of_all.other.register]
        row_of = np.cumsum(whole) - 1
        parts = [(of_all.energy_mwh[whole], stay[whole], _chosen(of_all.other, kept, row_of))]
        starts = np.append(np.flatnonzero(new), len(new))
        for place in np.flatnonzero(~whole).tolist():
            own = near.take(slice(int(starts[place]), int(starts[place + 1])))
            own = replace(own, register=np.zeros(len(own), dtype=np.int32))
            parts += self._divided(own, span, int(stay[place]), periods)
        return _joined(parts)

    def _divided(
        self, own: Segments, span: Span, first: int, periods: int
    ) -> Iterator[tuple[Ints, Ints, Sparse]]:
        """The rows of one register whose stays change in the span, from the first stay on."""
        at, known_ms = first, span.begin_ms
        while known_ms < span.end_ms:
            end_ms = min(int(self._end_ms[at]), span.end_ms)
            energy = np.zeros((1, periods), dtype=np.int64)
            others = []
            for part, count in _cuts(known_ms, end_ms, self._period_ms):
                length_ms = (part.end_ms - part.begin_ms) // count
                its = matrix(own, 1, part.begin_ms, count, length_ms)
                place = (part.begin_ms - span.begin_ms) // self._period_ms
                energy[0, place : place + count] += its.energy_mwh[0]
                others.append(replace(its.other, period=its.other.period + place))
            yield energy, np.array([at]), _together(others)
            at, known_ms = at + 1, end_ms


def energies(
    segments: Segments, registers: int, begin_ms: int, periods: int, period_ms: int
) -> Matrix:
    """As `matrix`, and faster where most segments are each within one period: only others have to
    be cut, and among these is all that is not simply measured but a few."""
    end_ms = begin_ms + periods * period_ms
    within = (segments.begin_ms >= begin_ms) & (segments.end_ms <= end_ms)
    within &= (segments.begin_ms - begin_ms) // period_ms == (
        segments.end_ms - 1 - begin_ms
    ) // period_ms
    if within.all() or not within.any():
        return matrix(segments, registers, begin_ms, periods, period_ms)
    simple = matrix(segments.take(within), registers, begin_ms, periods, period_ms)
    cut = matrix(segments.take(~within), registers, begin_ms, periods, period_ms)
    energy_mwh = simple.energy_mwh
    energy_mwh += cut.energy_mwh
    return Matrix(energy_mwh, _together([simple.other, cut.other]))


def _cuts(begin_ms: int, end_ms: int, period_ms: int) -> Iterator[tuple[Span, int]]:
    """Time as a part of a period, whole periods, and a part of one; with how many each is."""
    first_ms = -(-begin_ms // period_ms) * period_ms
    last_ms = end_ms // period_ms * period_ms
    inner = {ms for ms in (first_ms, last_ms) if begin_ms < ms < end_ms}
    for one, other in pairwise([begin_ms, *sorted(inner), end_ms]):
        yield Span(one, other), max(1, (other - one) // period_ms)


def _chosen(others: Sparse, kept: NDArray[np.bool_], row_of: NDArray[np.intp]) -> Sparse:
    return Sparse(
        row_of[others.register[kept]].astype(np.int32),
        others.period[kept],
        others.letter[kept],
        others.energy_mwh[kept],
    )


def _together(parts: Sequence[Sparse]) -> Sparse:
    return Sparse(
        np.concatenate([part.register for part in parts]),
        np.concatenate([part.period for part in parts]),
        np.concatenate([part.letter for part in parts]),
        np.concatenate([part.energy_mwh for part in parts]),
    )


def _joined(parts: Sequence[tuple[Ints, Ints, Sparse]]) -> Rows:
    """Rows of all parts; their others' registers are rows of each part by itself."""
    counts = [len(stay) for _, stay, _ in parts]
    before = np.cumsum([0, *counts[:-1]])
    rows = [
        others.register.astype(np.int64) + first
        for (_, _, others), first in zip(parts, before.tolist(), strict=True)
    ]
    others = _together([others for _, _, others in parts])
    return Rows(
        parts[0][0] if len(parts) == 1 else np.concatenate([energy for energy, _, _ in parts]),
        np.concatenate([stay for _, stay, _ in parts]),
        np.concatenate(rows),
        others.period.astype(np.int64),
        others.letter.astype(np.int64),
        others.energy_mwh,
    )
