"""Registers against their own days: what is unlike them, low for long, or leaps in one period."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from billing.curve.energies import known
from billing.curve.findings import Finding
from billing.curve.local import HALF_HOUR_MS, Local, days
from billing.curve.registers import Registers
from billing.curve.rules import Rules
from billing.curve.segments import Segments
from contracts.time import DAY_MS

CHUNK = 500
"""Registers whose half-hours are in memory at once."""
NORMAL_MAD = 1.4826
"""Standard deviations of a normal distribution in its median absolute deviation."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def strange_days(
    segments: Segments, registers: Registers, calendar: Local, rules: Rules
) -> Iterator[Finding]:
    """`unlike_itself`: a day far from its register's days before; `low`: days in a row with next to
    nothing; `spike`: a half-hour far above the others of its day. Only whole measured days count.

    Raises:
        CurveError: the calendar has no such time zone.
    """
    if not len(segments):
        return
    # With a day more at both ends, so that days which are cut off by what was given are not whole.
    begin_ms = int(segments.begin_ms.min()) // HALF_HOUR_MS * HALF_HOUR_MS - DAY_MS
    periods = -((begin_ms - int(segments.end_ms.max()) - DAY_MS) // HALF_HOUR_MS)
    day = days(calendar, begin_ms + np.arange(periods, dtype=np.int64) * HALF_HOUR_MS)
    first = np.flatnonzero(np.concatenate(([True], day[1:] != day[:-1])))
    for start in range(0, len(registers), CHUNK):
        stop = min(start + CHUNK, len(registers))
        begin, end = np.searchsorted(segments.register, [start, stop])
        some = segments.take(slice(int(begin), int(end)))
        moved = replace(some, register=some.register - np.int32(start))
        energy_mwh, is_known = known(moved, stop - start, begin_ms, periods, HALF_HOUR_MS)
        table = _Table(start, begin_ms, first, energy_mwh, is_known, registers, rules)
        yield from table.unlike_itself()
        yield from table.low()
        yield from table.spikes()


@dataclass(frozen=True)
class _Table:
    """Half-hours of some registers, and where their local days begin."""

    start: int
    begin_ms: int
    first: Ints
    energy_mwh: Ints
    is_known: NDArray[np.bool_]
    registers: Registers
    rules: Rules

    def days(self) -> Floats:
        """[registers x days], NaN of a day that is not measured as a whole."""
        sums = np.add.reduceat(self.energy_mwh, self.first, axis=1).astype(np.float64)
        whole = np.logical_and.reduceat(self.is_known, self.first, axis=1)
        return np.where(whole, sums, np.nan)

    def unlike_itself(self) -> Iterator[Finding]:
        """Robust deviations of a day from those before it."""
        table, window = self.days(), self.rules.unlike_days
        for place, day, usual, spread in self._usual(table, window):
            z = abs(table[place, day] - usual) / (NORMAL_MAD * spread) if spread else 0.0
            if z > self.rules.unlike_z:
                yield self._found("unlike_itself", place, day, day, z=round(z, 1))

    def _usual(self, table: Floats, window: int) -> Iterator[tuple[int, int, float, float]]:
        """Register, day, and median and median absolute deviation of the days before it, of days
        with half of them at least."""
        if table.shape[1] <= window:
            return
        before = np.lib.stride_tricks.sliding_window_view(table, window, axis=1)[:, :-1]
        enough = np.isfinite(before).sum(axis=2) * 2 >= window
        wanted = enough & np.isfinite(table[:, window:])
        rows, columns = np.nonzero(wanted)
        some = before[rows, columns]
        medians = np.nanmedian(some, axis=1) if len(some) else np.zeros(0)
        spreads = (
            np.nanmedian(np.abs(some - medians[:, None]), axis=1) if len(some) else np.zeros(0)
        )
        yield from zip(
            rows.tolist(),
            (columns + window).tolist(),
            medians.tolist(),
            spreads.tolist(),
            strict=True,
        )

    def low(self) -> Iterator[Finding]:
        """Days in a row below a share of what is usual before them."""
        table, rules = self.days(), self.rules
        is_low = np.zeros(table.shape, dtype=np.bool_)
        for place, day, usual, _ in self._usual(table, rules.unlike_days):
            is_low[place, day] = table[place, day] * 100 < rules.low_percent * usual
        for place in np.flatnonzero(is_low.any(axis=1)).tolist():
            edges = np.flatnonzero(np.diff(np.concatenate(([0], is_low[place], [0]))))
            for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
                if end - begin >= rules.low_days:
                    yield self._found("low", place, begin, end - 1, days=end - begin)

    def spikes(self) -> Iterator[Finding]:
        """Half-hours with more than so many times their day's second, and more than so much."""
        limit_mwh = self.rules.spike_w * 1_000 // 2
        places, _ = np.nonzero(self.energy_mwh > limit_mwh)
        edges = [*self.first.tolist(), self.energy_mwh.shape[1]]
        for place in np.unique(places).tolist():
            for day in range(len(self.first)):
                own = self.energy_mwh[place, edges[day] : edges[day + 1]]
                if len(own) < 2:
                    continue
                second, most = np.partition(own, -2)[-2:].tolist()
                if most > limit_mwh and most > self.rules.spike_times * second:
                    at_ms = self.begin_ms + (edges[day] + int(own.argmax())) * HALF_HOUR_MS
                    register = self.registers[self.start + place]
                    yield Finding(
                        "spike",
                        register.register_id,
                        register.commodity,
                        at_ms,
                        at_ms + HALF_HOUR_MS,
                        self.rules.severities["spike"],
                        {"energy_mwh": most, "second_mwh": second},
                    )

    def _found(self, rule: str, place: int, begin: int, end: int, **detail: float | str) -> Finding:
        """Of local days from one up to another, that one included."""
        edges = [*self.first.tolist(), self.energy_mwh.shape[1]]
        register = self.registers[self.start + place]
        return Finding(
            rule,
            register.register_id,
            register.commodity,
            self.begin_ms + edges[begin] * HALF_HOUR_MS,
            self.begin_ms + edges[end + 1] * HALF_HOUR_MS,
            self.rules.severities[rule],
            detail,
        )
