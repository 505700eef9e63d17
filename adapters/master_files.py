"""CSV files of masters, and how they come into their tables: all of a folder, or nothing."""

import csv
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from contracts.errors import RequestError
from contracts.master_files import FILES, MasterFile, parsed

BYTE_ORDER_MARK = "utf-8-sig"
"""As spreadsheets begin a file with; others do not have it."""


Check = Callable[[Mapping[str, Any]], None]
"""Raises a ValueError for a line's values, by column, that nobody who reads its table can take."""
NONE: Mapping[str, Check] = {}


class MasterFileError(RequestError):
    """A file cannot be loaded as it stands; the message names file, line, column and value."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of a file says."""

    number: int
    """As an editor counts."""
    values: Mapping[str, Any]


@dataclass(slots=True)
class Loaded:
    """What became of a file's lines."""

    table: str
    new: int = 0
    changed: int = 0
    same: int = 0


def load(
    connection: psycopg.Connection, folder: Path, checks: Mapping[str, Check] = NONE
) -> list[Loaded]:
    """Load every file of a folder, in one transaction. A line that says again what is there
    changes nothing; one that says something else of the same key takes its place, and what was
    believed before is kept where bills depend on it.

    By INSERT, never COPY: change capture may lose rows of one place in the log
    (debezium/dbz#1554).

    Args:
        checks: By the name of a table, for its lines.

    Raises:
        MasterFileError: nothing was loaded.
        psycopg.OperationalError: PostgreSQL does not answer.
    """
    files = found(folder)
    read = [(file, list(lines(folder / file.name, file, checks.get(file.table)))) for file in files]
    with connection.transaction():
        return [_load(connection, file, content) for file, content in read]


def found(folder: Path) -> list[MasterFile]:
    """The files that are there, in the order in which they are loaded.

    Raises:
        MasterFileError: there is none, or a CSV file of another name.
    """
    if not folder.is_dir():
        raise MasterFileError(f"{folder} is no folder: give one with files such as premises.csv")
    known = [file.name for file in FILES]
    there = {path.name for path in folder.glob("*.csv")}
    for name in sorted(there - set(known)):
        nearest = difflib.get_close_matches(name, known, n=1)
        advice = f"did you mean {nearest[0]}?" if nearest else f"there may be {', '.join(known)}"
        raise MasterFileError(f"{folder / name} is the file of no table; {advice}")
    if not there:
        raise MasterFileError(f"{folder} has no file to load; there may be {', '.join(known)}")
    return [file for file in FILES if file.name in there]


def lines(path: Path, file: MasterFile, check: Check | None = None) -> Iterator[Line]:
    """The lines of a file with their values; empty lines are passed over.

    Raises:
        MasterFileError: a line cannot be taken.
    """
    with path.open(encoding=BYTE_ORDER_MARK, newline="") as opened:
        rows = csv.reader(opened, strict=True)
        try:
            names = _columns(path, next(rows, []), file)
            for cells in rows:
                if not cells:
                    continue
                if len(cells) != len(names):
                    raise ValueError(f"it has {len(cells)} cells, and line 1 {len(names)} columns")
                values = parsed(file, dict(zip(names, cells, strict=True)))
                if check is not None:
                    check(values)
                yield Line(rows.line_num, values)
        except UnicodeDecodeError as error:
            raise MasterFileError(f"{path} is not UTF-8: {error}") from None
        except (csv.Error, ValueError) as error:
            raise MasterFileError(f"{path}, line {rows.line_num}: {error}") from None


def _columns(path: Path, names: Sequence[str], file: MasterFile) -> Sequence[str]:
    fields = file.record.model_fields
    if strange := [name for name in names if name not in fields]:
        raise MasterFileError(
            f"{path}, line 1: {file.table} has no column {strange[0]!r}; it has {', '.join(fields)}"
        )
    if missing := [
        name for name, field in fields.items() if field.is_required() and name not in names
    ]:
        raise MasterFileError(f"{path}, line 1: the column {missing[0]} is missing")
    if len(set(names)) < len(names):
        raise MasterFileError(f"{path}, line 1: a column is there twice: {', '.join(names)}")
    return names


def _load(connection: psycopg.Connection, file: MasterFile, content: Sequence[Line]) -> Loaded:
    statements = _statements(connection, file)
    loaded = Loaded(file.table)
    with connection.cursor(row_factory=dict_row) as cursor:
        known: dict[tuple[Any, ...], Mapping[str, Any]] = {
            _key(file, row): row for row in cursor.execute(statements.select)
        }
        # All that is loaded becomes known at one instant.
        cursor.execute("SELECT clock_timestamp() AS recorded_from")
        now = cursor.fetchone() or {}
        for line in content:
            key = _key(file, line.values)
            before = known.get(key)
            if before == line.values:
                loaded.same += 1
                continue
            written = {
                name: Jsonb(value) if isinstance(value, dict | list) else value
                for name, value in line.values.items()
            }
            try:
                for statement in statements.first if before is None else statements.instead:
                    cursor.execute(statement, written | now)
            except (psycopg.IntegrityError, psycopg.DataError) as error:
                raise MasterFileError(
                    f"{file.name}, line {line.number}: {_told(error)}; nothing was loaded"
                ) from None
            known[key] = line.values
            if before is None:
                loaded.new += 1
            else:
                loaded.changed += 1
    return loaded


@dataclass(frozen=True, slots=True)
class _Statements:
    select: bytes
    """What is believed now."""
    first: Sequence[bytes]
    """For a key that is not there yet; parameters are columns, and `recorded_from`."""
    instead: Sequence[bytes]
    """For one that is."""


def _statements(connection: psycopg.Connection, file: MasterFile) -> _Statements:
    table = sql.Identifier(file.table)
    columns = list(file.record.model_fields)
    of_key = sql.SQL(" AND ").join(map(_equals, file.key))
    written = [*columns, "recorded_from"] if file.recorded else columns
    select = sql.SQL("SELECT {columns} FROM {table} {which}").format(
        columns=_listed(columns),
        table=table,
        which=sql.SQL("WHERE recorded_to IS NULL" if file.recorded else ""),
    )
    insert = sql.SQL("INSERT INTO {table} ({columns}) VALUES ({values})").format(
        table=table,
        columns=_listed(written),
        values=sql.SQL(", ").join(map(sql.Placeholder, written)),
    )
    update = sql.SQL("UPDATE {table} SET {values} WHERE {of_key}").format(
        table=table,
        values=sql.SQL(", ").join(_equals(name) for name in columns if name not in file.key),
        of_key=of_key,
    )
    close = sql.SQL(
        "UPDATE {table} SET recorded_to = {now} WHERE {of_key} AND recorded_to IS NULL"
    ).format(table=table, now=sql.Placeholder("recorded_from"), of_key=of_key)
    return _Statements(
        select.as_bytes(connection),
        [insert.as_bytes(connection)],
        [each.as_bytes(connection) for each in ((close, insert) if file.recorded else (update,))],
    )


def _listed(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _equals(name: str) -> sql.Composed:
    return sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name))


def _key(file: MasterFile, values: Mapping[str, Any]) -> tuple[Any, ...]:
    # An instant is one whatever its offset.
    told = (values[name] for name in file.key)
    return tuple(each.astimezone(UTC) if isinstance(each, datetime) else each for each in told)


def _told(error: psycopg.Error) -> str:
    parts = (error.diag.message_primary, error.diag.message_detail)
    return ": ".join(part.rstrip(".") for part in parts if part) or str(error)
