"""Write history to Cassandra: prepared, asynchronous, bounded in flight, all acknowledged.

A row is a function of the log alone, so writing it again after a restart changes nothing. Rows that
the same nodes keep go in one unlogged batch, as a request for each row would cost client and server
more than the row itself.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from cassandra import ConsistencyLevel
from cassandra.concurrent import execute_concurrent
from cassandra.cqltypes import UserType, _CassandraType
from cassandra.pool import Host
from cassandra.query import (
    BatchStatement,
    BatchType,
    BoundStatement,
    PreparedStatement,
    Statement,
)

from adapters.connect import cassandra_session
from contracts.settings import CassandraSettings
from contracts.time import DAY_MS

if TYPE_CHECKING:
    from cassandra.cluster import Session

IN_FLIGHT = 32
"""Batches on their way to Cassandra at a time, for each parallel instance of a function: as many as
our Cassandra has request threads."""

BATCH_ROWS = 100
"""Rows in a batch: some 25 KiB. A stock Cassandra logs a warning above 5 KiB, or 10 partitions, and
refuses above 50 KiB; ours is told to expect it."""

BATCH_PARTITIONS = 40
"""Partitions in a batch: Cassandra writes one after another, and waits for its commit log each
time."""


TEXTS = {"text", "varchar"}
"""Two names of one type: the schema's, and the protocol's."""
NUMBERS = {"int": ">i4", "bigint": ">i8", "timestamp": ">i8", "double": ">f8", "date": ">u4"}
"""CQL type to how the protocol writes it, in numpy's words: native_protocol_v5.spec, section 6."""

NULL = -1
"""Length of a null: native_protocol_v5.spec, section 3, `[bytes]`."""

Column: TypeAlias = "pd.Series[Any] | pd.DataFrame"
"""Of a user-defined type, a column for each field."""


class HistoryWriter:
    """Writes rows to the tables of a namespace's keyspace, over a session of its own."""

    def __init__(self, settings: CassandraSettings, keyspace: str) -> None:
        """Connect; `close` ends the session.

        Raises:
            cassandra.cluster.NoHostAvailable: no contact point answers.
        """
        self.session: Session = cassandra_session(settings)
        self.session.set_keyspace(keyspace)

    def close(self) -> None:
        """End the session."""
        self.session.cluster.shutdown()

    def insert(self, table: str, columns: Sequence[str]) -> PreparedStatement:
        """The statement that writes these columns of a row."""
        marks = ", ".join("?" * len(columns))
        return self.session.prepare(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})")

    def write(
        self,
        inserts: Sequence[PreparedStatement],
        columns: Mapping[str, Column],
        nullable: Collection[str] = (),
    ) -> None:
        """Send all rows by each statement and wait for all; the first failure is raised.

        Args:
            columns: By name, those of all statements, times in epoch ms, dates as `cql_day`.
            nullable: Fields of user-defined types that may be null.
        """
        cells = serialised(inserts, columns, nullable)
        # All are made before any is sent: the driver asks for the next one in a callback, where it
        # would take an error for the end of them.
        batches = [each for insert in inserts for each in self._batches(partitioned(insert, cells))]
        self._send(batches)

    def write_singly(
        self, inserts: Sequence[PreparedStatement], columns: Mapping[str, Column]
    ) -> None:
        """As `write`, with a request for each row: for rows that are few and may be large."""
        cells = serialised(inserts, columns)
        statements = [
            row for insert in inserts for rows in partitioned(insert, cells) for row in rows
        ]
        for each in statements:
            each.consistency_level = ConsistencyLevel.LOCAL_QUORUM
            each.is_idempotent = True
        self._send(statements)

    def _send(self, statements: Sequence[Statement]) -> None:
        execute_concurrent(
            self.session,
            ((each, ()) for each in statements),
            concurrency=IN_FLIGHT,
            raise_on_first_error=True,
        )

    def _batches(self, partitions: Iterable[list[BoundStatement]]) -> Iterator[BatchStatement]:
        """Batches of one set of replicas each, or of any while the driver does not know the ring;
        a partition is in more than one only if it has more rows than a batch."""
        replicas = self.session.cluster.metadata.get_replicas
        begun: dict[frozenset[Host], list[list[BoundStatement]]] = defaultdict(list)
        for rows in partitions:
            batch = begun[frozenset(replicas(self.session.keyspace, rows[0].routing_key))]
            if len(batch) == BATCH_PARTITIONS or sum(map(len, batch)) + len(rows) > BATCH_ROWS:
                yield from _batches_of(batch)
                batch.clear()
            batch.append(rows)
        for batch in begun.values():
            yield from _batches_of(batch)


def _batches_of(partitions: Iterable[list[BoundStatement]]) -> Iterator[BatchStatement]:
    inserts = [insert for rows in partitions for insert in rows]
    for start in range(0, len(inserts), BATCH_ROWS):
        batch = BatchStatement(BatchType.UNLOGGED, consistency_level=ConsistencyLevel.LOCAL_QUORUM)
        for insert in inserts[start : start + BATCH_ROWS]:
            batch.add(insert)
        batch.is_idempotent = True
        yield batch


def serialised(
    inserts: Sequence[PreparedStatement],
    columns: Mapping[str, Column],
    nullable: Collection[str] = (),
) -> dict[str, list[bytes]]:
    """The cells of all columns, as the statements have them, a column at a time: the driver's own
    `bind` asks each value what it is, which costs more than all else here.

    Args:
        nullable: As of `HistoryWriter.write`.

    Raises:
        TypeError: another value is missing.
    """
    types = {meta.name: meta.type for each in inserts for meta in each.column_metadata}
    for name, column in columns.items():
        needed = column
        if isinstance(column, pd.DataFrame):
            needed = column.drop(columns=[*nullable], errors="ignore")
        if needed.isna().to_numpy().any():
            raise TypeError(f"{name}: a value is missing")
    return {name: _cells_of(types[name], column) for name, column in columns.items()}


def partitioned(
    insert: PreparedStatement, cells: Mapping[str, list[bytes]]
) -> list[list[BoundStatement]]:
    """A statement for each row, those of a partition together."""
    columns = [cells[meta.name] for meta in insert.column_metadata]
    keys = zip(*(columns[index] for index in insert.routing_key_indexes), strict=True)
    by_key = defaultdict(list)
    for key, values in zip(keys, zip(*columns, strict=True), strict=True):
        statement = BoundStatement(insert)
        statement.values = values
        by_key[key].append(statement)
    return list(by_key.values())


def _cells_of(cql_type: type[_CassandraType], column: Column) -> list[bytes]:
    """Each value as the driver's class for the type would write it."""
    if isinstance(column, pd.DataFrame):
        return _tuples_of(cql_type, column)
    if cql_type.typename in TEXTS:
        return [value.encode() for value in column]
    return _sliced(_numbers_of(cql_type, column))


def _tuples_of(user_type: type[UserType], table: pd.DataFrame) -> list[bytes]:
    """Values of a type that has numbers as its fields, null or not; rows in which the same fields
    are null at a time, as they are alike in their layout."""
    if set(user_type.fieldnames) != set(table):
        raise TypeError(f"{user_type.typename}: fields {', '.join(user_type.fieldnames)}")
    missing = table.isna()
    gaps = [name for name in user_type.fieldnames if missing[name].any()]
    if not gaps:
        return _sliced(_fields_of(user_type, table, gaps))
    cells: list[bytes] = [b""] * len(table)
    for nulls, rows in missing.groupby(gaps, sort=False).indices.items():
        flags = nulls if isinstance(nulls, tuple) else (nulls,)
        absent = [name for name, is_null in zip(gaps, flags, strict=True) if is_null]
        for row, cell in zip(
            rows, _sliced(_fields_of(user_type, table.iloc[rows], absent)), strict=True
        ):
            cells[row] = cell
    return cells


def _fields_of(
    user_type: type[UserType], table: pd.DataFrame, absent: Collection[str]
) -> "np.ndarray[Any, Any]":
    """Each field after its length in bytes; that of null is -1."""
    numbers = {
        name: np.empty(len(table), "V0") if name in absent else _numbers_of(field, table[name])
        for name, field in zip(user_type.fieldnames, user_type.subtypes, strict=True)
    }
    layout = [
        part
        for name, values in numbers.items()
        for part in ((f"{name}, bytes", ">i4"), (name, values.dtype))
    ]
    packed = np.empty(len(table), layout)
    for name, values in numbers.items():
        packed[f"{name}, bytes"] = NULL if name in absent else values.itemsize
        packed[name] = values
    return packed


def _numbers_of(cql_type: type[_CassandraType], column: "pd.Series[Any]") -> "np.ndarray[Any, Any]":
    return column.to_numpy().astype(NUMBERS[cql_type.typename], casting="safe")


def _sliced(values: "np.ndarray[Any, Any]") -> list[bytes]:
    content, size = values.tobytes(), values.itemsize
    return [content[start : start + size] for start in range(0, len(content), size)]


def cql_day(time_ms: "pd.Series[int]") -> "pd.Series[int]":
    """A CQL date: days since the epoch, plus 2^31."""
    return (time_ms // DAY_MS + 2**31).astype("uint32")
