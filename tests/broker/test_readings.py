"""Readings over HTTP in the log, through a real API and broker, while either dies."""

import random
import time
from collections.abc import Iterator

import pytest

from chaos.posted import ALL, Posted, body
from contracts.settings import Settings
from tests.broker.conftest import Brokers

DEATHS = 5


@pytest.fixture
def posted(broker: Settings) -> Iterator[Posted]:
    """An API, and gateways that post to it."""
    with Posted(broker.model_copy(update={"namespace": "readings_test"})) as known:
        yield known


def each_once(posted: Posted) -> None:
    found = posted.arrived()
    assert set(found) == ALL
    assert set(found.values()) == {1}


def test_an_api_that_dies_five_times_loses_and_doubles_nothing(posted: Posted) -> None:
    chance = random.Random(1)
    with posted.posting():
        for death in range(DEATHS):
            posted.await_answers((death + 1) / (DEATHS + 2))
            time.sleep(chance.random() / 10)
            posted.kill()
            posted.begin()
    each_once(posted)
    # All of it once more: known again, also what was answered by an API of before.
    with posted.posting():
        pass
    each_once(posted)


def test_a_log_that_dies_is_waited_for(posted: Posted, brokers: Brokers) -> None:
    with posted.posting():
        posted.await_answers(1 / 10)
        brokers.kafka.kill()
        brokers.kafka.begin()
    each_once(posted)


def test_a_namespace_whose_producers_stamp_arrivals_takes_none(posted: Posted) -> None:
    posted.empty(posted.settings.model_copy(update={"readings_timestamp_type": "CreateTime"}))
    refused = posted.post(body(1, 1), None)
    assert refused.status_code == 409
    assert "LogAppendTime" in refused.json()["detail"]
    assert not posted.arrived()
