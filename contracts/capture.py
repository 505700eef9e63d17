"""Change capture: what leaves the masters' database by its publication, on one topic.

A record is a row as it is after a change, its key the row's primary key, both JSON; a null record
says that the row is gone. Headers say of which table it is and where the change is in PostgreSQL's
log (LSN). Delivery is at least once, and after a restart the topic repeats and goes back: of a key
the record with the largest LSN counts, of several the last.
"""

from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypeAlias

from contracts.settings import Settings

PUBLICATION = "masters"
"""Names the tables; `contracts/postgres/22_publication.sql`."""

HEARTBEAT = "heartbeat"
"""The table that changes each second."""

TABLE_HEADER, LSN_HEADER, OP_HEADER = "__source_table", "__source_lsn", "__op"
"""Of each record; their values are JSON."""

COMMITTED_HEADER = "__source_ts_ms"
"""When its transaction ended, epoch ms; of a row that was copied when it was. Also JSON."""

COPIED = "r"
"""The operation of a row that was copied, and did not change."""

Json: TypeAlias = str | int | float | bool | None
"""What a column is in a record."""
Value: TypeAlias = Json | Decimal | datetime | date | time | bytes
"""What a column is in a table."""
Row: TypeAlias = Mapping[str, Value]
Key: TypeAlias = tuple[Value, ...]
"""Of a row: the values of its primary key, in the order of the names of its columns."""


def slot(settings: Settings) -> str:
    """The replication slot, which keeps PostgreSQL's log until it was captured."""
    return settings.namespace


def connector(settings: Settings) -> str:
    """The connector of Kafka Connect."""
    return f"{settings.namespace}-masters"


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose changes leave."""

    name: str
    types: Mapping[str, str]
    """Of each column, as PostgreSQL's catalogue has them (`numeric`, `timestamptz`)."""
    key: tuple[str, ...]
    """Columns of its primary key, by name."""

    def key_of(self, row: Row) -> Key:
        """Of one of its rows."""
        return tuple(row[name] for name in self.key)


@dataclass(frozen=True, slots=True)
class Change:
    """A row after a change."""

    table: str
    key: Mapping[str, Json]
    lsn: int
    row: Mapping[str, Json] | None
    """None: it is gone."""
    copied: bool = False
    """From the copy of all tables at the beginning, which comes table by table."""


def newest(changes: Iterable[Change]) -> dict[tuple[str, Key], Change]:
    """Of each row what is known last, rows that are gone too; changes in the topic's order."""
    found: dict[tuple[str, Key], Change] = {}
    for change in changes:
        key = (change.table, tuple(change.key[name] for name in sorted(change.key)))
        known = found.get(key)
        if known is None or known.lsn <= change.lsn:
            found[key] = change
    return found


def typed(value: Json, kind: str) -> Value:
    """A column's value as its table has it.

    Args:
        kind: As of `Table.types`.

    Raises:
        ValueError: a record cannot have this value of such a column.
    """
    if not isinstance(value, str):
        return value
    match kind:
        case "numeric":
            return Decimal(value)
        case "timestamptz":
            return datetime.fromisoformat(value)
        case "date":
            # As all of ISO 8601 that the connector writes it has a zone.
            return date.fromisoformat(value.removesuffix("Z"))
        case "time":
            return time.fromisoformat(value.removesuffix("Z"))
        case "bytea":
            return b64decode(value)
        case _:
            return value


def rows_of(changes: Iterable[Change], table: Table) -> dict[Key, Row]:
    """The rows that a table has by what `newest` says."""
    rows: dict[Key, Row] = {}
    for change in changes:
        if change.table == table.name and change.row is not None:
            row = {name: typed(each, table.types[name]) for name, each in change.row.items()}
            rows[table.key_of(row)] = row
    return rows


@dataclass(frozen=True)
class Difference:
    """A row that the topic and its table do not have alike."""

    table: str
    key: Key
    table_has: Row | None
    topic_has: Row | None


def differences(
    table: str, table_has: Mapping[Key, Row], topic_has: Mapping[Key, Row]
) -> list[Difference]:
    """Where they differ, in the order of the keys."""
    return [
        Difference(table, key, table_has.get(key), topic_has.get(key))
        for key in sorted(table_has.keys() | topic_has.keys(), key=repr)
        if table_has.get(key) != topic_has.get(key)
    ]
