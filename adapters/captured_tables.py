"""The tables whose changes leave the masters' database, as they are, for who compares."""

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row

from contracts.capture import PUBLICATION, Key, Row, Table


def published_tables(connection: psycopg.Connection) -> list[str]:
    """The tables whose changes may leave the database, by name."""
    found = connection.execute(
        "SELECT tablename::text FROM pg_publication_tables WHERE pubname = %s ORDER BY tablename",
        [PUBLICATION],
    )
    return [name for (name,) in found]


@dataclass(frozen=True, slots=True)
class Captured:
    """The tables whose changes leave, as they are at one instant."""

    rows: Mapping[str, Mapping[Key, Row]]
    tables: Mapping[str, Table]
    lsn: int
    """Every transaction that has ended by then is before this place of PostgreSQL's log."""


def captured(connection: psycopg.Connection) -> Captured:
    """All rows of the tables of the publication, read in one transaction."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tables = {name: _table(cursor, name) for name in published_tables(connection)}
        rows: dict[str, Mapping[Key, Row]] = {}
        for table in tables.values():
            cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table.name)))
            rows[table.name] = {table.key_of(row): row for row in cursor}
        found = cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0' AS lsn").fetchone()
        return Captured(rows, tables, int(found["lsn"]) if found else 0)


def _table(cursor: psycopg.Cursor[DictRow], name: str) -> Table:
    columns = cursor.execute(
        """
        SELECT attname::text, typname::text, coalesce(attnum = ANY (indkey), false) AS is_key
        FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
            LEFT JOIN pg_index ON indrelid = attrelid AND indisprimary
        WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
        ORDER BY attname
        """,
        [name],
    ).fetchall()
    return Table(
        name,
        {each["attname"]: each["typname"] for each in columns},
        tuple(each["attname"] for each in columns if each["is_key"]),
    )


@dataclass(frozen=True, slots=True)
class Slot:
    """A replication slot."""

    is_lost: bool
    """PostgreSQL has given up log that was not captured."""
    kept_bytes: int
    """Of the log, what it keeps until it was captured."""


def slot_of(connection: psycopg.Connection, name: str) -> Slot | None:
    """A replication slot by its name; None if there is none."""
    found = connection.execute(
        """
        SELECT wal_status = 'lost',
            coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint
        FROM pg_replication_slots WHERE slot_name = %s
        """,
        [name],
    ).fetchone()
    return None if found is None else Slot(bool(found[0]), int(found[1]))


def slot_problem(connection: psycopg.Connection, name: str) -> str | None:
    """Why what is captured by a replication slot is not all; None if nothing is lost."""
    found = connection.execute(
        "SELECT wal_status, plugin FROM pg_replication_slots WHERE slot_name = %s", [name]
    ).fetchone()
    if found is None:
        return f"there is no replication slot {name}"
    if found[0] == "lost":
        return f"PostgreSQL has given up its log for the replication slot {name}, which was behind"
    return None
