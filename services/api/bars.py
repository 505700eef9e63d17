"""Energy as bars: the one rule of `contracts.energy`, for one span after another.

Bars of a cut add up to the whole, since a step belongs to the span in which it ends. So after days
without a reading, what a register counted meanwhile would be the bar of the hour in which it is
read again. Bars in which nothing ended are therefore taken together with the one that follows them
and in which it did: one bar over all the time that was measured as one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from contracts.energy import GAP_CADENCES, Counting, Energy, Row, Span, energy_of_rows


@dataclass(frozen=True, slots=True)
class Bar:
    """Energy of a span that one asked for, or of several that were measured as one."""

    energy: Energy
    spans: int
    """How many of those that were asked for it is of."""
    known: bool
    """Whether anything was measured that ends in it: else its energy is not known, and not 0."""
    corrected: bool
    """Whether late readings, or other words of known ones, are in it."""

    def complete(self, counting: Counting) -> bool:
        """Whether all of it was measured: what is missing at its edges is less than a gap."""
        if not self.known or self.energy.gaps or self.energy.resets:
            return False
        longest_ms = GAP_CADENCES * (counting.cadence_ms or 0)
        return all(each.end_ms - each.begin_ms <= longest_ms for each in self.energy.uncovered)


def bars(rows: Iterable[Row], bounds: Sequence[int], counting: Counting) -> list[Bar]:
    """A bar for each two bounds, but those that were measured as one.

    Args:
        rows: Of minutes or periods, none of a period and of minutes in it, in any order; the last
            ones before the first bound are among them.
        bounds: Epoch ms, in their order.
    """
    return list(_together(_each(rows, bounds, counting), counting))


def _each(
    rows: Iterable[Row], bounds: Sequence[int], counting: Counting
) -> Iterator[tuple[Energy, bool]]:
    """Energy of each span, and whether corrections are in it.

    Each is made of few rows: those that say something of a time from the last point before the span
    on. Others would change nothing, but take their time.
    """
    ordered = sorted(rows, key=lambda row: row.first_at_ms)
    firsts = [row.first_at_ms for row in ordered]
    points = sorted({at for row in ordered for at in (row.first_at_ms, row.last_at_ms)})
    longest_ms = max((row.last_at_ms - row.first_at_ms for row in ordered), default=0)
    for begin_ms, end_ms in pairwise(bounds):
        before = bisect_right(points, begin_ms)
        from_ms = points[before - 1] if before else begin_ms
        near = slice(bisect_left(firsts, from_ms - longest_ms), bisect_right(firsts, end_ms))
        own = [row for row in ordered[near] if row.last_at_ms >= from_ms]
        corrected = any(row.corrected_ms and row.last_at_ms > begin_ms for row in own)
        yield energy_of_rows(own, Span(begin_ms, end_ms), counting), corrected


def _together(found: Iterable[tuple[Energy, bool]], counting: Counting) -> Iterator[Bar]:
    waiting: list[Energy] = []
    for energy, corrected in found:
        if _ends_in(energy):
            since = waiting[0] if waiting else energy
            span = Span(since.span.begin_ms, energy.span.end_ms)
            yield Bar(replace(energy, span=span), len(waiting) + 1, True, corrected)
            waiting = []
        elif counting.kind == "interval" or energy.covers is None:
            # An interval says when it began, and before its first reading a register said nothing.
            yield Bar(energy, 1, known=False, corrected=False)
        else:
            waiting.append(energy)
    for energy in waiting:
        yield Bar(energy, 1, known=False, corrected=False)


def _ends_in(energy: Energy) -> bool:
    """Whether anything was measured that ends in the span."""
    covers = energy.covers
    return covers is not None and covers.begin_ms < covers.end_ms > energy.span.begin_ms
