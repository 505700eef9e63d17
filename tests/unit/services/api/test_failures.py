"""Errors are said as what they are: a part that is away, one that says no, and one that lacks
something."""

import asyncio

import pytest
from cassandra import InvalidRequest, OperationTimedOut, Unavailable

from contracts.errors import OperationError
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import OUTAGE


def test_what_is_not_there_is_not_a_store_that_is_away(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, token = api.town.token()
    failure: Exception

    async def fails(*_: object) -> None:
        raise failure

    monkeypatch.setattr("tests.unit.services.api.life.Kept.alert_versions", fails)
    monkeypatch.setattr("services.api.alerts.say", lambda *_: asyncio.run(fails()))
    for failure, status, word in (
        (InvalidRequest("Keyspace 'town' does not exist"), 503, "no history"),
        (InvalidRequest("Undefined column name ours"), 500, "API's log"),
        (OperationTimedOut(), 504, "in time"),
        (Unavailable("none"), 503, "Cassandra does not answer"),
    ):
        answer = api.get("/v1/alerts/outage:nowhere:1", token)
        assert (answer.status_code, word in answer.json()["detail"]) == (status, True), failure
    monkeypatch.undo()
    failure = OperationError("there is no topic town.notes")
    monkeypatch.setattr("services.api.alerts.say", lambda *_: asyncio.run(fails()))
    answer = api.ask("POST", f"/v1/alerts/{OUTAGE}/acknowledge", token, json={})
    assert (answer.status_code, "Kafka" in answer.text) == (503, False)
