"""Estimates: the shape of totals that were measured, and the energy of what was not.

A total that was measured over a gap (S) is spread like the register's own days before and after. Of
what is unknown (N, or E with what is certain of it), up to an hour is the line between its
neighbours; more is the profile of its own half-hours, workdays and free days apart, times half of
how much more than usual it counted right beside. What was edited or measured is never changed, and
an estimate is made once: again, it is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from billing.curve.energies import cut_at_periods
from billing.curve.histories import Fleet, Grid, History, has_a_day, has_history
from billing.curve.local import HALF_HOUR_MS, Local, LocalDays
from billing.curve.registers import Registers
from billing.curve.rules import Rules
from billing.curve.segments import Method, Reason, Segment, Segments, joined_segments, of_rows, row
from contracts.billing import Letter
from contracts.masters import Installation

UTC_DAYS = LocalDays()


def estimated(
    segments: Segments,
    registers: Sequence[Installation],
    *,
    calendar: Local = UTC_DAYS,
    rules: Rules | None = None,
    open_until_ms: int | None = None,
) -> Segments:
    """Segments with estimates of what is not known. Their total, less E, stays the register's.

    Args:
        segments: As `curve.segments` gives them, with as much before and after a gap as
            `Rules.history_ms`: what is estimated depends on what is given here.
        registers: Of one site.
        open_until_ms: Until when to estimate what registers count after their last reading; None
            leaves it open, as a run does that bills only what has ended.

    Raises:
        CurveError: the calendar has no such time zone.
    """
    rules = Rules() if rules is None else rules
    known = Registers.of(registers)
    if open_until_ms is not None:
        segments = joined_segments(segments, _open_ends(segments, known, rules, open_until_ms))
    wanted = _wanted(segments, rules)
    if not len(wanted):
        return segments
    grid = Grid.over(
        int(segments.begin_ms[wanted].min()) - rules.history_ms,
        int(segments.end_ms[wanted].max()) + rules.history_ms,
        calendar,
    )
    fleet = Fleet(segments, known, grid)
    rows: list[Segment] = []
    of_one: _Estimator | None = None
    for place in wanted.tolist():
        register = int(segments.register[place])
        if of_one is None or of_one.register != register:
            own = segments.take(segments.of(register))
            of_one = _Estimator(register, own, History.of(own, grid), fleet, rules)
        rows += of_one.filled(row(segments, place))
    rest = np.ones(len(segments), dtype=np.bool_)
    rest[wanted] = False
    return joined_segments(segments.take(rest), of_rows(rows))


def declared_final(segments: Segments) -> Segments:
    """With estimates as they are for good: E becomes F."""
    letter = segments.letter.copy()
    letter[letter == Letter.E] = Letter.F
    return replace(segments, letter=letter)


def _wanted(segments: Segments, rules: Rules) -> NDArray[np.int64]:
    """Places of what is to be estimated or shaped."""
    unknown = segments.method == Method.AT_LEAST
    long = segments.end_ms - segments.begin_ms > rules.straight_ms
    shapeless = (segments.letter == Letter.S) & (segments.method == Method.EVEN) & long
    return np.flatnonzero((unknown | shapeless) & ~segments.at_end)


def _open_ends(segments: Segments, registers: Registers, rules: Rules, until_ms: int) -> Segments:
    """What registers count after their last reading, if that is longer ago than it should be."""
    last = np.flatnonzero(np.append(segments.register[1:] != segments.register[:-1], True))
    last = last[: len(segments)]
    register, end_ms = segments.register[last], segments.end_ms[last]
    counts = registers.counts
    longest_ms = (rules.gap_cadences * counts.cadence_ms)[register]
    # Of a counter that begins again with each month, the rest of one is never invented.
    is_open = (until_ms - end_ms > longest_ms) & ~counts.at_end[register]
    is_open &= ~counts.is_monthly[register]
    rows: list[Segment] = []
    for place in np.flatnonzero(is_open).tolist():
        of = int(register[place])
        removed_ms = registers.own[of][-1].end_ms
        upto_ms = until_ms if removed_ms is None else min(until_ms, removed_ms)
        begin_ms = int(end_ms[place])
        if upto_ms > begin_ms:
            rows.append((of, begin_ms, upto_ms, 0, Letter.N, Method.AT_LEAST, Reason.NONE, False))
    return of_rows(rows)


@dataclass(frozen=True)
class _Estimator:
    """Fills what is not known of one register."""

    register: int
    own: Segments
    history: History
    fleet: Fleet
    rules: Rules

    def filled(self, segment: Segment) -> list[Segment]:
        """The segment in parts, by half-hours; itself where nothing can be said."""
        _, begin_ms, end_ms, least_mwh, letter, *_ = segment
        if letter == Letter.S:
            found = self._profile(begin_ms, end_ms, is_level=False)
            return [segment] if found is None else _spread(segment, least_mwh, *found)
        found = self._line(begin_ms, end_ms) or self._profile(begin_ms, end_ms, is_level=True)
        if found is None:
            return [segment]
        return _spread(segment, max(least_mwh, sum(found[1])), *found)

    def _line(self, begin_ms: int, end_ms: int) -> "tuple[list[int], list[int], Method] | None":
        """Parts on the line between as much time before and after as each of them has."""
        lasted_ms = end_ms - begin_ms
        if lasted_ms > self.rules.straight_ms:
            return None
        number = max(1, round(lasted_ms / HALF_HOUR_MS))
        part_ms = lasted_ms // number
        before = self._measured(begin_ms - part_ms, part_ms)
        after = self._measured(end_ms, part_ms)
        if before is None or after is None:
            return None
        edges_ms = [begin_ms + lasted_ms * part // number for part in range(number + 1)]
        energies = [
            before + (after - before) * part // (number + 1) for part in range(1, number + 1)
        ]
        return edges_ms, energies, Method.LINE

    @cached_property
    def _own_measured(self) -> Segments:
        return self.own.take(self.own.letter == Letter.A)

    def _measured(self, begin_ms: int, lasted_ms: int) -> int | None:
        """What was measured in a span; None if not all of it was."""
        if not lasted_ms:
            return None
        parts = cut_at_periods(self._own_measured, begin_ms, 1, lasted_ms)
        if sum(int(each.measured_ms.sum()) for each in parts) != lasted_ms:
            return None
        return sum(int(each.energy_mwh.sum()) for each in parts)

    def _profile(
        self, begin_ms: int, end_ms: int, *, is_level: bool
    ) -> "tuple[list[int], list[int], Method] | None":
        """Half-hours, the first and last in part, as they usually are."""
        history, rules = self.history, self.rules
        is_open = end_ms >= int(self.own.end_ms[-1])
        sides = history.sides(begin_ms, end_ms, rules, is_open=is_open)
        method = Method.PROSPECTIVE if is_open else Method.PROFILE
        expected = None
        if not has_history(sides, rules):
            if not is_level:
                return None
            expected, method = self.fleet.expected(self.register, history, sides), Method.FLEET
        if expected is None:
            if not has_a_day(sides):
                return None
            usual = history.usual(sides)
            factor = history.level(sides, usual, rules) if is_level else 1.0
            expected = usual[history.grid.kind[sides.begin : sides.end]] * factor
            method = Method.PROSPECTIVE if is_open else Method.PROFILE
        edges_ms = history.grid.edges_ms(sides.begin, sides.end)
        edges_ms[0], edges_ms[-1] = begin_ms, end_ms
        shares = [(end - begin) / HALF_HOUR_MS for begin, end in pairwise(edges_ms)]
        energies = np.floor(expected * np.array(shares)).astype(np.int64).tolist()
        return edges_ms, energies, method


def _spread(
    segment: Segment, total_mwh: int, edges_ms: list[int], weights: list[int], method: Method
) -> list[Segment]:
    """A total by whole weights: what has gone by an edge is rounded down, so that all of it goes.
    Without weights it is even."""
    register, begin_ms, end_ms, _, letter, _, reason, at_end = segment
    letter = Letter.S if letter == Letter.S else Letter.E
    whole = sum(weights)
    if not whole:
        method = Method.EVEN if letter == Letter.S else method
        return [(register, begin_ms, end_ms, total_mwh, letter, method, reason, at_end)]
    gone = [total_mwh * so_far // whole for so_far in accumulate(weights, initial=0)]
    return [
        (register, begin, end, after - before, letter, method, reason, at_end)
        for (begin, end), (before, after) in zip(pairwise(edges_ms), pairwise(gone), strict=True)
    ]
