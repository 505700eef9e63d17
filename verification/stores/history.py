"""Reads a namespace's Cassandra tables in full.

Keys begin with the part of the partition key that is derived (`bucket` and `hour`, `area`, or
`day`), so that a row in the wrong partition shows.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, LiteralString

from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT
from cassandra.query import SimpleStatement, tuple_factory

from adapters.connect import cassandra_session
from contracts.figures import FIGURES, Figure
from contracts.history import keyspace
from contracts.settings import Settings
from verification.rows import AreaMinute, Minute

if TYPE_CHECKING:
    from cassandra.cluster import Session

_FETCH_SIZE = 5_000


def _figure(figure: Figure) -> LiteralString:
    column: LiteralString = "figures." + figure.name
    return "toUnixTimestamp(" + column + ")" if figure.type == "timestamp" else column


_CORRECTED: LiteralString = "toUnixTimestamp(corrected_at)"
_VALUE: LiteralString = ", ".join((_CORRECTED, "geohash", *map(_figure, FIGURES)))
_MINUTE: LiteralString = "meter_id, commodity, toUnixTimestamp(minute), " + _VALUE
_PERIOD: LiteralString = "meter_id, commodity, toUnixTimestamp(period), " + _VALUE


class History:
    """The history tables of a namespace, over a session of its own."""

    def __init__(self, settings: Settings) -> None:
        """Connect; `close` ends the session.

        Raises:
            cassandra.cluster.NoHostAvailable: no contact point answers.
        """
        self._session: Session = cassandra_session(settings.cassandra)
        self._session.get_execution_profile(EXEC_PROFILE_DEFAULT).row_factory = tuple_factory
        self._keyspace = keyspace(settings)

    def close(self) -> None:
        """End the session."""
        self._session.cluster.shutdown()

    def minutes_by_meter(
        self, minutes_ms: range | None = None
    ) -> dict[tuple[int, int, str, str, int, int], Minute]:
        """Rows by (bucket, hour, meter_id, commodity, minute, corrected_at); if given, of the
        minutes."""
        return {
            row[:6]: Minute._make(row[6:])
            for row in self._scan(
                "minutes_by_meter", f"bucket, toUnixTimestamp(hour), {_MINUTE}", minutes_ms
            )
        }

    def minutes_by_area(
        self, minutes_ms: range | None = None
    ) -> dict[tuple[str, str, str, int, int], Minute]:
        """Rows by (area, meter_id, commodity, minute, corrected_at); if given, of the minutes."""
        return {
            row[:5]: Minute._make(row[5:])
            for row in self._scan("minutes_by_area", f"area, {_MINUTE}", minutes_ms)
        }

    def periods_by_meter(self) -> dict[tuple[int, str, str, str, int, int], Minute]:
        """Rows by (bucket, day, meter_id, commodity, period, corrected_at)."""
        columns = f"bucket, day, {_PERIOD}"
        return {
            (row[0], str(row[1]), *row[2:6]): Minute._make(row[6:])
            for row in self._scan("periods_by_meter", columns, None)
        }

    def area_minutes(
        self, minutes_ms: range | None = None
    ) -> dict[tuple[str, str, str, int], AreaMinute]:
        """Rows by (day, area, commodity, minute); if given, of the minutes."""
        columns = "day, area, commodity, toUnixTimestamp(minute), readings, meters, silent, demand"
        return {
            (str(day), area, commodity, minute): AreaMinute(*values)
            for day, area, commodity, minute, *values in self._scan(
                "area_minutes", columns, minutes_ms
            )
        }

    def _scan(
        self, table: str, columns: str, minutes_ms: range | None
    ) -> Iterator[tuple[Any, ...]]:
        query = f"SELECT {columns} FROM {self._keyspace}.{table}"
        if minutes_ms is not None:
            bounds = f"minute >= {minutes_ms.start} AND minute < {minutes_ms.stop}"
            query += f" WHERE {bounds} ALLOW FILTERING"
        # The jobs write at this level too, so that a read sees every acknowledged row.
        statement = SimpleStatement(
            query, fetch_size=_FETCH_SIZE, consistency_level=ConsistencyLevel.LOCAL_QUORUM
        )
        return iter(self._session.execute(statement))
