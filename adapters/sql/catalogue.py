"""What can be asked for: views of the archive, tables with rows of PostgreSQL, and their columns.

A statement of `views/` or `tables/` begins with the question that the view answers, and ends with
what each of its columns is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from string import Template

import duckdb

from adapters.sql.errors import StatementError

VIEWS = ("messages", "archive_readings", "readings", "minutes", "half_hours", "areas", "meters")
"""Files of `views/`, each after those that it stands on."""
TABLES = ("registry", "occupancies", "contracts", "runs", "bills", "bill_lines", "exceptions")
"""Files of `tables/` and, in PostgreSQL's SQL, of `postgres/`."""

_HISTORY = "is in Cassandra alone: see docs/reading-data.md"
_LIVE = "is in Redis alone: see docs/reading-data.md"
ELSEWHERE = {
    "alerts": "are in Kafka, Redis and Cassandra alone: `wattstream alerts --json`",
    "notifications": "are in Kafka and Redis alone: `wattstream notify`",
    "area_minutes": f"(what operators saw) {_HISTORY}; `areas` has what is known now",
    "corrections": f"(of history) {_HISTORY}; `messages` has what is late",
    "live": _LIVE,
    "feeders": f"(what flows there) {_LIVE}",
    "regions": f"(what they draw) {_LIVE}",
    "customers": "(names and addresses) never leave PostgreSQL; `occupancies` has their numbers",
}
"""What is not here, and where it is."""

_SQL = files("adapters.sql")


@dataclass(frozen=True, slots=True)
class Column:
    """Of a view."""

    name: str
    type: str
    meaning: str
    """With its unit."""


@dataclass(frozen=True, slots=True)
class View:
    """What a statement can ask."""

    name: str
    question: str
    """That a row of it answers."""
    source: str
    columns: Sequence[Column]


@dataclass(frozen=True, slots=True)
class Days:
    """UTC days from the first up to but without the end.

    Raises:
        StatementError: the end is not after the first.
    """

    begin: date = date.min
    end: date = date.max

    def __post_init__(self) -> None:
        if self.end <= self.begin:
            raise StatementError(
                f"there is no day from {self.begin} to {self.end}: give a later end"
            )


def view_statements(days: Days) -> str:
    """All views of the archive, over `archive.messages`."""
    values = {"from_day": f"DATE '{days.begin}'", "to_day": f"DATE '{days.end}'"}
    return "".join(Template(_text(f"views/{name}")).substitute(values) for name in VIEWS) + (
        "".join(_comment("VIEW", "views", name) for name in VIEWS if not name.startswith("archive"))
    )


def table_statements(name: str) -> str:
    """An empty table for the rows that PostgreSQL has."""
    return _text(f"tables/{name}") + _comment("TABLE", "tables", name)


def rows_statement(name: str) -> str:
    """Its rows, in PostgreSQL's SQL."""
    return _text(f"postgres/{name}")


def question(folder: str, name: str) -> str:
    """The first line of a file."""
    return _text(f"{folder}/{name}").partition("\n")[0].removeprefix("-- ")


def views(connection: duckdb.DuckDBPyConnection) -> list[View]:
    """All that a connection has, in the order of their files."""
    found = connection.execute(
        """
        SELECT table_name, column_name, data_type, comment FROM duckdb_columns()
        WHERE schema_name = 'main' AND NOT internal
        ORDER BY table_name, column_index
        """
    ).fetchall()
    described = []
    for source, folder, known in (("archive", "views", VIEWS), ("PostgreSQL", "tables", TABLES)):
        for name in known:
            columns = [Column(*each[1:]) for each in found if each[0] == name]
            if columns:
                described.append(View(name, question(folder, name), source, columns))
    return described


def _comment(kind: str, folder: str, name: str) -> str:
    said = question(folder, name).replace("'", "''")
    return f"COMMENT ON {kind} {name} IS '{said}';\n"


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
