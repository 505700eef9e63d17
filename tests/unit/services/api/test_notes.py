"""What people say of alerts: under their names, once however often it is sent, and seen at once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx
import pytest

from contracts.notes import Note
from contracts.settings import Settings
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import NAMESPACE, OUTAGE, OVER, WALL, an_alert


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


def test_who_took_it_may_give_it_back_and_somebody_else_take_it(api: Api, said: list[Note]) -> None:
    _, ada = api.town.token(name="ada")
    _, bob = api.town.token(name="bob")
    clock = count(WALL, 1_000)
    api.parts.now_ms = clock.__next__
    told = [
        post(api, f"{OUTAGE}/{path}", token, **body).json()
        for path, token, body in (
            ("acknowledge", ada, {}),
            ("unacknowledge", ada, {"comment": "My shift ends."}),
            ("assign", ada, {"assignee": "bob"}),
            ("acknowledge", bob, {}),
            ("assign", bob, {"assignee": None}),
        )
    ]
    api.parts.now_ms = lambda: WALL

    seen = [(each["life"], each["acknowledged_by"], each["assigned_to"]) for each in told]
    assert seen == [
        ("acknowledged", "ada", None),
        ("open", None, None),
        ("open", None, "bob"),
        ("acknowledged", "bob", "bob"),
        ("acknowledged", "bob", None),
    ]
    assert [each.what for each in said] == [
        *("acknowledged", "unacknowledged", "assigned", "acknowledged", "assigned"),
    ]
    story = api.get(f"/v1/alerts/{OUTAGE}", ada).json()
    assert (story["life"], story["acknowledged_by"]) == ("acknowledged", "bob")
    assert [each["assignee"] for each in story["notes"]] == [None] * 3 + ["bob", None, None]
    # A customer is told that somebody does, and does so no more, and no names.
    _, customer = api.town.token("customer", customer="c-mine")
    own = api.get(f"/v1/alerts/{OUTAGE}", customer)
    assert [each["what"] for each in own.json()["notes"]] == [
        *("acknowledged", "unacknowledged", "acknowledged"),
    ]
    assert not [word for word in ("ada", "bob", "shift") if word in own.text]


def test_what_changed_meanwhile_is_not_talked_over(api: Api, said: list[Note]) -> None:
    _, ada = api.town.token(name="ada")
    _, bob = api.town.token(name="bob")
    api.parts.now_ms = count(WALL).__next__
    listed = {each["id"]: each for each in api.get("/v1/alerts", ada).json()["items"]}
    story = api.get(f"/v1/alerts/{OUTAGE}", ada)
    tag = story.headers["ETag"]
    assert tag == f'"{listed[OUTAGE]["tag"]}"' == f'"{story.json()["tag"]}"'

    def take(token: str, if_match: str, key: str = "k") -> httpx.Response:
        headers = {"If-Match": if_match, "Idempotency-Key": key}
        path = f"/v1/alerts/{OUTAGE}/acknowledge"
        return api.ask("POST", path, token, json={}, headers=headers)

    first = take(ada, f'"other", {tag}')
    assert first.status_code == 202
    refused = take(bob, tag)
    assert (refused.status_code, refused.json()["type"]) == (412, "/problems/changed-meanwhile")
    assert [each.who for each in said] == ["ada"]
    # What is sent again is no other request.
    assert take(ada, tag).json() == first.json()
    assert take(ada, tag, "another").status_code == 412
    assert take(bob, first.headers["ETag"]).status_code == 202
    assert take(bob, "*", "again").status_code == 202
    assert take(bob, "no tag", "again-2").status_code == 412
    api.parts.now_ms = lambda: WALL
    # Another version is another alert than was seen.
    tag = api.get(f"/v1/alerts/{OUTAGE}", ada).headers["ETag"]
    newer = an_alert(OUTAGE, version=9, homes_count=48)
    api.town.alert(newer)
    assert take(ada, tag, "third").status_code == 412


def test_of_two_who_saw_the_same_one_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, speaking = threading.Event(), threading.Semaphore(0)

    def say(*_: object) -> None:
        speaking.release()
        go_on.wait(60)

    monkeypatch.setattr("services.api.alerts.say", say)
    _, token = api.town.token()
    tag = api.get(f"/v1/alerts/{OUTAGE}", token).headers["ETag"]

    def take() -> int:
        headers = {"If-Match": tag}
        path = f"/v1/alerts/{OUTAGE}/acknowledge"
        return api.ask("POST", path, token, json={}, headers=headers).status_code

    with ThreadPoolExecutor(3) as many:
        taken = [many.submit(take) for _ in range(3)]
        assert speaking.acquire(timeout=60)
        go_on.set()
        assert sorted(each.result() for each in taken) == [202, 412, 412]


def test_what_is_no_assignment_is_refused_with_its_place(api: Api, said: list[Note]) -> None:
    _, token = api.town.token()
    for body, pointer in (
        ({"assignee": " "}, "/body/assignee"),
        ({"assignee": "a\nb"}, "/body/assignee"),
        ({"assignee": "bob", "comment": "x\x00"}, "/body/comment"),
        ({}, "/body/assignee"),
        ({"assignee": "b" * 101}, "/body/assignee"),
    ):
        answer = post(api, f"{OUTAGE}/assign", token, **body)
        assert answer.status_code == 422, body
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert said == []
