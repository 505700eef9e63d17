"""One register, reading by reading: what falls, leaps and exchanges of it mean.

Readings that neither fall nor leap need none of this (`curve`), and get the same segments here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from billing.curve.findings import Finding
from billing.curve.local import Local, month_begin_ms
from billing.curve.registers import Registers, Said, times
from billing.curve.rules import Rules
from billing.curve.segments import Method, Reason, Segment
from contracts.billing import Letter
from contracts.masters import Installation
from contracts.reading import Commodity

ENOUGH_AFTER = 2
"""A fall is decided with so many readings after it."""


class Point(NamedTuple):
    """A register at a time."""

    ts_ms: int
    mwh: int
    energy_mwh: int | None = None
    """What the interval that ends then counted, whatever the register says; None if nobody says."""
    interval_ms: int | None = None
    """How long that interval says it was."""

    def since(self, other: "Point") -> int:
        """What was counted since a point before."""
        return self.mwh - other.mwh if self.energy_mwh is None else self.energy_mwh


@dataclass(frozen=True, slots=True)
class Meter:
    """How a register counts, all thousandths times its multiplier."""

    register_id: str
    commodity: Commodity
    source: str
    at_end: bool
    cadence_ms: int | None
    size_mwh: int | None
    max_w: int | None

    def possible(self, energy_mwh: int, lasted_ms: int) -> bool:
        """Whether it can have counted so much in so long."""
        if self.max_w is None:
            return energy_mwh >= 0
        return 0 <= energy_mwh * 3_600 <= self.max_w * lasted_ms


@dataclass(slots=True)
class Found:
    """What became of a register's readings."""

    segments: list[Segment]
    findings: list[Finding]


def meter_of(installation: Installation) -> Meter:
    """How the register of an installation counts."""
    size = installation.size_mwh
    return Meter(
        installation.register_id,
        installation.commodity,
        installation.source,
        installation.boundary == "at_reading",
        installation.cadence_ms,
        None if size is None else times(size, installation.multiplier),
        installation.max_w,
    )


def of_register(
    place: int,
    points: Sequence[Point],
    registers: Registers,
    calendar: Local,
    rules: Rules,
    since_ms: int | None,
) -> Found:
    """Segments and findings of one register.

    Args:
        place: Of the register in the caller's list.
        points: In the order of time, without those that mean "nothing".
        since_ms: Where what is known of it begins; None if that is its first reading.
    """
    said = [
        each for each in registers.said.get(place, ()) if since_ms is None or each.ts_ms >= since_ms
    ]
    reader = _Reader(place, registers.own[place], calendar, rules, since_ms)
    for chain in _chains(points, said, reader):
        reader.read(chain)
    return Found(sorted(reader.segments), reader.findings)


class _Chain(NamedTuple):
    """Readings of one meter."""

    points: Sequence[Point]
    opens: bool
    """Whether it begins with the opening register of an installation."""
    closes: bool
    """Whether it ends with a closing one: nothing was counted between it and the next."""


def _chains(points: Sequence[Point], said: Sequence[Said], reader: "_Reader") -> Iterator[_Chain]:
    """Readings with what installations say, cut where a meter was put in another's place."""
    instants = {each.ts_ms for each in said}
    words: list[tuple[Point, bool | None]] = [
        (point, None)
        for point in points
        if point.energy_mwh is not None or point.ts_ms not in instants
    ]
    words += [(Point(each.ts_ms, each.mwh), each.opens) for each in said]
    words.sort(key=lambda word: (word[0].ts_ms, word[1] is True))
    chain: list[Point] = []
    opened = closed = False
    for point, opens in words:
        if opens and chain and (closed or not reader.goes_on(chain[-1], point)):
            yield _Chain(chain, opened, closed)
            chain, opened = [], True
        elif opens and not chain:
            opened = True
        elif chain and point.ts_ms == chain[-1].ts_ms:
            # The interval that ends there was counted all the same.
            before = chain.pop()
            point = point._replace(energy_mwh=before.energy_mwh, interval_ms=before.interval_ms)
        chain.append(point)
        closed = opens is False
    if chain:
        yield _Chain(chain, opened, closed)


class _Reader:
    """Reads a register's points in the order of time, and keeps what it makes of them."""

    def __init__(
        self,
        place: int,
        installations: Sequence[Installation],
        calendar: Local,
        rules: Rules,
        since_ms: int | None,
    ) -> None:
        self.place = place
        self.installations = installations
        self.meters = [meter_of(each) for each in installations]
        self.calendar = calendar
        self.rules = rules
        self.since_ms = since_ms
        self.segments: list[Segment] = []
        self.findings: list[Finding] = []
        self.last: Point | None = None
        """The last point of the chain before."""
        self.closed = False

    def meter(self, ms: int) -> Meter:
        """How the register counted at a time."""
        found = self.meters[0]
        for installation, meter in zip(self.installations, self.meters, strict=True):
            if installation.begin_ms < ms:
                found = meter
        return found

    def goes_on(self, one: Point, other: Point) -> bool:
        """Whether a register can have counted from one to the other. An interval after a gap had no
        more time than its own."""
        lasted_ms, cadence_ms = other.ts_ms - one.ts_ms, self._cadence_ms(other)
        if other.energy_mwh is not None and cadence_ms is not None:
            after_gap = lasted_ms > self.rules.gap_cadences * cadence_ms
            lasted_ms = cadence_ms if after_gap else lasted_ms
        return self.meter(other.ts_ms).possible(other.since(one), lasted_ms)

    def _cadence_ms(self, point: Point) -> int | None:
        """How long before a point the one before it should be."""
        return point.interval_ms or self.meter(point.ts_ms).cadence_ms

    def read(self, chain: _Chain) -> None:
        """Add what a meter counted, and what was lost between it and the one before."""
        points, first = chain.points, chain.points[0]
        if self.last is not None and not self.closed and first.ts_ms > self.last.ts_ms:
            self._add(self.last.ts_ms, first.ts_ms, 0, Letter.N, Method.AT_LEAST, Reason.EXCHANGE)
        elif self.last is None and not chain.opens:
            first = self._begin_of_month(first)
        # Whether a month-to-date counter has begun anew in the month that it is in.
        at, place = first, 1
        anew = True
        while place < len(points):
            point = points[place]
            month_ms = self._began_anew(at, point, anew)
            if month_ms is not None:
                at, anew, place = self._from_zero(at, point, month_ms), True, place + 1
                continue
            if self._crosses_month(at, point):
                anew = False
            if self.goes_on(at, point):
                self._step(at, point, point.since(at), Reason.NONE)
                at, place = point, place + 1
                continue
            if point.energy_mwh is not None:
                # It is wrong of its interval alone: of a register nothing follows.
                self._leave_out(at, points, place, place + 1)
                place += 1
                continue
            rolled_mwh = self._rolled_over(at, point)
            if rolled_mwh is not None:
                self._find("rollover", at, point)
                self._step(at, point, rolled_mwh, Reason.ROLLOVER)
                at, place = point, place + 1
            elif point.mwh < at.mwh and point.ts_ms - at.ts_ms <= 1:
                # Nothing was counted between two registers that are both witnessed.
                self._find("reset", at, point)
                self._step(at, point, point.mwh, Reason.RESET)
                at, place = point, place + 1
            else:
                back = self._returns(points, place, at)
                if back is None and self._begins_anew(points, place):
                    self._reset(at, point)
                    at, place = point, place + 1
                else:
                    back = place + 1 if back is None else back
                    self._leave_out(at, points, place, back)
                    place = back
        self.last, self.closed = at, chain.closes

    def _crosses_month(self, one: Point, other: Point) -> bool:
        if self.meter(other.ts_ms).source != "month_to_date":
            return False
        return one.ts_ms < month_begin_ms(self.calendar.time_zone, other.ts_ms)

    def _began_anew(self, one: Point, other: Point, anew: bool) -> int | None:
        """When a month-to-date counter began again at 0 between two readings, if it did."""
        meter = self.meter(other.ts_ms)
        if meter.source != "month_to_date":
            return None
        month_ms = month_begin_ms(self.calendar.time_zone, other.ts_ms)
        since_ms = other.ts_ms - month_ms
        if one.ts_ms >= month_ms:
            late = not anew and since_ms <= self.rules.reset_late_ms and other.mwh < one.mwh
            return one.ts_ms if late else None
        if other.mwh < one.mwh:
            return month_ms
        # Not below: it has counted more since, or not begun anew yet.
        has_begun = since_ms > self.rules.reset_late_ms and meter.possible(other.mwh, since_ms)
        return month_ms if has_begun else None

    def _from_zero(self, one: Point, other: Point, month_ms: int) -> Point:
        """What a month-to-date counter says of the new month, up to the point that is returned; of
        the old one's rest it says nothing, and nothing is invented."""
        if month_ms > one.ts_ms:
            self._add(one.ts_ms, month_ms, 0, Letter.A, Method.MEASURED, Reason.NONE)
        # What is read at the very begin of a month was counted in it.
        end = Point(max(other.ts_ms, month_ms + 1), other.mwh)
        self._step(Point(month_ms, 0), end, other.mwh, Reason.NONE)
        return end

    def _begin_of_month(self, first: Point) -> Point:
        """What a month-to-date counter had counted when it was first read, up to the point that is
        returned."""
        if self.meter(first.ts_ms).source != "month_to_date":
            return first
        begin_ms = month_begin_ms(self.calendar.time_zone, first.ts_ms)
        if self.since_ms is not None and begin_ms < self.since_ms:
            return first
        return self._from_zero(Point(begin_ms, 0), first, begin_ms)

    def _rolled_over(self, one: Point, other: Point) -> int | None:
        """What it counted if it went on at 0 after its largest number; None if it did not."""
        meter = self.meter(other.ts_ms)
        size = meter.size_mwh
        if size is None or other.mwh >= one.mwh or one.mwh > size:
            return None
        energy_mwh = size - one.mwh + other.mwh
        if meter.max_w is None:
            # Nobody knows what is possible: it was in its upper half, and is in its lower one.
            return energy_mwh if one.mwh > size / 2 > other.mwh else None
        return energy_mwh if meter.possible(energy_mwh, other.ts_ms - one.ts_ms) else None

    def _returns(self, points: Sequence[Point], place: int, at: Point) -> int | None:
        """The next reading that goes on from before this one, which is wrong then. Of further ones
        than are needed to decide, only one that cannot have followed this one's like."""
        for later in range(place + 1, min(len(points), place + 1 + self.rules.return_readings)):
            if self.goes_on(at, points[later]) and (
                later <= place + ENOUGH_AFTER or not self.goes_on(points[later - 1], points[later])
            ):
                return later
        return None

    def _begins_anew(self, points: Sequence[Point], place: int) -> bool:
        """Whether the next readings go on from this one."""
        after = points[place : place + ENOUGH_AFTER + 1]
        return len(after) > ENOUGH_AFTER and all(
            self.goes_on(one, other) for one, other in pairwise(after)
        )

    def _reset(self, one: Point, other: Point) -> None:
        """A register that begins at another number: what it has counted since, if that is possible,
        is the least that there was."""
        meter = self.meter(other.ts_ms)
        lasted_ms = other.ts_ms - one.ts_ms
        max_w = self.rules.unknown_max_w if meter.max_w is None else meter.max_w
        fell = other.mwh < one.mwh
        least_mwh = other.mwh if fell and other.mwh * 3_600 <= max_w * lasted_ms else 0
        self._find("reset" if fell else "jump", one, other)
        self._add(
            one.ts_ms, other.ts_ms, least_mwh, Letter.E, Method.AT_LEAST, Reason.RESET, meter.at_end
        )

    def _leave_out(self, at: Point, points: Sequence[Point], begin: int, end: int) -> None:
        for point in points[begin:end]:
            self._find("counter_decrease" if point.since(at) < 0 else "high", at, point)

    def _step(self, one: Point, other: Point, energy_mwh: int, reason: Reason) -> None:
        """What was counted from one reading to the next."""
        meter = self.meter(other.ts_ms)
        lasted_ms = other.ts_ms - one.ts_ms
        cadence_ms = self._cadence_ms(other)
        longest_ms = None if cadence_ms is None else self.rules.gap_cadences * cadence_ms
        begin_ms, letter, method = one.ts_ms, Letter.A, Method.MEASURED
        if longest_ms is not None and lasted_ms > longest_ms and not meter.at_end:
            if meter.source == "interval" and cadence_ms is not None:
                begin_ms = other.ts_ms - cadence_ms
                self._add(one.ts_ms, begin_ms, 0, Letter.N, Method.AT_LEAST, reason)
            else:
                letter, method = Letter.S, Method.EVEN
        self._add(begin_ms, other.ts_ms, energy_mwh, letter, method, reason, meter.at_end)

    def _add(
        self,
        begin_ms: int,
        end_ms: int,
        energy_mwh: int,
        letter: Letter,
        method: Method,
        reason: Reason,
        at_end: bool = False,
    ) -> None:
        self.segments.append(
            (self.place, begin_ms, end_ms, energy_mwh, letter, method, reason, at_end)
        )

    def _find(self, rule: str, one: Point, other: Point) -> None:
        detail: Mapping[str, int | float | str] = {"before_mwh": one.mwh, "after_mwh": other.mwh}
        if other.energy_mwh is not None:
            detail = {"energy_mwh": other.energy_mwh}
        self.findings.append(
            Finding(
                rule,
                self.meters[0].register_id,
                self.meters[0].commodity,
                one.ts_ms,
                other.ts_ms,
                self.rules.severities[rule],
                detail,
            )
        )
