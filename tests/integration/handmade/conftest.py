"""One namespace with all jobs for all logs that are written by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import pytest
from cassandra.cluster import EXEC_PROFILE_DEFAULT
from cassandra.query import dict_factory
from pydantic import SecretStr

from adapters.connect import cassandra_session
from contracts.history import keyspace
from contracts.settings import RedisSettings, Settings
from contracts.time import DAY_MS
from tests.integration.handmade import (
    test_codecs,
    test_evil,
    test_field,
    test_last_millisecond,
    test_progress,
)
from tests.support.namespaces import fresh_namespace, submit
from tests.support.verify import verified

if TYPE_CHECKING:
    from cassandra.cluster import Session

    from verification.report import Report

FIRST_DAY_MS = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp() * 1_000)


REDIS_SECRET, CASSANDRA_SECRET = "a-secret-of-redis", "a-secret-of-cassandra"
"""Stores that ask nobody for a password take any."""

OTHERS_SECRET = "a-secret-of-somebody-else"


@pytest.fixture(scope="package")
def by_hand(stack: Settings) -> Iterator[Settings]:
    """Settings of the namespace, whose jobs have passwords, submitted from a shell that has
    another one in it."""
    redis = stack.redis.url.replace("redis://", f"redis://default:{REDIS_SECRET}@")
    with_secrets = stack.model_copy(
        update={
            "redis": RedisSettings(url=redis),
            "cassandra": stack.cassandra.model_copy(
                update={"username": "jobs", "password": SecretStr(CASSANDRA_SECRET)}
            ),
        }
    )
    with fresh_namespace(with_secrets, "test_by_hand") as settings:
        with pytest.MonkeyPatch.context() as shell:
            shell.setenv("WATTSTREAM_API_TOKEN", OTHERS_SECRET)
            submit(settings)
        yield settings


@pytest.fixture(scope="package")
def days() -> Iterator[int]:
    """Midnights, epoch ms UTC: arrivals go on from module to module, never back."""
    return count(FIRST_DAY_MS, DAY_MS)


@dataclass(frozen=True)
class Written:
    """Logs that need no look at the stores before the next one is written."""

    compressed: int
    """Readings of `test_codecs`."""
    evil: test_evil.Sent
    field: test_field.Sent


@pytest.fixture(scope="package")
def written(by_hand: Settings, days: Iterator[int]) -> Written:
    """Those, of modules that ask for `report`. The cases of the field come last: they are about
    what is live."""
    compressed = test_codecs.write(by_hand, next(days))
    evil = test_evil.write(by_hand, next(days))
    test_last_millisecond.write(by_hand, next(days))
    test_progress.write(by_hand, next(days))
    first_ms, second_ms = next(days), next(days)
    assert second_ms == first_ms + DAY_MS
    return Written(compressed, evil, test_field.write(by_hand, test_field.Day(first_ms)))


@pytest.fixture(scope="package")
def report(by_hand: Settings, written: Written) -> "Report":  # noqa: ARG001
    """What verification finds of them, once all of them are settled: in one go, as it is the
    waiting that takes the time. What modules write by themselves comes later."""
    return verified(by_hand)


@pytest.fixture(scope="module")
def midnight_ms(days: Iterator[int]) -> int:
    """The beginning of a day that this module has to itself, epoch ms UTC."""
    return next(days)


@pytest.fixture(scope="module")
def cql(by_hand: Settings) -> Iterator["Session"]:
    """Session in the namespace's keyspace; rows are dictionaries."""
    session = cassandra_session(by_hand.cassandra)
    session.set_keyspace(keyspace(by_hand))
    session.get_execution_profile(EXEC_PROFILE_DEFAULT).row_factory = dict_factory
    yield session
    session.cluster.shutdown()
