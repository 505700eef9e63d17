"""Change capture: what leaves the masters' database by its publication, on one topic.

A record is a row as it is after a change, its key the row's primary key, both JSON; null says that
the row is gone. Headers say of which table it is and where the change is in PostgreSQL's log (LSN).
Delivery is at least once, and after a restart the topic repeats and goes back: of a key the record
with the largest LSN counts, of several the last.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from contracts.settings import Settings

PUBLICATION = "masters"
"""Names the tables; `contracts/postgres/22_publication.sql`."""

HEARTBEAT = "heartbeat"
"""The table that changes each second."""

Value: TypeAlias = str | int | float | bool | None
Row: TypeAlias = Mapping[str, Value]
Key: TypeAlias = tuple[str, tuple[Value, ...]]
"""A table, and the values of its primary key's columns in the order of their names."""


def slot(settings: Settings) -> str:
    """The replication slot, which keeps PostgreSQL's log until it was captured."""
    return settings.namespace


def connector(settings: Settings) -> str:
    """The connector of Kafka Connect."""
    return f"{settings.namespace}-masters"


@dataclass(frozen=True, slots=True)
class Change:
    """A row after a change."""

    table: str
    key: tuple[Value, ...]
    """In the order of the names of its columns."""
    lsn: int
    row: Row | None
    """None: it is gone."""


def newest(changes: Iterable[Change]) -> dict[Key, Change]:
    """Of each row what is known last, rows that are gone too; changes in the topic's order."""
    found: dict[Key, Change] = {}
    for change in changes:
        key = (change.table, change.key)
        known = found.get(key)
        if known is None or known.lsn <= change.lsn:
            found[key] = change
    return found


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that the topic and its table do not have alike."""

    key: Key
    table_has: Row | None
    topic_has: Row | None


def differences(rows: Mapping[Key, Row], changes: Mapping[Key, Change]) -> list[Difference]:
    """Where they differ, in the order of the keys.

    Args:
        rows: All that the tables have.
        changes: As of `newest`.
    """
    said = {key: change.row for key, change in changes.items() if change.row is not None}
    return [
        Difference(key, rows.get(key), said.get(key))
        for key in sorted(rows.keys() | said.keys(), key=repr)
        if rows.get(key) != said.get(key)
    ]
