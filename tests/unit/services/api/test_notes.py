"""What people say of alerts: under their names, once however often it is sent, and seen at once."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from contracts.notes import Note
from contracts.settings import Settings
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import NAMESPACE, OUTAGE, OVER, WALL


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Note]]:
    """What came to the topic; the real one is in tests/integration."""
    notes: list[Note] = []

    def say(settings: Settings, note: Note, timeout_s: float) -> None:
        assert timeout_s <= 5
        assert settings.namespace == NAMESPACE
        notes.append(note)

    monkeypatch.setattr("services.api.alerts.say", say)
    yield notes


def post(api: Api, path: str, token: str, key: str | None = None, **body: Any) -> httpx.Response:  # noqa: ANN401
    headers = {} if key is None else {"Idempotency-Key": key}
    return api.ask("POST", f"/v1/alerts/{path}", token, json=body, headers=headers)


def test_demand_13_who_took_it_and_when(api: Api, said: list[Note]) -> None:
    _, token = api.town.token(name="ada")
    _, other = api.town.token(name="bob")

    answer = post(api, f"{OUTAGE}/acknowledge", token, comment="A crew is on its way.")

    assert answer.status_code == 202
    assert (answer.json()["life"], answer.json()["acknowledged_by"]) == ("acknowledged", "ada")
    assert said == [Note(OUTAGE, WALL, "ada", "acknowledged", "A crew is on its way.")]
    api.forget()
    listed = {each["id"]: each for each in api.get("/v1/alerts", other).json()["items"]}
    assert listed[OUTAGE]["acknowledged_by"] == "ada"
    assert listed[OUTAGE]["acknowledged_at"] == "2025-11-29T07:06:40Z"
    story = api.get(f"/v1/alerts/{OUTAGE}", other).json()
    assert [each["text"] for each in story["notes"]] == [
        "A tree fell on the line.",
        "A crew is on its way.",
    ]
    # A customer is told that somebody looks after it, and nothing that people say to each other.
    _, customer = api.town.token("customer", customer="c-mine")
    told = api.get(f"/v1/alerts/{OUTAGE}", customer)
    assert told.json()["acknowledged_by"] == "the utility"
    assert not [word for word in ("ada", "crew", "tree") if word in told.text]


def test_demand_15_what_is_over_is_there_until_somebody_has_seen_it(
    api: Api,
    said: list[Note],  # noqa: ARG001
) -> None:
    _, token = api.town.token()
    assert post(api, f"{OVER}/acknowledge", token).json()["life"] == "closed"


def test_a_request_that_is_sent_again_is_the_same_note(api: Api, said: list[Note]) -> None:
    _, token = api.town.token()
    api.parts.now_ms = count(WALL).__next__
    for _ in range(3):
        assert post(api, f"{OUTAGE}/comment", token, "k1", text="Seen.").status_code == 202
    api.parts.now_ms = lambda: WALL
    assert len(said) == 3
    assert len(set(said)) == 1
    other = post(api, f"{OUTAGE}/comment", token, "k1", text="Something else.")
    assert (other.status_code, other.json()["type"]) == (409, "/problems/conflict")
    _, bob = api.town.token(name="bob")
    assert post(api, f"{OUTAGE}/comment", bob, "k1", text="Something else.").status_code == 202


def test_what_is_no_note_is_refused(api: Api, said: list[Note]) -> None:
    _, token = api.town.token()
    for path, body in (
        (f"{OUTAGE}/comment", {"text": " "}),
        (f"{OUTAGE}/comment", {"text": "x\x00"}),
        (f"{OUTAGE}/comment", {"text": "x" * 2_001}),
        (f"{OUTAGE}/comment", {}),
        (f"{OUTAGE}/acknowledge", {"comment": 7}),
        (f"{OUTAGE}/acknowledge", {"more": "x"}),
    ):
        assert post(api, path, token, **body).status_code == 422, body
    for an_id in ("outage:nowhere:1", "no-id", "outage:nowhere:x"):
        assert post(api, f"{an_id}/acknowledge", token).status_code == 404
    assert said == []
