"""Moves go on after a database that was away."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from chaos.moves import Moves
from contracts.settings import Settings

ENOUGH = 40


class Database:
    """Takes statements, and is away in between: for connections, and in the middle of one."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.connected = 0
        self.rowcount = 1
        self.enough = threading.Event()

    @contextmanager
    def connect(self, _: Settings) -> Iterator["Database"]:
        self.connected += 1
        if self.connected == 2:
            raise psycopg.OperationalError("not there yet")
        yield self

    def execute(self, statement: str, _: object) -> "Database":
        if self.connected == 1 and len(self.statements) == ENOUGH // 2:
            raise psycopg.OperationalError("gone")
        self.statements.append(statement.split()[0])
        if len(self.statements) == ENOUGH:
            self.enough.set()
        return self


def test_moves_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database()
    monkeypatch.setattr("chaos.moves.connect", database.connect)

    with Moves(Settings(), 7) as moves:
        assert database.enough.wait(300)

    assert moves.committed == len(database.statements) >= ENOUGH
    assert moves.left == database.statements.count("DELETE")
    assert moves.interrupted == 2
    assert set(database.statements) == {"INSERT", "DELETE"}


def test_whoever_stops_while_the_database_is_away_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    away = threading.Event()

    def connect(_: Settings) -> None:
        away.set()
        raise psycopg.OperationalError("gone")

    monkeypatch.setattr("chaos.moves.connect", connect)

    with Moves(Settings(), 7) as moves:
        assert away.wait(300)

    assert (moves.committed, moves.interrupted >= 1) == (0, True)
