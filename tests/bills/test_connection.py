"""A PostgreSQL that is gone is found out, by either end."""

import socket

from adapters.postgres import connect, connect_to_read
from contracts.settings import Settings


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
                (connection.execute(f"SHOW tcp_keepalives_{name}").fetchone() or ("",))[0]
                for name in ("idle", "interval", "count")
            ]
        # Without a word for 10 s it is asked each 5 s, and given up after the third time.
        assert told == [1, 10, 5, 3, 25_000]
        assert of_server == ["10", "5", "3"]


def test_what_is_read_for_somebody_has_a_time_limit(settings: Settings) -> None:
    limits = []
    for connection in (connect_to_read(settings, 5), connect(settings)):
        with connection:
            limits.append(connection.execute("SHOW statement_timeout").fetchone())
    # A run may take as long as it does.
    assert limits == [("5s",), ("0",)]
