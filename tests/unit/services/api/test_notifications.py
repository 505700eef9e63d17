"""How people are told, as the API says it of what a notifier has shown in Redis."""

from typing import Any

import pytest
from msgspec.json import encode

from adapters.redis_notifier import show
from contracts.deliveries import AWAY_MS, ChannelNow, Delivery, Gist, channel_field
from contracts.notify_requests import Request, SendAgain, Silence, Unsilence
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import NAMESPACE, OUTAGE, WALL
from tests.unit.services.notifier.play import Play
from tests.unit.services.notifier.told import seen

HOUR_S = 3_600


def get(api: Api, path: str = "") -> Any:  # noqa: ANN401
    _, token = api.town.token(name="ada")
    answer = api.get(f"/v1/notifications{path}", token)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_no_notifier_has_run(api: Api) -> None:
    found = get(api)
    assert (found["state"], found["seen_at"], found["rules"], found["dead"]) == (
        *("never", None, [], []),
    )
    assert get(api, "/messages") == {"items": [], "next": None}


def test_rules_and_channels_as_they_are_read(api: Api, told: Play) -> None:
    found = get(api)
    assert (found["state"], found["seen_at"]) == ("runs", "2025-11-29T07:06:40Z")
    (rule,) = found["rules"]
    assert (rule["name"], rule["to"], rule["escalate_to"], rule["kinds"]) == (
        *("all", ["duty"], ["chief"], None),
    )
    channels = {each["name"]: each for each in found["channels"]}
    assert channels.keys() == {"duty", "chief"}
    assert (channels["duty"]["problem"], channels["duty"]["on_its_way"]) == (None, None)
    assert (channels["duty"]["max_per_hour"], channels["duty"]["last_hour"]) == (20, 0)
    seen(api.town.client, NAMESPACE, told, WALL - AWAY_MS - 1)
    assert get(api)["state"] == "away"


def test_who_was_told_of_what(api: Api, told: Play) -> None:
    went = [each for _, each in told.sent if each.channel == "duty"]
    found = get(api, "/messages")["items"]
    assert [each["id"] for each in found] == [each.id for each in reversed(went)]
    assert [each["groups"][0]["why"] for each in found] == ["repeated", "repeated", "opened"]
    assert {each["groups"][0]["subject"] for each in found} == {"feeder-12"}
    assert get(api, f"/messages?alert={OUTAGE}")["items"] == found
    assert get(api, "/messages?alert=outage:feeder-9:1")["items"] == []
    assert get(api, "/messages?channel=duty")["items"] == found
    assert get(api, "/messages?channel=chief")["items"] == []


@pytest.mark.usefixtures("told")
def test_messages_to_customers_are_told_apart(api: Api) -> None:
    gist = Gist("outage", "opened", "customers", "major", "feeder-12", 1, 1, 1, (OUTAGE,))
    went = Delivery(
        *("f" * 32, "home-mail", WALL - 70_000, "arrived", WALL - 60_000, 1, (gist,)),
        customer="c-mine",
    )
    show(api.town.client, NAMESPACE, {}, {}, at_customers={encode(went): went.since_ms})
    api.forget()
    (only,) = get(api, "/messages?to=customers")["items"]
    assert (only["id"], only["customer"], only["channel"]) == ("f" * 32, "c-mine", "home-mail")
    duty = get(api, "/messages?to=duty")["items"]
    assert [each["customer"] for each in duty] == [None] * 3
    assert get(api, f"/messages?alert={OUTAGE}")["items"] == [only, *duty]


@pytest.mark.usefixtures("offered")
def test_a_channel_that_customers_choose_says_how_many_are_on_their_way(api: Api) -> None:
    waiting = encode(ChannelNow(waiting=3, problem="it answers 500"))
    show(api.town.client, NAMESPACE, {channel_field("home-mail"): waiting}, {})
    channels = {each["name"]: each for each in get(api)["channels"]}
    mail, push = channels["home-mail"], channels["home-push"]
    assert (mail["for_customers"], mail["waiting"], mail["problem"]) == (True, 3, "it answers 500")
    assert (push["for_customers"], push["waiting"], push["max_per_hour"]) == (True, 0, 4)


@pytest.mark.usefixtures("told")
def test_the_list_of_messages_goes_on(api: Api) -> None:
    _, token = api.town.token()
    found: list[str] = []
    path = "/v1/notifications/messages?limit=1"
    while True:
        page = api.get(path, token).json()
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        path = f"/v1/notifications/messages?limit=1&cursor={page['next']}"
    assert found == [each["id"] for each in get(api, "/messages")["items"]]
    assert len(found) == 3
    assert api.get("/v1/notifications/messages?cursor=none", token).status_code == 400


@pytest.mark.usefixtures("told")
def test_what_did_not_arrive_is_tried_again(api: Api, asked: list[Request]) -> None:
    (dead,) = get(api)["dead"]
    assert (dead["channel"], dead["state"], dead["problem"], dead["again_at"]) == (
        *("chief", "dead", "it answers 500", None),
    )
    _, token = api.town.token(name="ada")
    path = f"/v1/notifications/messages/{dead['id']}/again"
    answer = api.ask("POST", path, token)
    assert answer.status_code == 202
    assert answer.json()["again_at"] == "2025-11-29T07:06:40Z"
    assert asked == [SendAgain(dead["id"], WALL, "ada")]
    assert get(api)["dead"] == [answer.json()]
    assert api.ask("POST", f"/v1/notifications/messages/{'0' * 32}/again", token).status_code == 404
    assert len(asked) == 1


@pytest.mark.usefixtures("told")
def test_silences_are_asked_for_and_ended(api: Api, asked: list[Request]) -> None:
    _, token = api.town.token(name="ada")
    (before,) = get(api)["silences"]
    assert (before["why"], before["kind"], before["area"]) == ("planned work", "overload", "gcpu")
    body = {"why": "new cable", "for_s": 4 * HOUR_S, "incident": OUTAGE}
    answer = api.ask("POST", "/v1/silences", token, json=body)
    assert answer.status_code == 202
    made = answer.json()
    assert (made["who"], made["asked_at"]) == ("ada", "2025-11-29T07:06:40Z")
    assert made["ends_at"] == "2025-11-29T11:06:40Z"
    (request,) = asked
    assert isinstance(request, Silence)
    assert (request.id, request.incident, request.until_ms) == (
        *(made["id"], OUTAGE, WALL + 4 * HOUR_S * 1_000),
    )
    assert get(api)["silences"] == [before, made]
    ended = api.ask("DELETE", f"/v1/silences/{made['id']}", token)
    assert (ended.status_code, ended.json()) == (202, made)
    assert asked[1:] == [Unsilence(made["id"], WALL, "ada")]
    assert get(api)["silences"] == [before]
    assert api.ask("DELETE", f"/v1/silences/{made['id']}", token).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"why": "x", "for_s": HOUR_S}, "/body"),
        ({"why": " ", "for_s": HOUR_S, "kind": "outage"}, "/body/why"),
        ({"why": "", "for_s": HOUR_S, "kind": "outage"}, "/body/why"),
        ({"why": "x", "for_s": 0, "kind": "outage"}, "/body/for_s"),
        ({"why": "x", "for_s": 15 * 86_400, "kind": "outage"}, "/body/for_s"),
        ({"why": "x", "for_s": HOUR_S, "kind": "storm"}, "/body/kind"),
        ({"why": "x", "for_s": HOUR_S, "area": "a"}, "/body/area"),
        ({"why": "x", "for_s": HOUR_S, "incident": "hunter2"}, "/body/incident"),
        ({"why": "x", "for_s": HOUR_S, "kind": "outage", "who": "bob"}, "/body/who"),
    ],
)
def test_a_silence_that_cannot_be(
    api: Api, asked: list[Request], body: dict[str, Any], pointer: str
) -> None:
    _, token = api.town.token()
    answer = api.ask("POST", "/v1/silences", token, json=body)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert "hunter2" not in answer.text
    assert asked == []
