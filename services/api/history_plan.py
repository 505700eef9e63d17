"""Which partitions of history a question needs, and which rows of them count.

A partition of periods is a day, one of minutes an hour: so days, months and years are read from
periods, and minutes only where a bound lies within a period, where a bar is shorter than one, and
where a period is not over yet. No time is read from both, since intervals would be counted twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters.energy import minutes_left_out
from adapters.meter_history import FullRow, MeterHistory, days_of, hours_of
from contracts.energy import Row
from contracts.reading import Commodity
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS

MOST_PARTITIONS = 400
"""Of a request: a year of days, with some hours."""
LOOK_BACK_MS = DAY_MS
"""How long before the span its beginning is looked for at first,"""
LOOK_FARTHER_MS = 32 * DAY_MS
"""and how long if it is not there: a meter that was away for a month."""
WRITTEN_MS = 10 * MINUTE_MS
"""Within what time a period is written when it is over."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read for bars."""

    begin_ms: int
    end_ms: int
    period_ms: int
    by_minutes: frozenset[int]
    """Begins of the periods that are read by the minute."""

    @property
    def days_ms(self) -> range:
        """Partitions of periods."""
        return days_of(self.begin_ms - LOOK_BACK_MS, self.end_ms)

    @property
    def hours_ms(self) -> list[int]:
        """Partitions of minutes."""
        last = self.period_ms - 1
        touched = (hours_of(each, each + last) for each in self.by_minutes)
        return sorted({hour for hours in touched for hour in hours})

    @property
    def partitions(self) -> int:
        """How many they are."""
        return len(self.days_ms) + len(self.hours_ms)

    def chosen(self, minutes: Iterable[FullRow], periods: Sequence[FullRow]) -> list[FullRow]:
        """The rows that count."""
        fine = [each for each in minutes if self._begin(each.row.minute_ms) in self.by_minutes]
        coarse = [each for each in periods if each.row.minute_ms not in self.by_minutes]
        others = {_key(each.row): each for each in periods if each.row.minute_ms in self.by_minutes}
        left_out = minutes_left_out(
            (each.row for each in fine), (each.row for each in others.values())
        )
        return [*fine, *(others[_key(row)]._replace(row=row) for row in left_out), *coarse]

    def _begin(self, time_ms: int) -> int:
        return time_ms - time_ms % self.period_ms


def plan(bounds: Sequence[int], step_ms: int, period_ms: int, stream_ms: int | None) -> Plan:
    """What to read for bars between bounds.

    Args:
        step_ms: How long a bar is.
        stream_ms: How far the stream is, after which no period is there; None if nobody knows.
    """
    begin_ms, end_ms = bounds[0], bounds[-1]

    def period(time_ms: int) -> int:
        return time_ms - time_ms % period_ms

    fine = {period(each) for each in bounds if each % period_ms}
    if step_ms < period_ms:
        # The hour before has the point that the first bar begins with, of most meters.
        fine |= {*range(period(begin_ms - HOUR_MS), end_ms + 1, period_ms)}
    if stream_ms is not None:
        open_ms = max(stream_ms - WRITTEN_MS - period_ms, begin_ms - HOUR_MS)
        upto_ms = min(stream_ms, end_ms)
        fine |= {*range(period(open_ms), upto_ms + 1, period_ms)}
    return Plan(begin_ms, end_ms, period_ms, frozenset(fine))


async def rows_of(
    history: MeterHistory, meter_id: str, commodity: Commodity, what: Plan
) -> list[FullRow]:
    """The rows that a plan asks for, with what comes before them.

    Raises:
        cassandra.DriverException, cassandra.cluster.NoHostAvailable: Cassandra does not answer.
    """
    minutes = await history.minutes(meter_id, commodity, what.hours_ms)
    periods = await history.periods(meter_id, commodity, what.days_ms)
    rows = what.chosen(minutes, periods)
    if not any(each.row.first_at_ms <= what.begin_ms for each in rows):
        before = days_of(what.days_ms[0] - LOOK_FARTHER_MS, what.days_ms[0] - 1)
        rows += await history.periods(meter_id, commodity, before)
    return rows


def _key(row: Row) -> tuple[int, int, int]:
    """What tells rows of one meter's periods apart, also where they stand for a minute."""
    return row.first_at_ms, row.first_seq, row.corrected_ms
