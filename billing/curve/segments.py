"""Segments: the curve of registers, cut where something is known of it.

Between the ends of a segment a register is taken to count evenly. What it had counted by a time
within is rounded down to whole thousandths, so that parts of any cut add up to the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


class Method(IntEnum):
    """How the energy of a segment, or its shape, came about."""

    MEASURED = 0
    EVEN = 1
    """A measured total, evenly over its time."""
    PROFILE = 2
    """By the register's own days before and after."""
    LINE = 3
    """By the line between what was measured right before and right after."""
    PROSPECTIVE = 4
    """By its own days before; nothing is known of after."""
    FLEET = 5
    """By the days of others of its kind, times its share of them."""
    AT_LEAST = 6
    """What is certain of it; the rest is still to be estimated."""
    EDIT = 7
    AS_READ = 8
    """By whoever collected the readings."""


class Reason(IntEnum):
    """Why it is not simply measured: codes of NEM12."""

    NONE = 0
    EXCHANGE = 1
    OUTAGE = 79
    RESET = 87
    ROLLOVER = 95


@dataclass(frozen=True)
class Segments:
    """Arrays of one length, sorted by register and begin; those of a register do not overlap."""

    register: NDArray[np.int32]
    """Place in the caller's list of registers."""
    begin_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    energy_mwh: NDArray[np.int64]
    letter: NDArray[np.uint8]
    """`contracts.billing.Letter`."""
    method: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    at_end: NDArray[np.bool_]
    """All of it belongs to the time of its end, whatever lies between."""

    def __len__(self) -> int:
        return len(self.register)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64] | slice) -> "Segments":
        """Some of them, by a mask, or by places in ascending order."""
        return Segments(*(getattr(self, each.name)[chosen] for each in fields(self)))

    def of(self, register: int) -> slice:
        """Where the segments of a register are."""
        first, last = np.searchsorted(self.register, [register, register + 1])
        return slice(int(first), int(last))


TYPES = {
    "register": np.int32,
    "begin_ms": np.int64,
    "end_ms": np.int64,
    "energy_mwh": np.int64,
    "letter": np.uint8,
    "method": np.uint8,
    "reason": np.uint8,
    "at_end": np.bool_,
}

Segment = tuple[int, int, int, int, int, int, int, bool]
"""One of them: what `Segments` has, in its order."""


def of_rows(rows: Sequence[Segment]) -> Segments:
    """Segments one by one, in any order."""
    columns = zip(*sorted(rows), strict=True) if rows else ([] for _ in TYPES)
    return Segments(
        *(
            np.array(column, dtype=kind)
            for column, kind in zip(columns, TYPES.values(), strict=True)
        )
    )


def joined_segments(*parts: Segments) -> Segments:
    """All of them, in order."""
    if not parts:
        return of_rows(())
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts]).astype(kind, copy=False)
        for name, kind in TYPES.items()
    }
    order = np.lexsort((columns["begin_ms"], columns["register"]))
    return Segments(**{name: column[order] for name, column in columns.items()})


def upto(energy_mwh: int, begin_ms: int, end_ms: int, ms: int) -> int:
    """What a segment had counted by a time, rounded down."""
    if ms >= end_ms:
        return energy_mwh
    if ms <= begin_ms:
        return 0
    return energy_mwh * (ms - begin_ms) // (end_ms - begin_ms)


def cut(segment: Segment, edges_ms: Sequence[int]) -> list[Segment]:
    """The parts of a segment between times, without those that have no length. What belongs to its
    end as a whole is cut before it."""
    register, begin_ms, end_ms, energy_mwh, *rest, at_end = segment
    inner = sorted({edge for edge in edges_ms if begin_ms < edge < end_ms})
    parts: list[Segment] = []
    for begin, end in pairwise([begin_ms, *inner, end_ms]):
        if at_end:
            energy = energy_mwh if end == end_ms else 0
        else:
            energy = upto(energy_mwh, begin_ms, end_ms, end) - upto(
                energy_mwh, begin_ms, end_ms, begin
            )
        letter, method, reason = rest
        parts.append((register, begin, end, energy, letter, method, reason, at_end))
    return parts


def row(segments: Segments, place: int) -> Segment:
    """One of them."""
    return (
        int(segments.register[place]),
        int(segments.begin_ms[place]),
        int(segments.end_ms[place]),
        int(segments.energy_mwh[place]),
        int(segments.letter[place]),
        int(segments.method[place]),
        int(segments.reason[place]),
        bool(segments.at_end[place]),
    )
