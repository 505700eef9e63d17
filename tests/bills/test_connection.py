"""A PostgreSQL that is gone is found out, by either end."""

import socket
from pathlib import Path

import psycopg
import pytest

from adapters.postgres import connect, connect_to_read, cut_after
from contracts.settings import PostgresSettings, Settings


def test_both_ends_are_probed(settings: Settings) -> None:
    for connection in (connect(settings), connect_to_read(settings, 5)):
        with connection, socket.socket(fileno=connection.fileno()) as its:
            told = [
                its.getsockopt(*each)
                for each in (
                    (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
                    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
                    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
                    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
                )
            ]
            its.detach()
            of_server = [
                (connection.execute(f"SHOW tcp_{name}").fetchone() or ("",))[0]
                for name in ("keepalives_idle", "keepalives_interval", "keepalives_count")
            ]
            (given_up,) = connection.execute("SHOW tcp_user_timeout").fetchone() or ("",)
        # Without a word for 10 s it is asked each 5 s, and given up after the third time.
        assert told == [1, 10, 5, 3, 25_000]
        assert of_server == ["10", "5", "3"]
        # What it says and nobody confirms is given up as soon, in milliseconds.
        assert given_up == "25000"


def test_what_is_read_for_somebody_has_a_time_limit(settings: Settings) -> None:
    limits = []
    for connection in (connect_to_read(settings, 5), connect(settings)):
        with connection:
            limits.append(connection.execute("SHOW statement_timeout").fetchone())
    # A run may take as long as it does.
    assert limits == [("5s",), ("0",)]


def test_options_of_the_url_are_kept_but_for_what_is_needed(settings: Settings) -> None:
    mark = "&" if "?" in settings.postgres.url else "?"
    url = f"{settings.postgres.url}{mark}options=-c%20geqo%3Doff%20-c%20statement_timeout%3D77s"
    configured = settings.model_copy(update={"postgres": PostgresSettings(url=url)})

    with connect_to_read(configured, 5) as connection:
        found = [
            (connection.execute(f"SHOW {name}").fetchone() or ("",))[0]
            for name in ("geqo", "statement_timeout", "tcp_keepalives_idle")
        ]

    assert found == ["off", "5s", "10"]


def test_who_waits_too_long_is_told(settings: Settings) -> None:
    open_before = _open_files()
    with (
        connect(settings) as connection,
        pytest.raises(psycopg.OperationalError),
        cut_after(connection, 0.05),
    ):
        connection.execute("SELECT pg_sleep(60)")
    with connect(settings) as connection:
        with cut_after(connection, 60):
            connection.execute("SELECT 1")
        # In time: it is used on.
        assert connection.execute("SELECT 2").fetchone() == (2,)
    assert _open_files() == open_before


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
