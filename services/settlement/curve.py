"""The curve of a month from readings, a day of all registers at a time.

Registers that count plainly need no more than a day and their last point before it. The others, in
which something falls or leaps, lacks or was edited, are held back from the first of it on, and are
read again as a whole with as much before and after as an estimate needs.
"""

from collections.abc import Collection, Iterator, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from billing.curve.curve import segments
from billing.curve.edits import edited
from billing.curve.estimates import estimated
from billing.curve.findings import Finding
from billing.curve.local import Local
from billing.curve.points import UNSAID, Points, joined
from billing.curve.registers import Registers
from billing.curve.rules import Rules
from billing.curve.segments import Segments, upto
from billing.curve.validation import prolonged
from contracts.billing import Letter
from contracts.energy import Span
from contracts.masters import Edit
from contracts.time import DAY_MS, SECOND_MS


class Archive(Protocol):
    """Readings by the UTC day, as `adapters.archive.readings` has them."""

    @property
    def days(self) -> Sequence[date]:
        """Of which there may be readings."""

    def readings(
        self, days: Collection[date], meters: Collection[str] | None = None
    ) -> pl.DataFrame:
        """Those of some days, of some meters or of all."""

    def meters(self, days: Collection[date]) -> pl.DataFrame:
        """`meter_id` and `commodity` of who read on any of some days."""


POINTS_BEFORE = 2
"""The last one before the month, and the one that tells whether it fell."""
POINTS_AFTER = 3
"""Of registers that are read again, after the month: a fall is decided by two after it."""
HELD_AT_ONCE = 2_000
"""Registers that are read again together: some months of them are some 100 MB."""
REGISTER_DAYS = 2_000
"""Days of registers that are read together: of a few, a day is less work than to ask for it."""

_NEVER = np.iinfo(np.int64).min


class Curve:
    """The curve of a site's registers over a month, once: `begin`, then `day` of each of its days
    in order, then `rest`. A copy goes on from where it was made.

    Args:
        archive: As far as needed, all of its days are searched for the last point before the month
            and the first one after it.
        estimate: Whether to shape totals over gaps, and to estimate what is not known at all.
        open_until_ms: Until when to estimate beyond last readings; None leaves that open.
    """

    def __init__(
        self,
        archive: Archive,
        registers: Registers,
        month: Span,
        *,
        calendar: Local,
        rules: Rules,
        edits: Sequence[Edit] = (),
        estimate: bool = True,
        open_until_ms: int | None = None,
    ) -> None:
        self.findings: list[Finding] = []
        """Of the pieces that were taken so far."""
        self._archive, self._registers, self._month = archive, registers, month
        self._days = sorted(archive.days)
        self._calendar, self._rules, self._edits = calendar, rules, edits
        self._estimate, self._open_until_ms = estimate, open_until_ms
        count = len(registers)
        self._last_ms = np.full(count, _NEVER)
        self._last_mwh = np.zeros(count, dtype=np.int64)
        self._opening_mwh: dict[int, int] = {}
        self._is_held = np.zeros(count, dtype=np.bool_)
        self._is_apart = np.zeros(count, dtype=np.bool_)
        self._held_since_ms = np.full(count, _NEVER)
        self._longest_ms = self._longest()
        self._meters = self._ids(np.ones(count, dtype=np.bool_))

    def pieces(self) -> Iterator[Segments]:
        """All segments that have time of the month, each once; those of a register in order."""
        self.begin()
        days = [day for day in days_of(self._month) if day in self._days]
        many = max(1, REGISTER_DAYS // max(1, len(self._registers)))
        for first in range(0, len(days), many):
            yield self._read(days[first : first + many])
        yield from self.rest()

    def going_on(self, archive: Archive, open_until_ms: int | None) -> Self:
        """A copy that reads on in an archive as it is later, of which all days so far are the same.

        Args:
            open_until_ms: As of the curve.
        """
        found = copy(self)
        found._archive, found._days = archive, sorted(archive.days)
        found._open_until_ms = open_until_ms
        found.findings = [*self.findings]
        found._opening_mwh = self._opening_mwh.copy()
        for name in ("_last_ms", "_last_mwh", "_is_held", "_is_apart", "_held_since_ms"):
            setattr(found, name, getattr(self, name).copy())
        return found

    def lasts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Time and register of the last point that was read of each register; time is below 0 where
        there is none. After `rest`."""
        return self._last_ms, self._last_mwh

    def begin(self) -> None:
        """Find what each register said last before the month."""
        self._hold_back()
        self._begin()
        known = np.flatnonzero(self._last_ms == self._month.begin_ms)
        mwh = self._last_mwh[known]
        self._opening_mwh.update(zip(known.tolist(), mwh.tolist(), strict=True))

    def day(self, day: date) -> Segments:
        """The segments that end in a UTC day's readings."""
        return self._read([day])

    def _read(self, days: Sequence[date]) -> Segments:
        readings = self._archive.readings(days, self._meters)
        return self._day(joined(readings, self._registers))

    def rest(self) -> Iterator[Segments]:
        """Those over the month's end, and those of registers that are read as a whole."""
        yield from self._end()
        places = np.flatnonzero(self._is_held)
        for first in range(0, len(places), HELD_AT_ONCE):
            yield self._held(places[first : first + HELD_AT_ONCE])

    @property
    def openings_mwh(self) -> dict[int, int]:
        """By the place of a register, what it showed when the month began: of those that have
        counted plainly in all pieces that were taken, and shown what their intervals counted."""
        hidden = self._is_held | self._is_apart
        return {place: mwh for place, mwh in self._opening_mwh.items() if not hidden[place]}

    def _longest(self) -> NDArray[np.float64]:
        """The longest step of each register that is told by its two ends alone."""
        counts = self._registers.counts
        cadence_ms = self._rules.gap_cadences * counts.cadence_ms
        if not self._estimate:
            return np.full(len(self._registers), np.inf)
        # A straight line is what an estimate of no more than this would be, too.
        straight_ms = np.maximum(cadence_ms, self._rules.straight_ms)
        longest = np.where(counts.is_interval, cadence_ms, straight_ms)
        return np.where(counts.at_end, np.inf, longest)

    def _hold_back(self) -> None:
        """Registers of which more is to be known than two readings say."""
        registers = self._registers
        self._is_held |= registers.counts.is_monthly
        self._is_held[[*registers.several, *registers.multiplied]] = True
        for place, said in registers.said.items():
            opens_only = len(said) == 1 and said[0].opens
            if opens_only:
                self._last_ms[place], self._last_mwh[place] = said[0].ts_ms, said[0].mwh
            else:
                self._is_held[place] = True
        edits = {
            (each.register_id, each.commodity)
            for each in self._edits
            if each.begin_ms < self._month.end_ms and each.end_ms > self._month.begin_ms
        }
        for key in edits & registers.places.keys():
            self._is_held[registers.places[key]] = True

    def _begin(self) -> None:
        """The last point of each register before the month, and whether it can be trusted: the one
        before it tells a wrong one."""
        read = np.zeros(len(self._registers), dtype=np.int64)
        missing = np.zeros(len(self._registers), dtype=np.bool_)
        missing[list(self._registers.own)] = True
        # What is read at the begin of the UTC day in which the month begins is of that day.
        last_day = _date(self._month.begin_ms - 1)
        before = [day for day in reversed(self._days) if day <= last_day]
        parts = []
        for days in self._searched(before, missing):
            points = self._points(days, missing)
            points = points.only(points.ts_ms <= self._month.begin_ms)
            parts.append(points)
            read += np.bincount(points.register, minlength=len(read))
            missing &= read < POINTS_BEFORE
            if not missing.any():
                break
        if not parts:
            return
        points = _in_order(parts) if len(parts) > 1 else parts[0]
        self._is_held |= self._strange(points, np.inf)
        newest = _lasts(points)
        places = points.register[newest]
        later = points.ts_ms[newest] > self._last_ms[places]
        self._last_ms[places[later]] = points.ts_ms[newest[later]]
        self._last_mwh[places[later]] = points.register_mwh[newest[later]]

    def _day(self, points: Points) -> Segments:
        """The segments that end in the points of days, without those of registers that are held."""
        if self._is_held.any():
            points = points.only(~self._is_held[points.register])
        points = points.only(points.ts_ms > self._last_ms[points.register])
        linked = self._linked(points)
        strange = self._strange(linked, self._longest_ms)
        if strange.any():
            self._is_held |= strange
            # Held from their last point on: what was before it is told already.
            self._held_since_ms[strange] = self._last_ms[strange]
            linked = linked.only(~strange[linked.register])
        # What is left was measured.
        linked = replace(linked, letter=None)
        self._open(linked)
        if linked.energy_mwh is not None:
            apart = linked.counted_mwh() != np.diff(linked.register_mwh)
            apart &= linked.register[1:] == linked.register[:-1]
            self._is_apart[linked.register[1:][apart]] = True
        newest = _lasts(linked)
        self._last_ms[linked.register[newest]] = linked.ts_ms[newest]
        self._last_mwh[linked.register[newest]] = linked.register_mwh[newest]
        found, findings = segments(
            linked,
            self._registers,
            rules=self._rules,
            calendar=self._calendar,
            since_ms=np.iinfo(np.int64).max,
        )
        self.findings += findings
        return found

    def _open(self, points: Points) -> None:
        """What registers showed when the month began, at a point or between two."""
        begin_ms, ts_ms = self._month.begin_ms, points.ts_ms
        is_between = (ts_ms[:-1] < begin_ms) & (ts_ms[1:] >= begin_ms)
        is_between &= points.register[:-1] == points.register[1:]
        at_end = self._registers.counts.at_end[points.register[:-1]]
        is_between &= ~at_end | (ts_ms[1:] == begin_ms)
        for at in np.flatnonzero(is_between).tolist():
            first_mwh, next_mwh = map(int, points.register_mwh[at : at + 2])
            span_ms = int(ts_ms[at]), int(ts_ms[at + 1])
            self._opening_mwh[int(points.register[at])] = first_mwh + upto(
                next_mwh - first_mwh, *span_ms, begin_ms
            )

    def _linked(self, points: Points) -> Points:
        """Points with the last one before them of each register."""
        firsts = np.flatnonzero(np.diff(points.register, prepend=-1))
        places = points.register[firsts]
        known = self._last_ms[places] != _NEVER
        firsts, places = firsts[known], places[known]
        return Points(
            np.insert(points.register, firsts, places),
            np.insert(points.ts_ms, firsts, self._last_ms[places]),
            np.insert(points.register_mwh, firsts, self._last_mwh[places]),
            None if points.letter is None else np.insert(points.letter, firsts, Letter.A),
            None if points.energy_mwh is None else np.insert(points.energy_mwh, firsts, UNSAID),
            None if points.interval_ms is None else np.insert(points.interval_ms, firsts, 0),
        )

    def _strange(
        self, points: Points, longest_ms: float | NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Registers of which some step is more than a plain difference, or longer than theirs, or
        of which somebody says that a reading was not measured."""
        counts = self._registers.counts
        register, lasted_ms = points.register[1:], np.diff(points.ts_ms)
        energy_mwh = points.counted_mwh()
        longest_ms = np.broadcast_to(longest_ms, len(counts.max_w))[register]
        if points.interval_ms is not None:
            its_own = (points.interval_ms[1:] > 0) & np.isfinite(longest_ms)
            own_ms = self._rules.gap_cadences * points.interval_ms[1:]
            longest_ms = np.where(its_own, own_ms, longest_ms)
        odd = (energy_mwh < 0) | (lasted_ms > longest_ms)
        if np.isfinite(counts.max_w).any():
            odd |= energy_mwh > points.most_mwh(counts, self._rules.gap_cadences)
        sentinels = points.are_nothing(self._rules.sentinels)
        odd |= sentinels[1:] | sentinels[:-1]
        odd &= register == points.register[:-1]
        found = np.zeros(len(self._registers), dtype=np.bool_)
        found[register[odd]] = True
        if points.letter is not None:
            found[points.register[points.letter != Letter.A]] = True
        return found

    def _end(self) -> Iterator[Segments]:
        """The step over the month's end, of registers that are not held."""
        missing = ~self._is_held & (self._last_ms < self._month.end_ms)
        missing &= self._last_ms != _NEVER
        last_day = _date(self._month.end_ms - 1)
        after = [day for day in self._days if day > last_day]
        for days in self._searched(after, missing):
            if not missing.any():
                return
            points = self._points(days, missing)
            points = points.only(np.diff(points.register, prepend=-1) != 0)
            missing[points.register] = False
            yield self._day(points)
        for place in np.flatnonzero(missing).tolist():
            # What it showed later than its last reading nobody knows.
            self._opening_mwh.pop(place, None)
        if self._open_until_ms is None:
            self._find_silent(missing)
            return
        self._is_held |= missing
        self._held_since_ms[missing] = self._last_ms[missing]

    def _find_silent(self, missing: NDArray[np.bool_]) -> None:
        """Registers of which nothing is estimated since their last reading, long ago."""
        month_ms, limit_ms = self._month.end_ms, self._rules.prolonged_ms
        for place in np.flatnonzero(missing & (month_ms - self._last_ms > limit_ms)).tolist():
            register, last_ms = self._registers[place], int(self._last_ms[place])
            removed_ms = self._registers.own[place][-1].end_ms
            until_ms = month_ms if removed_ms is None else min(month_ms, removed_ms)
            if until_ms - last_ms > limit_ms:
                self.findings.append(
                    Finding(
                        "prolonged",
                        register.register_id,
                        register.commodity,
                        last_ms,
                        until_ms,
                        self._rules.severities["prolonged"],
                    )
                )

    def _held(self, places: NDArray[np.intp]) -> Segments:
        """The segments of some registers, of a longer time than the month."""
        chosen = np.zeros(len(self._registers), dtype=np.bool_)
        chosen[places] = True
        last_ms = self._last_ms[places]
        begin_ms = min([self._month.begin_ms, *last_ms[last_ms != _NEVER].tolist()])
        first_ms = begin_ms - self._rules.history_ms - DAY_MS
        last_day = _date(self._month.end_ms + self._rules.history_ms + DAY_MS)
        wanted = self._wanted(last_ms, last_day)
        near = [day for day in self._days if day in wanted]
        points = self._points(near, chosen)
        after = points.register[points.ts_ms >= self._month.end_ms]
        read = np.bincount(after, minlength=len(chosen))
        missing = chosen & (read < POINTS_AFTER)
        parts = [points]
        for days in self._searched([day for day in self._days if day > last_day], missing):
            if not missing.any():
                break
            parts.append(self._points(days, missing))
            read += np.bincount(parts[-1].register, minlength=len(chosen))
            missing &= read < POINTS_AFTER
        points = _in_order(parts)
        newest = _lasts(points)
        self._last_ms[points.register[newest]] = points.ts_ms[newest]
        self._last_mwh[points.register[newest]] = points.register_mwh[newest]
        found, findings = segments(
            points, self._registers, rules=self._rules, calendar=self._calendar, since_ms=first_ms
        )
        if self._estimate:
            found = estimated(
                found,
                self._registers,
                calendar=self._calendar,
                rules=self._rules,
                open_until_ms=self._open_until_ms,
            )
        found = edited(found, self._edits, self._registers)
        findings += prolonged(found, self._registers, self._rules, self._month.end_ms)
        self.findings += [each for each in findings if self._is_within(each)]
        return found.take(
            chosen[found.register] & (found.begin_ms >= self._held_since_ms[found.register])
        )

    def _wanted(self, last_ms: NDArray[np.int64], last_day: date) -> set[date]:
        """Days that estimates of some registers look at: around the month, and before the last
        points of those that have been silent since; of what is between, they say nothing."""
        history_ms = self._rules.history_ms + DAY_MS
        last_days = {_date(ms) for ms in np.unique(last_ms[last_ms != _NEVER]).tolist()}
        spans = [(_date(self._month.begin_ms - history_ms), last_day)]
        spans += [(day - timedelta(milliseconds=history_ms), day) for day in last_days]
        return {
            first + timedelta(days=number)
            for first, last in spans
            for number in range((last - first).days + 1)
        }

    def _points(self, days: Collection[date], chosen: NDArray[np.bool_]) -> Points:
        points = joined(self._archive.readings(days, self._ids(chosen)), self._registers)
        return points.only(chosen[points.register])

    def _searched(
        self, days: Sequence[date], missing: NDArray[np.bool_]
    ) -> Iterator[Sequence[date]]:
        """Days in groups, each larger than the one before, since most of what is searched is near;
        one by one as long as many registers are, for them all to fit into memory."""
        first, size = 0, 1
        while first < len(days):
            yield days[first : first + size]
            first += size
            size = 1 if missing.sum() > HELD_AT_ONCE else 4 * size

    def _is_within(self, finding: Finding) -> bool:
        return finding.begin_ms < self._month.end_ms and finding.end_ms > self._month.begin_ms

    def _ids(self, chosen: NDArray[np.bool_]) -> set[str] | None:
        """Meters to ask for; None where so many are wanted that all are read as fast."""
        if chosen.sum() > HELD_AT_ONCE:
            return None
        return {self._registers[place].register_id for place in np.flatnonzero(chosen).tolist()}


def days_of(month: Span) -> Iterator[date]:
    """The UTC days that a month has time of."""
    day, last = _date(month.begin_ms), _date(month.end_ms - 1)
    while day <= last:
        yield day
        day += timedelta(days=1)


def _date(ms: int) -> date:
    return datetime.fromtimestamp(ms // SECOND_MS, UTC).date()


def _lasts(points: Points) -> NDArray[np.intp]:
    """Places of the last point of each register."""
    return np.flatnonzero(np.diff(points.register, append=-1))


def _in_order(parts: Sequence[Points]) -> Points:
    register = np.concatenate([part.register for part in parts])
    ts_ms = np.concatenate([part.ts_ms for part in parts])
    register_mwh = np.concatenate([part.register_mwh for part in parts])
    order = np.lexsort((ts_ms, register))
    letter = None
    if any(part.letter is not None for part in parts):
        measured = (np.full(len(part), Letter.A, dtype=np.uint8) for part in parts)
        letters = (
            known if part.letter is None else part.letter
            for part, known in zip(parts, measured, strict=True)
        )
        letter = np.concatenate([*letters])[order]
    energy_mwh = None
    if any(part.energy_mwh is not None for part in parts):
        unsaid = (np.full(len(part), UNSAID) for part in parts)
        energies = (
            none if part.energy_mwh is None else part.energy_mwh
            for part, none in zip(parts, unsaid, strict=True)
        )
        energy_mwh = np.concatenate([*energies])[order]
    interval_ms = None
    if any(part.interval_ms is not None for part in parts):
        lengths_ms = (
            np.zeros(len(part), dtype=np.int64) if part.interval_ms is None else part.interval_ms
            for part in parts
        )
        interval_ms = np.concatenate([*lengths_ms])[order]
    return Points(
        *(register[order], ts_ms[order], register_mwh[order]), letter, energy_mwh, interval_ms
    )
