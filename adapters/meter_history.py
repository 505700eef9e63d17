"""A meter's rows of history, and an area's, for an event loop."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from msgspec.json import Decoder

from adapters.cassandra_async import AsyncCassandra
from adapters.energy import minutes_of_hours, periods_of_days, questions, row_of
from adapters.stored_figures import Stored, figures_of
from contracts.alerts import Alert, id_parts
from contracts.energy import Row
from contracts.history import bucket_of, month_of
from contracts.reading import Commodity
from contracts.time import DAY_MS, MINUTE_MS

_alert = Decoder(Alert).decode

MANY_ROWS = 500
"""Rows that are made in a thread, so that others are answered meanwhile."""


class AreaMinute(NamedTuple):
    """What operators saw of an area from a minute on."""

    minute_ms: int
    readings: int
    meters: int
    silent: int
    demand: float


class FullRow(NamedTuple):
    """A row of minutes, or of periods, with what `contracts.energy.Row` leaves out."""

    row: Row
    expected: int
    demands: int
    demand_sum: float
    demand_min: float | None
    demand_max: float | None


class MeterHistory:
    """What Cassandra has of one namespace."""

    def __init__(self, cassandra: AsyncCassandra, keyspace: str) -> None:
        self._cassandra = cassandra
        self._keyspace = keyspace

    async def minutes(
        self, meter_id: str, commodity: Commodity, hours_ms: Sequence[int]
    ) -> list[FullRow]:
        """Rows of the minutes of these hours, in any order.

        Raises:
            cassandra.DriverException, cassandra.cluster.NoHostAvailable: Cassandra does not answer.
        """
        hours = [_utc(hour_ms) for hour_ms in hours_ms]
        return await self._rows(minutes_of_hours(self._keyspace), meter_id, hours, commodity)

    async def periods(
        self, meter_id: str, commodity: Commodity, days_ms: Sequence[int]
    ) -> list[FullRow]:
        """Rows of the periods of these UTC days, `minute_ms` being the period's begin.

        Raises:
            cassandra.DriverException, cassandra.cluster.NoHostAvailable: Cassandra does not answer.
        """
        days = [_utc(day_ms).date() for day_ms in days_ms]
        return await self._rows(periods_of_days(self._keyspace), meter_id, days, commodity)

    async def _rows(
        self, cql: str, meter_id: str, partitions: Sequence[date], commodity: Commodity
    ) -> list[FullRow]:
        keys = [(bucket_of(meter_id), some, meter_id) for some in questions(partitions)]
        answers = await self._cassandra.rows(cql, keys)
        if sum(map(len, answers)) > MANY_ROWS:
            return await asyncio.to_thread(_full_rows, answers, commodity)
        return _full_rows(answers, commodity)

    async def area_minutes(
        self, area: str, commodity: Commodity, days_ms: Iterable[int]
    ) -> list[AreaMinute]:
        """What operators saw of an area on these UTC days; a minute that is not there is as the one
        before.

        Raises:
            cassandra.DriverException, cassandra.cluster.NoHostAvailable: Cassandra does not answer.
        """
        cql = (
            f"SELECT minute, readings, meters, silent, demand FROM {self._keyspace}.area_minutes "
            "WHERE area = ? AND day = ? AND commodity = ?"
        )
        keys = [(area, _utc(day_ms).date(), commodity) for day_ms in days_ms]
        return [AreaMinute(*row) for rows in await self._cassandra.rows(cql, keys) for row in rows]

    async def alert_versions(self, an_id: str) -> list[Alert]:
        """All versions of an alert that are there, in their order.

        Raises:
            ValueError: it is no id of an alert.
            cassandra.DriverException, cassandra.cluster.NoHostAvailable: Cassandra does not answer.
        """
        _, subject, opened_at_ms = id_parts(an_id)
        cql = (
            f"SELECT alert FROM {self._keyspace}.alerts_by_subject "
            "WHERE subject = ? AND month = ? AND opened_at = ? AND id = ?"
        )
        (rows,) = await self._cassandra.rows(
            cql, [(subject, month_of(opened_at_ms), _utc(opened_at_ms), an_id)]
        )
        return [_alert(value) for (value,) in rows]


def _full_rows(answers: Sequence[Sequence[tuple[Any, ...]]], commodity: str) -> list[FullRow]:
    return [
        _full(begin_ms, corrected_ms, figures_of(stored))
        for rows in answers
        for of, begin_ms, corrected_ms, stored in rows
        if of == commodity
    ]


def _full(begin_ms: int, corrected_ms: int, figures: Stored) -> FullRow:
    _, expected, *_, demands, demand_sum, demand_min, demand_max, _, _ = figures
    row = row_of(begin_ms, corrected_ms, figures)
    return FullRow(row, expected, demands, demand_sum, demand_min, demand_max)


def hours_of(begin_ms: int, end_ms: int, hour_ms: int = 60 * MINUTE_MS) -> range:
    """The hours that a span touches, up to that of its end, where a reading at the end is."""
    return range(begin_ms - begin_ms % hour_ms, end_ms + 1, hour_ms)


def days_of(begin_ms: int, end_ms: int) -> range:
    """As `hours_of`, of UTC days."""
    return hours_of(begin_ms, end_ms, DAY_MS)


def _utc(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms / 1_000, UTC)
