"""The tables of meters' history, compared with what a batch computed, and repaired."""

from collections.abc import Callable, Container, Iterator, Mapping, Set
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from cassandra import ConsistencyLevel
from cassandra.concurrent import execute_concurrent
from rich.console import Console

from adapters.connect import cassandra_session
from contracts.history import COLUMNS, keyspace
from contracts.settings import Settings
from verification.comparison.compare import Comparison, compare_rows
from verification.comparison.names import day_text, minute_name, period_name
from verification.recompute.computed import ComputedHistory
from verification.recompute.errors import RecomputeError
from verification.recompute.span import Span
from verification.rows import Minute
from verification.stores.history import History

IN_FLIGHT = 64
"""Statements on their way to Cassandra at a time."""

DAYS_NAMED = 3
"""How many days a message names."""

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """A table of history: what must be in a span, and what is."""

    name: str
    key: tuple[str, ...]
    cells_of: Callable[[Any], Key]
    """What a row has in the columns besides the key, in their order."""
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
                yield (*key, *self.cells_of(row))

    def deletions(self) -> Iterator[Key]:
        """Keys that must not be there."""
        return (key for key in self.found if key not in self.expected)

    def days(self) -> set[str]:
        """The UTC days, `YYYY-MM-DD`, of the rows that are there."""
        start = next(self.key.index(name) for name in ("minute", "period") if name in self.key)
        return {day_text(key[start]) for key in self.found}


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair did; counts are rows of all tables."""

    written: int
    deleted: int
    surplus: int
    """Rows that must not be there, and still are."""


def read_tables(
    settings: Settings, computed: ComputedHistory, span: Span, closed_ms: int, console: Console
) -> list[Table]:
    """Each table's rows of the span, as computed and as stored, of windows that are complete.

    Args:
        closed_ms: As `verification.recompute.progress.closed_ms` says it.
    """
    with (
        console.status(f"reading Cassandra, keyspace {keyspace(settings)}"),
        closing(History(settings)) as stored,
    ):
        by_meter = stored.minutes_by_meter(span.minutes_ms)
        by_area = stored.minutes_by_area(span.minutes_ms)
        periods = {
            key: row
            for key, row in stored.periods_by_meter().items()
            if span.from_ms <= key[-2] < span.to_ms
        }

    def complete(rows: Mapping[Key, Minute]) -> dict[Key, Minute]:
        window_ms = settings.correction_window_ms
        return {
            key: row for key, row in rows.items() if not key[-1] or key[-1] + window_ms <= closed_ms
        }

    said = {key[-4:]: row for key, row in computed.periods_by_meter.items()}

    return [
        Table(
            "minutes_by_meter",
            ("bucket", "hour", "meter_id", "commodity", "minute", "corrected_at"),
            _minute_cells,
            minute_name,
            needed(complete(computed.minutes_by_meter), by_meter, said, settings.period_ms),
            complete(by_meter),
        ),
        Table(
            "minutes_by_area",
            ("area", "meter_id", "commodity", "minute", "corrected_at"),
            _minute_cells,
            minute_name,
            needed(complete(computed.minutes_by_area), by_area, said, settings.period_ms),
            complete(by_area),
        ),
        Table(
            "periods_by_meter",
            ("bucket", "day", "meter_id", "commodity", "period", "corrected_at"),
            _minute_cells,
            period_name,
            complete(computed.periods_by_meter),
            complete(periods),
        ),
    ]


def needed(
    minutes: Mapping[Key, Minute],
    found: Container[Key],
    periods: Mapping[Key, Minute],
    period_ms: int,
) -> dict[Key, Minute]:
    """Rows of minutes but those that are not there and need not be: a meter that reads seldom, as
    the registry may announce, has no row of a minute of which its period says the same.

    Args:
        periods: By meter_id, commodity, period and corrected_at.
    """

    def needless(key: Key, row: Minute) -> bool:
        *_, meter_id, commodity, minute, corrected_at = key
        period = (meter_id, commodity, minute - minute % period_ms, corrected_at)
        return key not in found and periods.get(period) == row

    return {key: row for key, row in minutes.items() if not needless(key, row)}


def _minute_cells(row: Minute) -> Key:
    """The driver takes a tuple for a user-defined type."""
    geohash, *figures = row
    return geohash, tuple(figures)


def check_archived(settings: Settings, tables: list[Table], archived: Set[str]) -> None:
    """Check that the archive can say what history must hold: a day without a file would leave
    every row of it surplus.

    Args:
        archived: The UTC days, `YYYY-MM-DD`, of which the archive has files.

    Raises:
        RecomputeError: history has rows of another day.
    """
    unknown = sorted(set().union(*(table.days() for table in tables)) - archived)
    if unknown:
        named = ", ".join(unknown[:DAYS_NAMED]) + (" …" if len(unknown) > DAYS_NAMED else "")
        raise RecomputeError(
            f"nothing is repaired: history has rows of {named}, and {settings.archive_address} has "
            "no file of it; bring the files back, set WATTSTREAM_DATA_DIR to where they are, or "
            "give a span without it"
        )


def repair(settings: Settings, tables: list[Table], *, delete: bool) -> Repaired:
    """Write what is missing or different, and if asked to, delete what must not be there.

    A row is a function of the log: if the jobs write one meanwhile, they write the same.

    Raises:
        cassandra.DriverException: a row could not be written.
    """
    session = cassandra_session(settings.cassandra)
    try:
        session.set_keyspace(keyspace(settings))
        written = surplus = 0
        for table in tables:
            others = (name for name in COLUMNS[table.name] if name not in table.key)
            columns = (*table.key, *others)
            marks = ", ".join("?" * len(columns))
            conditions = " AND ".join(f"{name} = ?" for name in table.key)
            upsert = session.prepare(
                f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"
            )
            deletion = session.prepare(f"DELETE FROM {table.name} WHERE {conditions}")
            upserts = [(upsert, row) for row in table.upserts()]
            deletions = [(deletion, key) for key in table.deletions()]
            for statement in (upsert, deletion):
                statement.is_idempotent = True
                statement.consistency_level = ConsistencyLevel.LOCAL_QUORUM
            execute_concurrent(
                session,
                [*upserts, *deletions] if delete else upserts,
                concurrency=IN_FLIGHT,
                raise_on_first_error=True,
            )
            written += len(upserts)
            surplus += len(deletions)
        return Repaired(written, surplus, 0) if delete else Repaired(written, 0, surplus)
    finally:
        session.cluster.shutdown()
