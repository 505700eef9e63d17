"""One namespace with all jobs for all logs that are written by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import pytest
from cassandra.cluster import EXEC_PROFILE_DEFAULT
from cassandra.query import dict_factory

from adapters.connect import cassandra_session
from contracts.history import keyspace
from contracts.settings import Settings
from contracts.time import DAY_MS
from tests.support.namespaces import fresh_namespace, submit

if TYPE_CHECKING:
    from cassandra.cluster import Session

FIRST_DAY_MS = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp() * 1_000)


@pytest.fixture(scope="package")
def by_hand(stack: Settings) -> Iterator[Settings]:
    """Settings of the namespace."""
    with fresh_namespace(stack, "test_by_hand") as settings:
        submit(settings)
        yield settings


@pytest.fixture(scope="package")
def days() -> Iterator[int]:
    """Midnights, epoch ms UTC: arrivals go on from module to module, never back."""
    return count(FIRST_DAY_MS, DAY_MS)


@pytest.fixture(scope="module")
def midnight_ms(days: Iterator[int]) -> int:
    """The beginning of a day that this module has to itself, epoch ms UTC."""
    return next(days)


@pytest.fixture(scope="module")
def cql(by_hand: Settings) -> Iterator["Session"]:
    """Session in the namespace's keyspace; rows are dictionaries."""
    session = cassandra_session(by_hand)
    session.set_keyspace(keyspace(by_hand))
    session.get_execution_profile(EXEC_PROFILE_DEFAULT).row_factory = dict_factory
    yield session
    session.cluster.shutdown()
