"""What a month of a site has come to so far, looked at again and again.

Days are settled in order, so what a day adds follows from what was before it and its own readings.
The month is kept as it stood before some of its days, and a look goes on from the last of these
before the first day whose files have changed: as a rule that is the current one. Registers in which
something lacks or falls are read as a whole each time, from memory as far as their days are the
same. What comes out is what settling the whole month anew would give.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from billing.curve.registers import Registers
from billing.settlement.carried import carried_on
from billing.settlement.peaks import PeakKey
from billing.settlement.settle import PERIOD_MS, Settling
from billing.tariffs.calendar import calendar_of
from contracts.energy import Span
from contracts.masters import Masters
from contracts.time import SECOND_MS
from services.settlement.curve import Curve, days_of
from services.settlement.remembered import MarkedArchive, Remembered
from services.settlement.run import (
    Run,
    curve_over,
    earlier_peaks,
    installed,
    is_first,
    registers_of,
    strangers,
)

KEPT = 2
"""Before so many of the latest days the month is kept, and before its first."""


@dataclass(frozen=True)
class SoFar:
    """What a month comes to by what is archived."""

    run: Run
    settling: Settling
    """Whose the registers are, on which terms."""
    registers: Registers
    last_ms: NDArray[np.int64]
    """Of the last point of each register that is archived; below 0 of one that has none."""
    last_mwh: NDArray[np.int64]
    """What it said."""
    is_closed: bool
    settled_days: int
    """How many were settled for it."""


@dataclass(frozen=True)
class _Before:
    """The month as it stands before one of its days."""

    curve: Curve
    settling: Settling


class Interim:
    """A local month of a site, on masters as of one instant. A contract that cannot be priced hides
    no other one: what is taken on it is known, and costs nothing.

    Args:
        month: `2013-03`.

    Raises:
        BillingError: as `settle`.
    """

    def __init__(
        self,
        masters: Masters,
        site_id: str,
        month: str,
        *,
        period_ms: int = PERIOD_MS,
    ) -> None:
        self._site = next(each for each in masters.sites if each.site_id == site_id)
        self._calendar = calendar_of(self._site, masters.holidays)
        self.month = self._calendar.local_month(month)
        self._name, self._period_ms = month, period_ms
        self._masters = masters
        self._carried = carried_on(masters, self._calendar, self.month)
        self._known = self._carried
        self._registers = registers_of(masters, site_id)
        self._marks: dict[date, Hashable] = {}
        self._strangers: dict[date, frozenset[tuple[str, str]]] = {}
        self._before: dict[date, _Before] = {}
        self._remembered = Remembered()
        self._peaks: list[dict[PeakKey, int]] | None = None

    def look(self, archive: MarkedArchive, until_ms: int, *, is_closed: bool = False) -> SoFar:
        """What the month comes to by what the archive has now.

        Args:
            until_ms: Days that begin later are not charged for yet.
            is_closed: No reading of the month is on its way any more, so what is not known is
                estimated up to its end: this is the month's first bill.

        Raises:
            BillingError: as `settle`.
            ArchiveError: the archive cannot be read.
        """
        self._take(archive, is_closed)
        curve, settling, settled = self._latest(archive)
        curve = curve.going_on(
            self._remembered.of(archive), self.month.end_ms if is_closed else None
        )
        for piece in curve.rest():
            settling.add(piece)
        settlement = settling.settled(self._earlier_peaks(archive), None if is_closed else until_ms)
        return SoFar(
            Run(settlement, (*curve.findings, *settlement.findings)),
            settling,
            self._registers,
            *curve.lasts(),
            is_closed,
            settled,
        )

    def _take(self, archive: MarkedArchive, is_closed: bool) -> None:
        """Forget what is not so any more."""
        marks = {day: archive.mark(day) for day in archive.days}
        changed = {
            day
            for day in marks.keys() | self._marks.keys()
            if marks.get(day) != self._marks.get(day)
        }
        first = min(changed, default=date.max)
        known = self._masters if is_closed else self._carried
        # The last period before the month ends with what is read at its begin.
        if known is not self._known or first <= _date(self.month.begin_ms):
            self._peaks = None
        # What was read last before the month is of the days up to its first one.
        if known is not self._known or first <= _date(self.month.begin_ms - 1):
            self._before.clear()
        self._known = known
        for day in [day for day in self._before if day > first]:
            del self._before[day]
        if is_first(known, self._site.site_id) and self._meet(archive, changed):
            self._before.clear()
        # Last: if a file has vanished meanwhile, the next look finds the same days changed.
        self._marks = marks

    def _meet(self, archive: MarkedArchive, changed: set[date]) -> bool:
        """Whether meters that no installation knows are others now."""
        before, known = self._met(), Registers(self._known.installations).table
        there = set(archive.days)
        # All of them or none: who was met before a file vanished has to be met again.
        self._strangers |= {
            day: strangers(archive, [day], known) if day in there else frozenset()
            for day in changed.intersection(days_of(self.month))
        }
        if before == (now := self._met()):
            return False
        own = registers_of(self._known, self._site.site_id)
        self._registers = Registers([*own, *installed(now, self._known)])
        return True

    def _met(self) -> list[tuple[str, str]]:
        return sorted(frozenset[tuple[str, str]]().union(*self._strangers.values()))

    def _earlier_peaks(self, archive: MarkedArchive) -> list[dict[PeakKey, int]]:
        """Of the months before; they are asked for once as long as their days are the same."""
        if self._peaks is None:
            self._peaks = earlier_peaks(
                self._known,
                self._site.site_id,
                self._calendar,
                self.month,
                archive.days,
                lambda registers, span: self._curve(archive, registers, span),
                self._period_ms,
            )
        return self._peaks

    def _latest(self, archive: MarkedArchive) -> tuple[Curve, Settling, int]:
        """The month after the last of its days that is archived, and how many were settled."""
        days = [day for day in days_of(self.month) if day in self._marks]
        if not self._before:
            first = min(days, default=_date(self.month.begin_ms))
            self._before[first] = self._begin(archive)
        begun = max(self._before)
        curve = self._before[begun].curve.going_on(archive, None)
        settling = self._before[begun].settling.copy()
        left = [day for day in days if day >= begun]
        for day in left:
            if day != begun and day in left[-KEPT:]:
                self._before[day] = _Before(curve.going_on(archive, None), settling.copy())
            settling.add(curve.day(day))
        for day in sorted(self._before)[1:-KEPT]:
            del self._before[day]
        return curve, settling, len(left)

    def _begin(self, archive: MarkedArchive) -> _Before:
        curve = self._curve(archive, self._registers, self.month)
        curve.begin()
        settling = Settling(
            self._known,
            self._site.site_id,
            self._registers,
            self._name,
            kind="interim",
            period_ms=self._period_ms,
            leave_unpriced=True,
        )
        return _Before(curve, settling)

    def _curve(self, archive: MarkedArchive, registers: Registers, span: Span) -> Curve:
        return curve_over(span, self._known, archive, registers, self._calendar)


def _date(ms: int) -> date:
    return datetime.fromtimestamp(ms // SECOND_MS, UTC).date()
