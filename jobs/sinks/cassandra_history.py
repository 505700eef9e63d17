"""Write history to Cassandra: prepared, asynchronous, bounded in flight, all acknowledged.

A row is a function of the log alone, so writing it again after a restart changes nothing. Rows of
one area and minute go in one unlogged batch, of a size that any Cassandra accepts.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from cassandra import ConsistencyLevel
from cassandra.concurrent import execute_concurrent
from cassandra.query import BatchStatement, BatchType, PreparedStatement
from pyflink.table import DataTypes
from pyflink.table.udf import FunctionContext, ScalarFunction, UserDefinedScalarFunctionWrapper, udf

from contracts.endpoints import cassandra_session
from contracts.history import AREA_COLUMNS, MINUTE_COLUMNS, keyspace
from contracts.reading import AREA_LENGTH
from contracts.settings import Settings

IN_FLIGHT = 64
"""Statements on their way to Cassandra at a time, for each parallel instance of a function."""

BATCH_ROWS = 20
"""Rows in a batch: some 4 kB, below the 5 kB at which a stock Cassandra starts to warn."""

DAY_MS = 86_400_000
MINUTE, GEOHASH = MINUTE_COLUMNS.index("minute"), MINUTE_COLUMNS.index("geohash")

Row = tuple[Any, ...]


class _CassandraFunction(ScalarFunction):  # type: ignore[misc]
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def open(self, function_context: FunctionContext) -> None:  # noqa: ARG002
        self.session = cassandra_session(self.settings)
        self.session.set_keyspace(keyspace(self.settings))

    def close(self) -> None:
        self.session.cluster.shutdown()

    def is_deterministic(self) -> bool:
        return False

    def insert(self, table: str, columns: Sequence[str]) -> PreparedStatement:
        marks = ", ".join("?" * len(columns))
        statement = self.session.prepare(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        )
        statement.is_idempotent = True
        statement.consistency_level = ConsistencyLevel.LOCAL_QUORUM
        return statement

    def write(self, statements: Iterable[tuple[Any, Row]]) -> None:
        """Send all and wait for all; the first failure is raised."""
        execute_concurrent(
            self.session, statements, concurrency=IN_FLIGHT, raise_on_first_error=True
        )


class _WriteMinutes(_CassandraFunction):
    def open(self, function_context: FunctionContext) -> None:
        super().open(function_context)
        self.by_meter = self.insert("minutes_by_meter", ("day", *MINUTE_COLUMNS))
        self.by_area = self.insert("minutes_by_area", ("area", *MINUTE_COLUMNS))

    def eval(self, *columns: pd.Series) -> "pd.Series[bool]":
        rows: list[Row] = list(zip(*(column.tolist() for column in columns), strict=True))
        self.write((self.by_meter, (_cql_day(row[MINUTE]), *row)) for row in rows)
        partitions: dict[tuple[str, int], list[Row]] = defaultdict(list)
        for row in rows:
            area = row[GEOHASH][:AREA_LENGTH]
            partitions[area, row[MINUTE]].append((area, *row))
        self.write(_batches(self.by_area, partitions.values()))
        return pd.Series([True] * len(rows))


class _WriteAreaMinutes(_CassandraFunction):
    def open(self, function_context: FunctionContext) -> None:
        super().open(function_context)
        self.statement = self.insert("area_minutes", AREA_COLUMNS)

    def eval(self, *columns: pd.Series) -> "pd.Series[bool]":
        rows = list(zip(*(column.tolist() for column in columns), strict=True))
        self.write(
            (self.statement, (area, _cql_day(minute), commodity, minute, *values))
            for area, commodity, minute, *values in rows
        )
        return pd.Series([True] * len(rows))


def _batches(
    statement: PreparedStatement, partitions: Iterable[list[Row]]
) -> Iterable[tuple[BatchStatement, Row]]:
    for rows in partitions:
        for start in range(0, len(rows), BATCH_ROWS):
            batch = BatchStatement(
                BatchType.UNLOGGED, consistency_level=ConsistencyLevel.LOCAL_QUORUM
            )
            for row in rows[start : start + BATCH_ROWS]:
                batch.add(statement, row)
            yield batch, ()


def _cql_day(time_ms: int) -> int:
    """A CQL date as the driver takes it from an integer: days since the epoch, plus 2^31."""
    return time_ms // DAY_MS + 2**31


def write_minutes(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: MINUTE_COLUMNS, times in epoch ms; true once both minute tables have it."""
    return udf(_WriteMinutes(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")


def write_area_minutes(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: (area, commodity, minute, meters, readings, demand) of an area's minute, the
    minute in epoch ms; true once Cassandra has it."""
    return udf(_WriteAreaMinutes(settings), result_type=DataTypes.BOOLEAN(), func_type="pandas")
