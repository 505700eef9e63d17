"""Validation of what registers counted: findings of segments, before anything is estimated."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from billing.curve.findings import Finding
from billing.curve.local import Local, LocalDays
from billing.curve.registers import Registers
from billing.curve.rules import Rules
from billing.curve.segments import Segments
from billing.curve.usual_days import strange_days
from contracts.billing import MEASURED, Letter
from contracts.masters import Installation

UTC_DAYS = LocalDays()
EXPORT = ":export"
"""How the id of an export register ends, behind that of its import register."""

Outages = Mapping[str, Sequence[tuple[int, int]]]
"""Of registers, begins and ends of outages that are known of, epoch ms."""


def validated(
    segments: Segments,
    registers: Sequence[Installation],
    *,
    calendar: Local = UTC_DAYS,
    rules: Rules | None = None,
    until_ms: int | None = None,
    outages: Outages | None = None,
) -> list[Finding]:
    """What a person should look at, in the order of rules, registers and time.

    Args:
        segments: As `curve.segments` gives them.
        registers: Of one site.
        until_ms: Until when registers should have been read; None asks nothing of after their last
            reading.
        outages: Known ones, in which a register that counts nothing is no reason to look.

    Raises:
        CurveError: the calendar has no such time zone.
    """
    rules = Rules() if rules is None else rules
    view = _View(segments, Registers.of(registers), rules, until_ms)
    found = [
        *_missing(view),
        *_prolonged(view),
        *_zero(view, {} if outages is None else outages),
        *_cadence(view),
        *_sibling(view),
        *strange_days(segments, view.registers, calendar, rules),
    ]
    return sorted(found, key=lambda each: (each.rule, each.register_id, each.begin_ms))


def prolonged(
    segments: Segments, registers: Sequence[Installation], rules: Rules, until_ms: int
) -> list[Finding]:
    """What of registers is not measured for so long that the bill is held; arguments as those of
    `validated`."""
    return list(_prolonged(_View(segments, Registers.of(registers), rules, until_ms)))


class Run(NamedTuple):
    """Segments of a register that follow each other without a hole."""

    register: int
    begin_ms: int
    end_ms: int


@dataclass(frozen=True)
class _View:
    segments: Segments
    registers: Registers
    rules: Rules
    until_ms: int | None

    def found(
        self, rule: str, register: int, begin_ms: int, end_ms: int, **detail: float | str
    ) -> Finding:
        its, severity = self.registers[register], self.rules.severities[rule]
        return Finding(rule, its.register_id, its.commodity, begin_ms, end_ms, severity, detail)

    def open_ends(self) -> Iterator[Run]:
        """Of registers that should have been read since their last reading, and are installed."""
        if self.until_ms is None or not len(self.segments):
            return
        register, end_ms = self.segments.register, self.segments.end_ms
        last = np.flatnonzero(np.append(register[1:] != register[:-1], True))
        longest_ms = self.rules.gap_cadences * self.registers.counts.cadence_ms
        for place in last.tolist():
            of = int(register[place])
            removed_ms = self.registers.own[of][-1].end_ms
            until_ms = self.until_ms if removed_ms is None else min(self.until_ms, removed_ms)
            if until_ms - int(end_ms[place]) > longest_ms[of]:
                yield Run(of, int(end_ms[place]), until_ms)


def runs(segments: Segments, chosen: NDArray[np.bool_]) -> list[Run]:
    """Longest runs of chosen segments."""
    some = segments.take(chosen)
    if not len(some):
        return []
    follows = (some.register[1:] == some.register[:-1]) & (some.begin_ms[1:] == some.end_ms[:-1])
    first = np.flatnonzero(np.concatenate(([True], ~follows)))
    last = np.append(first[1:] - 1, len(some) - 1)
    columns = some.register[first], some.begin_ms[first], some.end_ms[last]
    return [Run(*each) for each in zip(*(column.tolist() for column in columns), strict=True)]


def _missing(view: _View) -> Iterator[Finding]:
    """Readings that should be there: between two others, or since the last one, unless that is so
    long ago that the bill is held."""
    segments, counts = view.segments, view.registers.counts
    cadence_ms = counts.cadence_ms[segments.register]
    lasted_ms = segments.end_ms - segments.begin_ms
    # Of an interval register's gap the last interval is known, and no part of what is missing.
    is_interval = view.registers.is_interval(segments.register, segments.end_ms)
    lacks: NDArray[np.float64] = np.rint(lasted_ms / cadence_ms) - ~is_interval
    gap = (segments.letter != Letter.A) & (lacks >= 1)
    gap &= (lasted_ms > view.rules.gap_cadences * cadence_ms) | (segments.letter == Letter.N)
    for place in np.flatnonzero(gap).tolist():
        yield view.found(
            "missing",
            int(segments.register[place]),
            int(segments.begin_ms[place]),
            int(segments.end_ms[place]),
            readings=int(lacks[place]),
        )
    for run in view.open_ends():
        if run.end_ms - run.begin_ms <= view.rules.prolonged_ms:
            readings = int((run.end_ms - run.begin_ms) // counts.cadence_ms[run.register])
            yield view.found("missing", *run, readings=readings, open=1)


def _prolonged(view: _View) -> Iterator[Finding]:
    """What is not measured for so long that the bill is held."""
    unknown = np.isin(view.segments.letter, [Letter.N, Letter.E])
    for run in [*runs(view.segments, unknown), *view.open_ends()]:
        if run.end_ms - run.begin_ms > view.rules.prolonged_ms:
            yield view.found("prolonged", *run)


def _zero(view: _View, outages: Outages) -> Iterator[Finding]:
    """Registers that count nothing for long, as far as is known."""
    segments = view.segments
    nothing = np.isin(segments.letter, MEASURED) & (segments.energy_mwh == 0) & ~segments.at_end
    nothing |= _between(segments, nothing) & (segments.letter == Letter.N)
    for run in runs(segments, nothing):
        if run.end_ms - run.begin_ms < view.rules.zero_ms:
            continue
        found = view.found("zero", *run)
        known = outages.get(found.register_id, ())
        if any(begin_ms < run.end_ms and run.begin_ms < end_ms for begin_ms, end_ms in known):
            found = replace(found, severity="note", detail={"outage": 1})
        yield found


def _between(segments: Segments, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether segments of the register are chosen right before and right after one."""
    found = np.zeros(len(segments), dtype=np.bool_)
    found[1:-1] = chosen[:-2] & chosen[2:] & (segments.register[:-2] == segments.register[2:])
    return found


def _cadence(view: _View) -> Iterator[Finding]:
    """Registers whose usual step is not what the registry says."""
    segments, counts = view.segments, view.registers.counts
    measured = segments.take(np.isin(segments.letter, MEASURED))
    lasted_ms = measured.end_ms - measured.begin_ms
    order = np.lexsort((lasted_ms, measured.register))
    register = measured.register[order]
    bounds = np.flatnonzero(np.concatenate(([True], register[1:] != register[:-1], [True])))
    middle = order[(bounds[:-1] + bounds[1:] - 1) // 2] if len(order) else order
    cadence_ms = counts.cadence_ms[measured.register[middle]]
    usual_ms = lasted_ms[middle]
    differs = np.abs(usual_ms - cadence_ms) * 100 > view.rules.cadence_percent * cadence_ms
    differs &= np.isfinite(cadence_ms)
    for at in np.flatnonzero(differs).tolist():
        of = int(measured.register[middle[at]])
        own = measured.of(of)
        yield view.found(
            "cadence",
            of,
            int(measured.begin_ms[own.start]),
            int(measured.end_ms[own.stop - 1]),
            usual_ms=int(usual_ms[at]),
            cadence_ms=int(cadence_ms[at]),
        )


def _sibling(view: _View) -> Iterator[Finding]:
    """Export registers that say nothing while their import registers read."""
    segments = view.segments
    is_measured = np.isin(segments.letter, MEASURED)
    for (register_id, commodity), place in view.registers.places.items():
        brother = view.registers.places.get((register_id.removesuffix(EXPORT), commodity))
        if brother is None or brother == place:
            continue
        theirs, own = segments.of(brother), segments.of(place)
        reads = segments.take(theirs)
        if not len(reads):
            continue
        is_own = np.zeros(len(segments), dtype=np.bool_)
        is_own[own] = is_measured[own]
        yield from (
            view.found("sibling", place, begin_ms, end_ms, of=register_id.removesuffix(EXPORT))
            for begin_ms, end_ms in _holes(
                runs(segments, is_own), int(reads.begin_ms[0]), int(reads.end_ms[-1])
            )
            if end_ms - begin_ms >= view.rules.sibling_ms
        )


def _holes(found: Iterable[Run], begin_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """What runs leave open of a span."""
    for run in found:
        if run.begin_ms > begin_ms:
            yield begin_ms, min(run.begin_ms, end_ms)
        begin_ms = max(begin_ms, run.end_ms)
    if end_ms > begin_ms:
        yield begin_ms, end_ms
