"""The tables of history, compared with what a batch computed, and repaired."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from cassandra import ConsistencyLevel
from cassandra.concurrent import execute_concurrent
from rich.console import Console

from contracts.endpoints import cassandra_session
from contracts.history import keyspace
from contracts.settings import Settings
from recompute.horizon import Horizon
from recompute.results import History
from recompute.span import Span
from verification.compare import Comparison, compare_rows
from verification.rows import AreaMinute, Minute
from verification.stores.history import History as StoredHistory
from verification.wording import area_minute_name, minute_name

IN_FLIGHT = 64
"""Statements on their way to Cassandra at a time."""

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """A table of history: what must be in a span, and what is."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    name_of: Callable[[Any], str]
    expected: Mapping[Key, Key]
    found: Mapping[Key, Key]

    def comparison(self) -> Comparison:
        """The differences, counted, and the first of them in words."""
        return compare_rows(self.name.replace("_", " "), self.expected, self.found, self.name_of)

    def upserts(self) -> Iterator[Key]:
        """Whole rows that are missing or different."""
        for key, row in self.expected.items():
            if self.found.get(key) != row:
                yield (*key, *row)

    def deletions(self) -> Iterator[Key]:
        """Keys that must not be there."""
        return (key for key in self.found if key not in self.expected)


def read_tables(
    settings: Settings, computed: History, span: Span, horizon: Horizon, console: Console
) -> list[Table]:
    """Each table's rows of the span, as computed and as stored, of windows that are complete."""
    with (
        console.status(f"reading Cassandra, keyspace {keyspace(settings)}"),
        closing(StoredHistory(settings)) as stored,
    ):
        by_meter = stored.minutes_by_meter(span.minutes_ms)
        by_area = stored.minutes_by_area(span.minutes_ms)
        areas = stored.area_minutes(span.minutes_ms)

    def complete(rows: Mapping[Key, Key]) -> dict[Key, Key]:
        window_ms = settings.correction_window_ms
        return {
            key: row
            for key, row in rows.items()
            if not key[3] or key[3] + window_ms <= horizon.arrival_ms
        }

    return [
        Table(
            "minutes_by_meter",
            ("day", "meter_id", "minute", "corrected_at"),
            Minute._fields,
            minute_name,
            complete(computed.minutes_by_meter),
            complete(by_meter),
        ),
        Table(
            "minutes_by_area",
            ("area", "meter_id", "minute", "corrected_at"),
            Minute._fields,
            minute_name,
            complete(computed.minutes_by_area),
            complete(by_area),
        ),
        Table(
            "area_minutes",
            ("day", "area", "commodity", "minute"),
            AreaMinute._fields,
            area_minute_name,
            computed.area_minutes,
            areas,
        ),
    ]


def repair(settings: Settings, tables: list[Table]) -> int:
    """Write what is missing or different, delete what must not be there; returns how many rows.

    A row is a function of the log: if the jobs write one meanwhile, they write the same.

    Raises:
        cassandra.DriverException: a row could not be written.
    """
    session = cassandra_session(settings)
    try:
        session.set_keyspace(keyspace(settings))
        rows = 0
        for table in tables:
            columns = (*table.key, *table.columns)
            marks = ", ".join("?" * len(columns))
            conditions = " AND ".join(f"{name} = ?" for name in table.key)
            upsert = session.prepare(
                f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"
            )
            deletion = session.prepare(f"DELETE FROM {table.name} WHERE {conditions}")
            writes = [
                *((upsert, row) for row in table.upserts()),
                *((deletion, key) for key in table.deletions()),
            ]
            for statement in (upsert, deletion):
                statement.is_idempotent = True
                statement.consistency_level = ConsistencyLevel.LOCAL_QUORUM
            execute_concurrent(session, writes, concurrency=IN_FLIGHT, raise_on_first_error=True)
            rows += len(writes)
        return rows
    finally:
        session.cluster.shutdown()
