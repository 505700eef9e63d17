"""What one place used, month by month, as a plan asks of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from billing.tariffs.calendar import Calendar
from billing.tariffs.columns import Column, Columns, columns, netted, products
from billing.tariffs.plan import Demand, Plan
from billing.tariffs.rating import Usage
from contracts.billing import Letter
from contracts.energy import Span
from contracts.masters import Price

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Periods:
    """What one place used in consecutive periods; arrays have an element a period.

    Raises:
        ValueError: arrays of different lengths.
    """

    begin_ms: int
    period_ms: int
    import_mwh: Ints
    export_mwh: Ints | None = None
    estimated_mwh: Ints | None = None
    """How much of the import is an estimate."""

    def __post_init__(self) -> None:
        for name in ("export_mwh", "estimated_mwh"):
            array = getattr(self, name)
            if array is not None and len(array) != len(self.import_mwh):
                raise ValueError(
                    f"{name} has {len(array)} periods, import_mwh {len(self.import_mwh)}: give "
                    "both of the same time"
                )

    @property
    def span(self) -> Span:
        """All of their time."""
        return Span(self.begin_ms, self.begin_ms + len(self.import_mwh) * self.period_ms)

    def of(self, span: Span) -> "Periods":
        """Those within a span whose edges are edges of periods."""
        first = (span.begin_ms - self.begin_ms) // self.period_ms
        last = (span.end_ms - self.begin_ms) // self.period_ms
        return Periods(
            span.begin_ms,
            self.period_ms,
            self.import_mwh[first:last],
            None if self.export_mwh is None else self.export_mwh[first:last],
            None if self.estimated_mwh is None else self.estimated_mwh[first:last],
        )


def usages(
    plan: Plan, calendar: Calendar, prices: Sequence[Price], periods: Periods
) -> tuple[Usage, ...]:
    """What was used in each local month that the periods have time of, in order.

    A ratchet looks back for months that are among them.

    Raises:
        TariffError: what `columns` refuses.
    """
    found: list[Usage] = []
    for name in calendar.months(periods.span):
        month = calendar.local_month(name)
        span = Span(max(month.begin_ms, periods.begin_ms), min(month.end_ms, periods.span.end_ms))
        its = periods.of(span)
        asked = columns(
            plan, calendar, prices, span.begin_ms, len(its.import_mwh), periods.period_ms
        )
        taken, given = its.import_mwh, its.export_mwh
        if given is not None and plan.net == "period":
            taken, given = netted(taken, given)
        total = sum(taken.tolist())
        found.append(
            Usage(
                span=span,
                month=month,
                sums=_sums(plan, asked, taken, given),
                total=total,
                peaks=_peaks(asked, taken, its.estimated_mwh),
                days=len(calendar.days(span)),
                by_letter=_by_letter(total, its.estimated_mwh),
                earlier_peaks=_earlier_peaks(plan, found),
                period_ms=periods.period_ms,
            )
        )
    return tuple(found)


def _sums(plan: Plan, asked: Columns, taken: Ints, given: Ints | None) -> dict[Column, int]:
    nothing = np.zeros(len(taken), dtype=np.int64)
    rows = np.stack([taken, nothing if given is None else given])
    results = products(rows, asked.weights).tolist()
    return {
        column: results[plan.direction(column.component) == "export"][place]
        for place, column in enumerate(asked.meanings)
    }


def _peaks(asked: Columns, taken: Ints, estimated: Ints | None) -> tuple[int | None, ...]:
    """Of periods that were measured only."""
    measured = np.ones(len(taken), dtype=np.bool_) if estimated is None else estimated == 0
    peaks = (taken[window & measured] for window in asked.windows.T)
    return tuple(int(peak.max()) if len(peak) else None for peak in peaks)


def _earlier_peaks(plan: Plan, before: Sequence[Usage]) -> tuple[int | None, ...]:
    found: list[int | None] = []
    for place, number in enumerate(plan.demands):
        component = plan.components[number]
        assert isinstance(component, Demand)
        months = before[-component.ratchet_months :] if component.ratchet_months else ()
        known = [usage.peaks[place] for usage in months]
        found.append(max((peak for peak in known if peak is not None), default=None))
    return tuple(found)


def _by_letter(total: int, estimated: Ints | None) -> tuple[tuple[Letter, int], ...]:
    guessed = 0 if estimated is None else sum(estimated.tolist())
    parts = ((Letter.E, guessed), (Letter.A, total - guessed))
    return tuple((letter, amount) for letter, amount in parts if amount)
