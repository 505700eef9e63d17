"""From points to segments: what registers counted, from reading to reading."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from billing.curve import falls
from billing.curve.findings import Finding
from billing.curve.local import Local, LocalDays
from billing.curve.points import UNSAID, Points
from billing.curve.registers import Counts, Registers, times
from billing.curve.rules import Rules
from billing.curve.segments import Method, Reason, Segments, joined_segments, of_rows
from contracts.billing import Letter
from contracts.masters import Installation

UTC_DAYS = LocalDays()


def segments(
    points: Points,
    registers: Sequence[Installation],
    *,
    rules: Rules | None = None,
    calendar: Local = UTC_DAYS,
    since_ms: int | None = None,
) -> tuple[Segments, list[Finding]]:
    """What registers counted between their points, and what was found meanwhile.

    The same for any order in which readings came, as points are sorted. What is unknown is there as
    N, or with what is certain of it (`Method.AT_LEAST`); `estimates.estimated` fills it. A fall is
    decided with two readings after it: give some more than the time that is asked for.

    Args:
        registers: Of one site; `Registers` if asked for many times.
        calendar: The site's, for counters of a month to date.
        since_ms: Where points begin before which there are others: what installations opened and
            closed with before is looked at no more. Give the last point before it of each register.

    Raises:
        CurveError: a register is made of intervals of a length that nobody says.
    """
    rules = Rules() if rules is None else rules
    known = Registers.of(registers)
    read, findings = _without_sentinels(points, known, rules)
    points, odd = _with_registers_said(read, known, since_ms)
    odd |= _falling(points, known.counts, len(known), rules)
    if not odd.any():
        return _as_read(_plain(points, known.counts, rules), read, known), findings
    plain = _plain(points.only(~odd[points.register]), known.counts, rules)
    rows = []
    for place in np.flatnonzero(odd).tolist():
        at = read.of(place)
        words = _words(read.only(np.arange(at.start, at.stop)))
        found = falls.of_register(place, words, known, calendar, rules, since_ms)
        rows += found.segments
        findings += found.findings
    return _as_read(joined_segments(plain, of_rows(rows)), read, known), findings


def _without_sentinels(
    points: Points, registers: Registers, rules: Rules
) -> tuple[Points, list[Finding]]:
    """Without points that mean "nothing"; a finding of each."""
    said_mwh = points.said_mwh
    nothing = points.are_nothing(rules.sentinels)
    for place in registers.multiplied:
        at = points.of(place)
        said = [
            times(sentinel, each.multiplier)
            for sentinel in rules.sentinels
            for each in registers.own[place]
        ]
        nothing[at] = points.only(np.arange(at.start, at.stop)).are_nothing(said)
    if not nothing.any():
        return points, []
    findings = []
    for place in np.flatnonzero(nothing).tolist():
        register, at_ms = registers[int(points.register[place])], int(points.ts_ms[place])
        findings.append(
            Finding(
                "high",
                register.register_id,
                register.commodity,
                at_ms,
                at_ms,
                rules.severities["high"],
                {"sentinel_mwh": int(said_mwh[place])},
            )
        )
    return points.only(~nothing), findings


def _with_registers_said(
    points: Points, registers: Registers, since_ms: int | None
) -> tuple[Points, NDArray[np.bool_]]:
    """With what installations opened and closed with, before the first reading and after the last;
    and the registers of which more than that is said, or said in between."""
    odd = np.zeros(len(registers), dtype=np.bool_)
    odd[list(registers.several)] = True
    extra: list[tuple[int, int, int]] = []
    for place, everything in registers.said.items():
        said = [each for each in everything if since_ms is None or each.ts_ms >= since_ms]
        if not said or odd[place]:
            continue
        read_ms = points.ts_ms[points.of(place)]
        outside = len(read_ms) > 0 and all(
            each.ts_ms < read_ms[0] if each.opens else each.ts_ms > read_ms[-1] for each in said
        )
        if outside:
            extra += [(place, each.ts_ms, each.mwh) for each in said]
        else:
            odd[place] = True
    if not extra:
        return points, odd
    more = np.array(extra, dtype=np.int64)
    register = np.concatenate((points.register, more[:, 0].astype(np.int32)))
    ts_ms = np.concatenate((points.ts_ms, more[:, 1]))
    register_mwh = np.concatenate((points.register_mwh, more[:, 2]))
    energy_mwh = points.energy_mwh
    if energy_mwh is not None:
        energy_mwh = np.concatenate((energy_mwh, np.full(len(more), UNSAID)))
    interval_ms = points.interval_ms
    if interval_ms is not None:
        interval_ms = np.concatenate((interval_ms, np.zeros(len(more), dtype=np.int64)))
    order = np.lexsort((ts_ms, register))
    whole = Points(register, ts_ms, register_mwh, energy_mwh=energy_mwh, interval_ms=interval_ms)
    return whole.only(order), odd


def _falling(points: Points, counts: Counts, registers: int, rules: Rules) -> NDArray[np.bool_]:
    """Registers, by place, of which a step is not a plain difference."""
    register = points.register
    energy_mwh = points.counted_mwh()
    strange = energy_mwh < 0
    if np.isfinite(counts.max_w).any():
        strange |= energy_mwh > points.most_mwh(counts, rules.gap_cadences)
    strange &= register[1:] == register[:-1]
    odd = np.zeros(registers, dtype=np.bool_)
    odd[register[1:][strange]] = True
    read = np.zeros(registers, dtype=np.bool_)
    read[register] = True
    # Where a month-to-date counter begins again is not seen in its differences alone.
    return odd | (counts.is_monthly & read)


def _words(points: Points) -> list[falls.Point]:
    """The points of a register, one by one."""
    registers = points.ts_ms.tolist(), points.register_mwh.tolist()
    if points.energy_mwh is None:
        return list(map(falls.Point, *registers))
    energies = [None if mwh == UNSAID else mwh for mwh in points.energy_mwh.tolist()]
    if points.interval_ms is None:
        return list(map(falls.Point, *registers, energies))
    lengths_ms = [length_ms or None for length_ms in points.interval_ms.tolist()]
    return list(map(falls.Point, *registers, energies, lengths_ms))


def _plain(points: Points, counts: Counts, rules: Rules) -> Segments:
    """Segments of registers of which every step is a plain difference."""
    same = np.flatnonzero(points.register[1:] == points.register[:-1])
    register = points.register[same]
    begin_ms, end_ms = points.ts_ms[same], points.ts_ms[same + 1]
    energy_mwh = points.counted_mwh()[same]
    at_end = counts.at_end[register]
    cadence_ms = points.cadence_ms(counts)[same + 1]
    gap = end_ms - begin_ms > rules.gap_cadences * cadence_ms
    gap &= ~at_end
    letter = np.full(len(register), Letter.A, dtype=np.uint8)
    method = np.full(len(register), Method.MEASURED, dtype=np.uint8)
    reason = np.full(len(register), Reason.NONE, dtype=np.uint8)
    lacking = np.flatnonzero(gap & counts.is_interval[register])
    gap[lacking] = False
    letter[gap], method[gap] = Letter.S, Method.EVEN
    if not len(lacking):
        return Segments(register, begin_ms, end_ms, energy_mwh, letter, method, reason, at_end)
    # Of an interval register's gap its last interval is known, and nothing of what was before.
    known_ms = end_ms[lacking] - cadence_ms[lacking].astype(np.int64)
    unknown = Segments(
        register[lacking],
        begin_ms[lacking],
        known_ms,
        np.zeros(len(lacking), dtype=np.int64),
        np.full(len(lacking), Letter.N, dtype=np.uint8),
        np.full(len(lacking), Method.AT_LEAST, dtype=np.uint8),
        reason[lacking],
        at_end[lacking],
    )
    begin_ms[lacking] = known_ms
    known = Segments(register, begin_ms, end_ms, energy_mwh, letter, method, reason, at_end)
    return joined_segments(known, unknown)


def _as_read(segments: Segments, points: Points, registers: Registers) -> Segments:
    """With the letters of readings that were not measured.

    Such a reading says what its interval counted. Of a counter, it only says how the difference of
    the measured ones around it is shaped.
    """
    if points.letter is None:
        return segments
    ends = _letters(points, segments.register, segments.end_ms)
    begins = _letters(points, segments.register, segments.begin_ms)
    letter = segments.letter.copy()
    is_interval = registers.is_interval(segments.register, segments.end_ms)
    own = (letter == Letter.A) & is_interval & (ends > 0)
    letter[own] = ends[own]
    shaped = (letter == Letter.A) & ~is_interval & ((ends > 0) | (begins > 0))
    letter[shaped] = Letter.S
    method = segments.method.copy()
    method[own | shaped] = Method.AS_READ
    return replace(segments, letter=letter, method=method)


def _letters(
    points: Points, register: NDArray[np.int32], ts_ms: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Letters of these registers' points that were not measured; 0 of all others."""
    said = pl.DataFrame(
        {"register": points.register, "ts_ms": points.ts_ms, "letter": points.letter}
    ).filter(pl.col("letter") != int(Letter.A))
    found = pl.DataFrame({"register": register, "ts_ms": ts_ms}).join(
        said, on=["register", "ts_ms"], how="left", maintain_order="left"
    )
    letters: NDArray[np.uint8] = found["letter"].fill_null(0).to_numpy()
    return letters
