"""PostgreSQL: the client of a namespace's database."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import psycopg

from contracts.database import database
from contracts.settings import Settings
from contracts.time import MINUTE_MS

CONNECT_TIMEOUT_S = 10
READ_CONNECT_TIMEOUT_S = 3

EPOCH = datetime.fromtimestamp(0, UTC)

Each = TypeVar("Each")


def connect(settings: Settings) -> psycopg.Connection:
    """A connection to the namespace's database; without `transaction()` each statement is one.

    Raises:
        psycopg.OperationalError: the server does not answer, or there is no such database.
    """
    return _connect(settings, database(settings))


def connect_to_read(settings: Settings, statement_timeout_s: int) -> psycopg.Connection:
    """As `connect`, for who only reads and has somebody wait for it: no statement may take longer
    than that, and connecting no longer than a few seconds.

    Raises:
        psycopg.OperationalError: as `connect`.
    """
    return _connect(
        settings,
        database(settings),
        connect_timeout=READ_CONNECT_TIMEOUT_S,
        options=f"-c default_transaction_read_only=on -c statement_timeout={statement_timeout_s}s",
    )


def connect_to_server(settings: Settings) -> psycopg.Connection:
    """As `connect`, to the database that is there without any namespace."""
    return _connect(settings, urlsplit(settings.postgres.url).path.removeprefix("/") or "postgres")


def _connect(
    settings: Settings,
    name: str,
    *,
    connect_timeout: int = CONNECT_TIMEOUT_S,
    options: str | None = None,
) -> psycopg.Connection:
    return psycopg.connect(
        settings.postgres.url,
        dbname=name,
        autocommit=True,
        connect_timeout=connect_timeout,
        options=options,
        application_name="wattstream",
    )


def instant(ms: int) -> datetime:
    """Epoch milliseconds as PostgreSQL's clients have them."""
    return EPOCH + timedelta(milliseconds=ms)


def newest_as_of_ms(connection: psycopg.Connection) -> int:
    """The latest instant as of which masters stay what they are: a minute ago, and before every
    transaction began that has not ended, for what it recorded may have an earlier time than what
    was read meanwhile."""
    (newest,) = _one(
        connection.execute(
            """
            SELECT least(
                epoch_ms(clock_timestamp()) - %(minute)s,
                (
                    SELECT min(epoch_ms(xact_start)) - 1 FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                        AND backend_type = 'client backend'
                )
            )
            """,
            {"minute": MINUTE_MS},
        )
    )
    return int(newest)


def _one(rows: Iterable[Each]) -> Each:
    (row,) = rows
    return row
