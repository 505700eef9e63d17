"""A PostgreSQL without the stack, and a namespace in it for each test."""

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from adapters.postgres import connect, connect_to_server
from contracts.database import database as database_of
from contracts.settings import Settings
from infra.masters import provision_database
from tests.bills.london import archive
from tests.support.postgres_server import postgres_server

NUMBERS = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[Settings]:
    """Settings of one that is started for these tests."""
    with postgres_server() as settings:
        yield settings


@pytest.fixture(scope="session")
def empty(server: Settings) -> str:
    """The database of a namespace with all tables, to be copied: files of the schema take longer
    than what most tests do."""
    found = server.model_copy(update={"namespace": "bills"})
    provision_database(found)
    return database_of(found)


@pytest.fixture
def settings(server: Settings, empty: str, tmp_path: Path) -> Settings:
    """A namespace with all tables, empty, and an archive of its own."""
    found = server.model_copy(
        update={"namespace": f"bills_{next(NUMBERS)}", "data_dir": tmp_path / "data"}
    )
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with connect_to_server(server) as connection:
        connection.execute(copy.format(*map(sql.Identifier, (database_of(found), empty))))
    return found


@pytest.fixture(scope="session")
def year(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of a London home's year, to be linked from others."""
    found = server.model_copy(update={"data_dir": tmp_path_factory.mktemp("year")})
    archive(found)
    return found.archive_dir


@pytest.fixture
def archived(settings: Settings, year: Path) -> Settings:
    """The namespace with all readings of the year."""
    shutil.copytree(year, settings.archive_dir, copy_function=os.link)
    return settings


@pytest.fixture
def database(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection to it."""
    with connect(settings) as connection:
        yield connection
