"""Intervals that a file says without an order of versions: what they agree on.

Of two different values for one interval, or of two intervals that overlap, neither is taken:
nothing says which is right. What says the same again is one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from contracts.reading import MAX_INTERVAL_MS, MAX_REGISTER, MAX_TS_MS, Commodity
from exchange.values import Block, Found, Mark, Reason, Repeated, Unusable

LARGEST = MAX_REGISTER * 1000
"""No reading says more, of an interval or a register; in thousandths."""


@dataclass(frozen=True, slots=True)
class Interval:
    """One value as a file says it; `amount` in thousandths, times in epoch ms UTC."""

    begin_ms: int
    end_ms: int
    amount: int
    line: int
    mark: Mark

    @property
    def length_ms(self) -> int:
        """Of the interval."""
        return self.end_ms - self.begin_ms


def settled(
    meter_id: str, commodity: Commodity, intervals: Iterable[Interval], record: str
) -> Iterator[Found]:
    """Blocks of what can be used, a block for each length, and what cannot.

    Args:
        record: What the format calls an interval, for the report.
    """
    usable = []
    for each in intervals:
        if fault := _fault(each):
            yield Unusable(each.line, record, *fault, 1)
        else:
            usable.append(each)
    usable.sort(key=lambda each: (each.begin_ms, each.end_ms, each.line))
    distinct = []
    for _, group in groupby(usable, key=lambda each: (each.begin_ms, each.end_ms)):
        alike = list(group)
        if any(each.amount != alike[0].amount for each in alike):
            lines = ", ".join(str(each.line) for each in alike)
            for each in alike:
                detail = f"{len(alike)} values for one interval, on lines {lines}: keep one"
                yield Unusable(each.line, record, "conflict", detail, 1)
            continue
        distinct.append(alike[0])
        if alike[1:]:
            yield Repeated(alike[1].line, len(alike) - 1)
    kept, crossing = _without_overlaps(distinct)
    for each, other in crossing:
        detail = f"it overlaps the interval of line {other.line}, of another beginning or length"
        yield Unusable(each.line, record, "overlap", detail, 1)
    for length_ms in sorted({each.length_ms for each in kept}):
        yield block(meter_id, commodity, [each for each in kept if each.length_ms == length_ms])


def block(meter_id: str, commodity: Commodity, intervals: Sequence[Interval]) -> Block:
    """A block of intervals of one length, in the order of time."""
    marks = tuple(dict.fromkeys(each.mark for each in intervals))
    place = {mark: number for number, mark in enumerate(marks)}
    return Block(
        meter_id,
        commodity,
        intervals[0].length_ms,
        np.array([each.end_ms for each in intervals], np.int64),
        np.array([each.amount for each in intervals], np.int64),
        np.array([each.line for each in intervals], np.int64),
        marks,
        None if len(marks) == 1 else np.array([place[each.mark] for each in intervals], np.uint16),
    )


def _fault(each: Interval) -> tuple[Reason, str] | None:
    if each.length_ms <= 0:
        return "zero_length", f"it ends {-each.length_ms // 1000} s before it begins"
    if each.begin_ms < 0:
        return "too_old", "it is before 1970"
    if each.length_ms > MAX_INTERVAL_MS:
        return "out_of_range", f"it is {each.length_ms // 86_400_000} days long; 31 are the most"
    if each.end_ms > MAX_TS_MS:
        return "out_of_range", "it is after 2100"
    return _too_large(each)


def _too_large(each: Interval) -> tuple[Reason, str] | None:
    if abs(each.amount) > LARGEST:
        return "out_of_range", f"it is beyond {LARGEST // 1000:,} Wh or litres"
    return None


def _without_overlaps(
    intervals: Sequence[Interval],
) -> tuple[list[Interval], list[tuple[Interval, Interval]]]:
    """Those that no other touches; and each that one does, with one that does."""
    touched: dict[int, int] = {}
    longest: int | None = None
    for place, each in enumerate(intervals):
        if longest is not None and each.begin_ms < intervals[longest].end_ms:
            touched[place] = longest
            touched.setdefault(longest, place)
        if longest is None or each.end_ms > intervals[longest].end_ms:
            longest = place
    kept = [each for place, each in enumerate(intervals) if place not in touched]
    crossing = [(intervals[one], intervals[other]) for one, other in sorted(touched.items())]
    return kept, crossing


def registers(
    meter_id: str, commodity: Commodity, said: Iterable[Interval], record: str
) -> Iterator[Found]:
    """A block of registers, each at the end of its interval, and what is none.

    Args:
        record: What the format calls a register, for the report.
    """
    usable: list[Interval] = []
    for each in sorted(said, key=lambda each: (each.end_ms, each.line)):
        if each.end_ms < 0:
            yield Unusable(each.line, record, "too_old", "it is before 1970", 1)
        elif each.end_ms > MAX_TS_MS:
            yield Unusable(each.line, record, "out_of_range", "it is after 2100", 1)
        elif fault := _too_large(each):
            yield Unusable(each.line, record, *fault, 1)
        elif not usable or usable[-1].end_ms != each.end_ms:
            usable.append(each)
        elif usable[-1].amount == each.amount:
            yield Repeated(each.line, 1)
        else:
            detail = f"line {usable[-1].line} says a register of that time, too"
            yield Unusable(each.line, record, "conflict", detail, 1)
    if usable:
        points = [replace(each, begin_ms=each.end_ms) for each in usable]
        yield block(meter_id, commodity, points)
