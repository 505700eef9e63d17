"""PostgreSQL: the client of a namespace's database."""

import os
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from contracts.database import database
from contracts.settings import Settings
from contracts.time import MINUTE_MS

CONNECT_TIMEOUT_S = 10
READ_CONNECT_TIMEOUT_S = 3
QUIET_S, PROBE_S, PROBES = 10, 5, 3
"""After so long without a word the other end is probed, so often and so many times. One that is
gone is found out within half a minute, by the client, and by the server, which holds its locks."""
GONE_MS = 1_000 * (QUIET_S + PROBE_S * PROBES)

_PROBED = (
    f"-c tcp_keepalives_idle={QUIET_S} -c tcp_keepalives_interval={PROBE_S} "
    f"-c tcp_keepalives_count={PROBES} -c tcp_user_timeout={GONE_MS}"
)

EPOCH = datetime.fromtimestamp(0, UTC)

Each = TypeVar("Each")


def connect(settings: Settings) -> psycopg.Connection:
    """A connection to the namespace's database; without `transaction()` each statement is one. It
    ends when the other end is gone, and whoever waits is told.

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


@contextmanager
def cut_after(connection: psycopg.Connection, seconds: float) -> Iterator[None]:
    """End a connection if it is still in use then. A server that hangs keeps no time limit of its
    own, and answers probes: whoever waits for it is told, as if it had gone.
    """
    # A duplicate stays this connection's: the number of one that was closed may be another's.
    with socket.socket(fileno=os.dup(connection.fileno())) as its:
        timer = threading.Timer(seconds, _cut, [its])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _cut(its: socket.socket) -> None:
    with suppress(OSError):
        its.shutdown(socket.SHUT_RDWR)


def connect_to_server(settings: Settings) -> psycopg.Connection:
    """As `connect`, to the database that is there without any namespace."""
    return _connect(settings, urlsplit(settings.postgres.url).path.removeprefix("/") or "postgres")


def _connect(
    settings: Settings,
    name: str,
    *,
    connect_timeout: int = CONNECT_TIMEOUT_S,
    options: str = "",
) -> psycopg.Connection:
    url = settings.postgres.url
    # Of two values of an option the last one holds: what is given here.
    configured = conninfo_to_dict(url).get("options") or ""
    return psycopg.connect(
        url,
        dbname=name,
        autocommit=True,
        connect_timeout=connect_timeout,
        keepalives=1,
        keepalives_idle=QUIET_S,
        keepalives_interval=PROBE_S,
        keepalives_count=PROBES,
        tcp_user_timeout=GONE_MS,
        options=f"{configured} {_PROBED} {options}".strip(),
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
