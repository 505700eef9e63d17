"""Rows of PostgreSQL as DuckDB's tables."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

import duckdb
import psycopg
import pyarrow as pa

from adapters.postgres import connect_to_read
from adapters.sql.catalogue import rows_statement, table_statements
from contracts.settings import Settings

ROWS_AT_A_TIME = 10_000


@contextmanager
def one_instant(settings: Settings, until_s: float) -> Iterator[psycopg.Connection]:
    """A connection to PostgreSQL which sees what was there when it was first asked.

    Args:
        until_s: By the monotonic clock; no statement takes longer.

    Raises:
        psycopg.OperationalError: the server does not answer, or there is no such database.
    """
    with connect_to_read(settings, max(1, ceil(until_s - time.monotonic()))) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            yield connection


def load(
    connection: duckdb.DuckDBPyConnection, stored: psycopg.Connection, name: str, until_s: float
) -> None:
    """Make a table of the catalogue, with all of its rows.

    Raises:
        TimeoutError: it takes longer than until then, by the monotonic clock.
        psycopg.errors.QueryCanceled: PostgreSQL says so.
    """
    connection.execute(table_statements(name))
    schema = connection.table(name).limit(0).to_arrow_table().schema
    with stored.cursor(name="sql") as cursor:
        cursor.itersize = ROWS_AT_A_TIME
        cursor.execute(rows_statement(name).encode())
        while rows := cursor.fetchmany(ROWS_AT_A_TIME):
            if time.monotonic() > until_s:
                raise TimeoutError
            columns = zip(zip(*rows, strict=True), schema, strict=True)
            arrays = [pa.array(values, field.type) for values, field in columns]
            connection.register("incoming", pa.table(arrays, schema=schema))
            connection.execute(f"INSERT INTO {name} FROM incoming")
            connection.unregister("incoming")
