"""Energy of any span of a meter's time: one function for those who hold readings
(`energy_of_points`) and one for those who hold rows of history (`energy_of_rows`), by one rule.

Amounts are whole thousandths of a Wh, or of a litre, so that sums are exact in any order.

A meter's life is a row of *steps*, each from one known time to the next. **A step belongs to the
span in which it ends**, its end included: a day's energy is the register at 24:00, or before, less
the register at 0:00, or before. So the spans of any cut add up to the whole, and nothing is split
that was not measured apart; `Energy.covers` says what was measured instead of what was asked for.
`prorate=True` splits the steps at both edges evenly over their time, which is an estimate.

Register meters. A step lies between consecutive readings by time, then `seq`; of several words on
one reading the later counts (larger `revision`, then place in the log, or the later correction).
- A step up adds its difference.
- A fall is a rollover if `register_size` is known, the register was above half of it and is below
  half of it: it adds `register_size` - before + after.
- Any other fall is a reset or an exchange of the meter. It adds nothing: what was counted between
  the two readings is witnessed by neither register.

A row of history that fell within its minute shows it in `low_register` and `high_register` only.
It is read as one fall: from the highest, unless that is the last (then from the first), to the
lowest, unless that is the first (then to the last): (high - first) + (last - low). What a row does
not witness, such as a second fall, is not counted.

Interval meters. A step is an interval, and adds its `energy`; a revision adds its signed difference
to the interval of the same end and length. Intervals that are not there are gaps.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

GAP_CADENCES = 1.5
"""A step longer than so many cadences is a gap: a missing reading is seen, jitter is not."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Time from `begin_ms` up to but without `end_ms`, epoch ms.

    Raises:
        ValueError: it ends before it begins.
    """

    begin_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if self.end_ms < self.begin_ms:
            raise ValueError(
                f"end_ms is {self.end_ms}, before begin_ms {self.begin_ms}: give the earlier first"
            )


@dataclass(frozen=True, slots=True)
class Counting:
    """How a meter counts, as the registry says.

    Raises:
        ValueError: a length or size is not above zero.
    """

    kind: Literal["register", "interval"] = "register"
    register_size: int | None = None
    """Thousandths at which the register is 0 again; None where nobody knows."""
    cadence_ms: int | None = None
    """Time between two readings; None where nobody knows: gaps of a register are not told then."""

    def __post_init__(self) -> None:
        for name in ("register_size", "cadence_ms"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} is {value}: give a number above 0, or None if unknown")


@dataclass(frozen=True, slots=True)
class Point:
    """A reading: `register` in thousandths; `energy` too, of the interval that ends at `at_ms`."""

    at_ms: int
    register: int
    seq: int = 0
    energy: int | None = None
    interval_ms: int | None = None
    revision: int = 0
    estimated: bool = False


class Row(NamedTuple):
    """A row of `minutes_by_meter`, registers and energy in thousandths, times in epoch ms."""

    minute_ms: int
    corrected_ms: int
    """0 is the on-time row."""
    readings: int
    first_seq: int
    last_seq: int
    first_at_ms: int
    last_at_ms: int
    first_register: int
    last_register: int
    low_register: int
    high_register: int
    energy: int | None = None
    """Of the intervals that end in the minute; None if no reading had any."""
    estimated: int = 0
    """How many of the readings are estimates."""


@dataclass(frozen=True, slots=True)
class Fall:
    """A register fell after `after_ms`, and had done so by `by_ms`; both registers as witnessed."""

    after_ms: int
    by_ms: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Straddle:
    """A step across an edge of the span: its energy, and how much of it counts here."""

    span: Span
    energy: int
    counted: int


@dataclass(frozen=True, slots=True)
class Energy:
    """The energy of a span, and how much to think of it. Lists are in the order of time.

    What ends in a span is listed there, as its energy is: resets, gaps and overlaps of the spans of
    a cut are those of the whole.
    """

    span: Span
    """What was asked for."""
    covers: Span | None
    """What `amount` was measured over: from the last point at or before the span's begin (else the
    first in it) to the last at or before its end. None without a point: nothing is known."""
    amount: int
    """Thousandths of a Wh or of a litre."""
    estimated: int
    """The part of `amount` that steps with an estimate have, and prorated ones."""
    gaps: tuple[Span, ...]
    """Within them nothing was read. A register counted on, so that their energy is in `amount`;
    that of missing intervals is not. In a row of history they are judged by the mean."""
    resets: tuple[Fall, ...]
    rollovers: tuple[Fall, ...]
    overlaps: tuple[Span, ...]
    """Times for which two intervals of different length or phase speak: `amount` has both."""
    straddling: tuple[Straddle, ...]
    """Steps across the span's edges, as far as points beyond them were given."""

    @property
    def uncovered(self) -> tuple[Span, ...]:
        """The parts of the span, at its edges, of which `amount` says nothing."""
        begin, end = self.span.begin_ms, self.span.end_ms
        if self.covers is None:
            parts: tuple[Span, ...] = (self.span,)
        else:
            first = min(max(self.covers.begin_ms, begin), end)
            last = min(max(self.covers.end_ms, begin), end)
            parts = Span(begin, first), Span(last, end)
        return tuple(part for part in parts if part.begin_ms < part.end_ms)

    @property
    def carried(self) -> Span | None:
        """The time before the span that `amount` was measured over, too; None without one."""
        if self.covers is None or self.covers.begin_ms >= self.span.begin_ms:
            return None
        begin, end = self.covers.begin_ms, min(self.covers.end_ms, self.span.begin_ms)
        return Span(begin, end) if begin < end else None


def energy_of_points(
    points: Iterable[Point],
    span: Span,
    counting: Counting,
    *,
    gap_cadences: float = GAP_CADENCES,
    prorate: bool = False,
) -> Energy:
    """The energy of a span from readings in the order of the log.

    Args:
        points: Those in the span, and the last one before it, without which the span is covered
            from its first point on. Others change nothing, but for the edges that `prorate` and
            `straddling` look at. Repeats count once.
        counting: Of an interval meter, `cadence_ms` is the length where a point has none.
        gap_cadences: What is longer is a gap; of an interval meter, in lengths of the interval.

    Raises:
        ValueError: the length of an interval is not known.
    """
    # Stable: what is equal stays in the order of the log.
    ordered = sorted(points, key=lambda point: (point.at_ms, point.seq, point.revision))
    if counting.kind == "interval":
        steps = _interval_steps(_intervals_of_points(ordered, counting), gap_cadences)
        return _energy(steps, [step.end_ms for step in steps], span, prorate)
    words = {(point.at_ms, point.seq): point for point in ordered}
    known = [_Known(point.at_ms, point.register, point.estimated) for point in words.values()]
    longest_ms = _longest_ms(counting, gap_cadences)
    steps = [
        _register_step(one, other, _Extremes(), counting, longest_ms)
        for one, other in pairwise(known)
    ]
    return _energy(steps, [each.at_ms for each in known], span, prorate)


def energy_of_rows(
    rows: Iterable[Row],
    span: Span,
    counting: Counting,
    *,
    gap_cadences: float = GAP_CADENCES,
    prorate: bool = False,
) -> Energy:
    """The energy of a span from rows of history, on-time rows and corrections in any order.

    As exact as from the readings themselves where the span's edges are whole minutes; within a
    minute, rows know the first and last reading only. Rows with an estimate count as estimated as a
    whole.

    Args:
        rows: Those of the span's minutes, that of its end included (a reading at 24:00 is in the
            minute that begins then), and the last ones before it.

    Raises:
        ValueError: an interval meter without `cadence_ms`, which history does not know.
    """
    if counting.kind == "interval":
        steps = _interval_steps(_intervals_of_rows(rows, counting), gap_cadences)
        return _energy(steps, [step.end_ms for step in steps], span, prorate)
    known, extremes, longest_ms = _known_of_rows(rows, _longest_ms(counting, gap_cadences))
    steps = [
        _register_step(one, other, within, counting, may_take_ms)
        for (one, other), within, may_take_ms in zip(
            pairwise(known), extremes[1:], longest_ms[1:], strict=True
        )
    ]
    return _energy(steps, [each.at_ms for each in known], span, prorate)


class _Known(NamedTuple):
    at_ms: int
    register: int
    estimated: bool


class _Extremes(NamedTuple):
    """Registers that were there between two points; without a fall, none that matters."""

    low: float = math.inf
    high: float = -math.inf


class _Step(NamedTuple):
    begin_ms: int
    end_ms: int
    energy: int
    estimated: bool
    gaps: tuple[Span, ...] = ()
    reset: Fall | None = None
    rollover: Fall | None = None
    overlap: Span | None = None

    def upto(self, ms: int) -> int:
        """The part of the energy by a time within, evenly; whole thousandths, so that parts add
        up."""
        if ms >= self.end_ms:
            return self.energy
        if ms <= self.begin_ms:
            return 0
        return self.energy * (ms - self.begin_ms) // (self.end_ms - self.begin_ms)


def _longest_ms(counting: Counting, gap_cadences: float) -> float:
    """The longest step that is no gap."""
    return math.inf if counting.cadence_ms is None else gap_cadences * counting.cadence_ms


def _register_step(
    one: _Known, other: _Known, within: _Extremes, counting: Counting, longest_ms: float
) -> _Step:
    before = max(one.register, int(within.high)) if within.high > other.register else one.register
    after = min(other.register, int(within.low)) if within.low < one.register else other.register
    is_gap = other.at_ms - one.at_ms > longest_ms
    step = _Step(
        one.at_ms,
        other.at_ms,
        other.register - one.register,
        one.estimated or other.estimated,
        gaps=(Span(one.at_ms, other.at_ms),) if is_gap else (),
    )
    if before <= after:
        return step
    fall = Fall(one.at_ms, other.at_ms, before, after)
    witnessed = (before - one.register) + (other.register - after)
    size = counting.register_size
    if size is not None and size >= before > size / 2 > after:
        return step._replace(energy=witnessed + size - before + after, rollover=fall)
    return step._replace(energy=witnessed, reset=fall)


def _known_of_rows(
    rows: Iterable[Row], longest_ms: float
) -> tuple[list[_Known], list[_Extremes], list[float]]:
    """First and last points of all rows, in order, and of the time before each the registers that
    were there, and how long it may have taken."""
    # A later correction overwrites what an earlier row says of the same reading.
    ordered = sorted(rows, key=lambda row: row.corrected_ms)
    words: dict[tuple[int, int], _Known] = {}
    for row in ordered:
        estimated = row.estimated > 0
        words[row.first_at_ms, row.first_seq] = _Known(
            row.first_at_ms, row.first_register, estimated
        )
        words[row.last_at_ms, row.last_seq] = _Known(row.last_at_ms, row.last_register, estimated)
    places = {key: place for place, key in enumerate(sorted(words))}
    known = [words[key] for key in places]
    extremes = [_Extremes()] * len(known)
    longest = [longest_ms] * len(known)
    for row in ordered:
        first = places[row.first_at_ms, row.first_seq]
        last = places[row.last_at_ms, row.last_seq]
        if row.last_at_ms - row.first_at_ms <= longest_ms * (row.readings - 1):
            for place in range(first + 1, last + 1):
                longest[place] = math.inf
        # Judged by the row's own registers: of the merged ones, a revision looks like a fall.
        fell = row.low_register < row.first_register or row.high_register > row.last_register
        if fell and first < last:
            place = _place_of_fall(known, first, last)
            low, high = extremes[place]
            extremes[place] = _Extremes(min(low, row.low_register), max(high, row.high_register))
    return known, extremes, longest


def _place_of_fall(known: Sequence[_Known], first: int, last: int) -> int:
    """The point before which a row's registers fell: where it shows, else its last."""
    for place in range(first + 1, last):
        if known[place].register < known[place - 1].register:
            return place
    return last


class _Interval(NamedTuple):
    begin_ms: int
    end_ms: int
    energy: int
    estimated: bool
    length_ms: int
    """Of one interval, where several are known in one."""
    intervals: int


def _intervals_of_points(ordered: Iterable[Point], counting: Counting) -> Iterator[_Interval]:
    words = {(point.at_ms, point.seq, point.revision): point for point in ordered}
    same: dict[tuple[int, int], list[tuple[int, bool]]] = defaultdict(list)
    for point in words.values():
        if point.energy is not None:
            length_ms = point.interval_ms or _length_of_interval(counting)
            same[point.at_ms, length_ms].append((point.energy, point.estimated))
    for (end_ms, length_ms), parts in same.items():
        energy, (_, estimated) = sum(energy for energy, _ in parts), parts[-1]
        yield _Interval(end_ms - length_ms, end_ms, energy, estimated, length_ms, 1)


def _intervals_of_rows(rows: Iterable[Row], counting: Counting) -> Iterator[_Interval]:
    """One for each minute: the intervals that end in it."""
    length_ms = _length_of_interval(counting)
    minutes: Mapping[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row.energy is not None:
            minutes[row.minute_ms].append(row)
    for same in minutes.values():
        yield _Interval(
            min(row.first_at_ms for row in same) - length_ms,
            max(row.last_at_ms for row in same),
            sum(row.energy or 0 for row in same),
            any(row.estimated for row in same),
            length_ms,
            max(1, sum(row.readings for row in same)),
        )


def _length_of_interval(counting: Counting) -> int:
    if counting.cadence_ms is None:
        raise ValueError(
            "cadence_ms is None: give the length of the meter's intervals, which neither the "
            "reading nor history says"
        )
    return counting.cadence_ms


def _interval_steps(intervals: Iterable[_Interval], gap_cadences: float) -> list[_Step]:
    steps: list[_Step] = []
    known_ms: int | None = None
    for each in sorted(intervals, key=lambda each: (each.end_ms, each.begin_ms)):
        begin_ms, end_ms = each.begin_ms, each.end_ms
        gaps: list[Span] = []
        overlap = None
        if known_ms is not None and begin_ms - known_ms > (gap_cadences - 1) * each.length_ms:
            gaps.append(Span(known_ms, begin_ms))
        if end_ms - begin_ms > gap_cadences * each.length_ms * each.intervals:
            gaps.append(Span(begin_ms, end_ms))
        if known_ms is not None and begin_ms < known_ms:
            overlap = Span(begin_ms, min(known_ms, end_ms))
        steps.append(
            _Step(begin_ms, end_ms, each.energy, each.estimated, tuple(gaps), overlap=overlap)
        )
        known_ms = end_ms
    return steps


def _energy(steps: Sequence[_Step], known_ms: Sequence[int], span: Span, prorate: bool) -> Energy:
    """What the steps, in order, say of the span; `known_ms` are the times of all points."""
    begin, end = span.begin_ms, span.end_ms

    def share(step: _Step) -> int:
        if prorate:
            return step.upto(end) - step.upto(begin)
        return step.energy if begin < step.end_ms <= end else 0

    ending = [step for step in steps if begin < step.end_ms <= end]
    reaching = [step for step in steps if step.begin_ms < end < step.end_ms]
    across = [step for step in ending if step.begin_ms < begin] + reaching
    counted = [*ending, *reaching] if prorate else ending
    return Energy(
        span=span,
        covers=_covered(counted, known_ms, span, prorate),
        amount=sum(map(share, counted)),
        estimated=sum(
            share(step) for step in counted if step.estimated or (prorate and step in across)
        ),
        gaps=tuple(gap for step in ending for gap in step.gaps),
        resets=tuple(step.reset for step in ending if step.reset is not None),
        rollovers=tuple(step.rollover for step in ending if step.rollover is not None),
        overlaps=tuple(step.overlap for step in ending if step.overlap is not None),
        straddling=tuple(
            Straddle(Span(step.begin_ms, step.end_ms), step.energy, share(step)) for step in across
        ),
    )


def _covered(
    counted: Sequence[_Step], known_ms: Sequence[int], span: Span, prorate: bool
) -> Span | None:
    if counted:
        begin_ms = min(step.begin_ms for step in counted)
        end_ms = max(step.end_ms for step in counted)
        if prorate:
            return Span(max(begin_ms, span.begin_ms), min(end_ms, span.end_ms))
        return Span(begin_ms, end_ms)
    # Nothing ended here: it is known up to the last point, which may be the first in the span.
    upto = bisect_right(known_ms, span.end_ms)
    return Span(known_ms[upto - 1], known_ms[upto - 1]) if upto else None
