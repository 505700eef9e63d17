"""How a customer is told of the own home: chosen by the customer, and by nobody else."""

from typing import Any

import pytest
from msgspec.json import decode, encode

from contracts.choices import Choice, Quiet, choices_key
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.town import NAMESPACE, WALL

PATH = "/v1/choice"
BODY: dict[str, Any] = {
    "channel": "home-mail",
    "address": "ada@homes.example",
    "kinds": ["outage", "unusual_use"],
    "quiet": {"begin": "22:00", "end": "07:00"},
    "zone": "Europe/London",
    "language": "de",
}
MADE = Choice(
    customer="c-mine",
    at_ms=WALL,
    channel="home-mail",
    address="ada@homes.example",
    kinds=("outage", "unusual_use"),
    zone="Europe/London",
    language="de",
    quiet=Quiet("22:00", "07:00"),
)


def mine(api: Api) -> str:
    return api.town.token("customer", customer="c-mine")[1]


@pytest.mark.usefixtures("offered")
def test_a_customer_chooses_sees_it_at_once_and_takes_it_back(
    api: Api, chosen: list[Choice | str]
) -> None:
    token = mine(api)
    before = api.get(PATH, token).json()
    assert before == {
        "channels": [
            {"name": "home-mail", "takes": "mail"},
            {"name": "home-push", "takes": "name"},
        ],
        "kinds": ["outage", "meter_silent", "unusual_use"],
        "languages": ["en", "de", "fr"],
        "choice": None,
    }
    answer = api.ask("PUT", PATH, token, json=BODY)
    assert answer.status_code == 202
    assert answer.json() == {**BODY, "chosen_at": "2025-11-29T07:06:40Z"}
    assert chosen == [MADE]
    assert api.get(PATH, token).json() == {**before, "choice": answer.json()}
    other = {**BODY, "channel": "home-push", "address": "ada-at-home", "quiet": None}
    assert api.ask("PUT", PATH, token, json=other).json()["address"] == "ada-at-home"
    for _ in range(2):
        assert api.ask("DELETE", PATH, token).status_code == 204
    assert chosen[2:] == ["c-mine", "c-mine"]
    assert api.get(PATH, token).json() == before


@pytest.mark.usefixtures("offered", "chosen")
def test_nobody_sees_or_sets_what_another_has_chosen(api: Api) -> None:
    api.ask("PUT", PATH, mine(api), json=BODY)
    _, neighbour = api.town.token("customer", customer="c-neighbours")
    assert api.get(PATH, neighbour).json()["choice"] is None
    api.ask("PUT", PATH, neighbour, json={**BODY, "address": "ben@homes.example"})
    api.ask("DELETE", PATH, neighbour)
    assert api.get(PATH, mine(api)).json()["choice"]["address"] == "ada@homes.example"
    _, operator = api.town.token()
    _, service = api.town.token("service", "write:choice")
    for method, body in (("GET", None), ("PUT", BODY), ("DELETE", None)):
        assert api.ask(method, PATH, operator, json=body).status_code == 403
        absent = api.ask(method, PATH, service, json=body)
        assert absent.status_code == 404
        assert "ada@" not in absent.text


def test_a_token_that_reads_alone_sets_nothing(api: Api, chosen: list[Choice | str]) -> None:
    _, token = api.town.token("customer", "read:alerts", customer="c-mine")
    refused = api.ask("PUT", PATH, token, json=BODY)
    assert (refused.status_code, chosen) == (403, [])
    assert "write:choice" in refused.json()["detail"]


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"channel": "duty"}, "/body/channel", "home-mail, home-push"),
    ({"channel": "Home"}, "/body/channel", "pattern"),
    ({"address": "hunter2"}, "/body/address", "the address of a mailbox"),
    ({"address": "hunter2@x.example\nBcc: y@z.example"}, "/body/address", "of a mailbox"),
    ({"address": "hunter2@localhost"}, "/body/address", "of a mailbox"),
    ({"address": '"hunter2"@x.example'}, "/body/address", "of a mailbox"),
    ({"channel": "home-push", "address": "https://hunter2.example"}, "/body/address", "no URL"),
    ({"channel": "home-push", "address": "../hunter2"}, "/body/address", "no URL"),
    ({"channel": "home-push", "address": "hunter2@x.example"}, "/body/address", "no URL"),
    ({"kinds": []}, "/body/kinds", "at least 1"),
    ({"kinds": ["overload"]}, "/body/kinds", "outage, meter_silent, unusual_use"),
    ({"kinds": ["outage", "outage"]}, "/body/kinds", "each once"),
    ({"zone": "Mars/Olympus"}, "/body/zone", "IANA"),
    ({"zone": "../../etc/passwd"}, "/body/zone", "IANA"),
    ({"language": "it"}, "/body/language", "en, de, fr"),
    ({"quiet": {"begin": "24:00", "end": "07:00"}}, "/body/quiet/begin", "pattern"),
    ({"quiet": {"begin": "07:00", "end": "07:00"}}, "/body/quiet", "two times"),
    ({"customer": "c-neighbours"}, "/body/customer", "not permitted"),
]


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(("part", "pointer", "remedy"), WRONG)
def test_a_choice_that_cannot_be_is_told_by_field_and_remedy(
    api: Api, chosen: list[Choice | str], part: dict[str, Any], pointer: str, remedy: str
) -> None:
    answer = api.ask("PUT", PATH, mine(api), json={**BODY, **part})
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert remedy in error["detail"]
    assert "hunter2" not in answer.text
    assert chosen == []


def test_where_the_utility_offers_nothing_nothing_is_chosen(
    api: Api, chosen: list[Choice | str]
) -> None:
    token = mine(api)
    assert api.get(PATH, token).json()["channels"] == []
    answer = api.ask("PUT", PATH, token, json=BODY)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/body/channel", "detail": "the utility offers none yet"}
    ]
    # What was chosen before can be taken back all the same.
    assert api.ask("DELETE", PATH, token).status_code == 204
    assert chosen == ["c-mine"]


@pytest.mark.usefixtures("offered", "chosen")
def test_what_is_shown_is_what_the_notifier_shows(api: Api) -> None:
    api.ask("PUT", PATH, mine(api), json=BODY)
    shown = api.town.client.hgetall(choices_key(NAMESPACE))
    assert shown == {"c-mine": encode(MADE).decode()}
    assert decode(shown["c-mine"], type=Choice) == MADE


@pytest.mark.usefixtures("offered")
def test_while_kafka_is_away_nothing_is_chosen(api: Api) -> None:
    """Nobody plays the topic here."""
    answer = api.ask("PUT", PATH, mine(api), json=BODY)
    assert answer.status_code == 503
    assert api.get(PATH, mine(api)).json()["choice"] is None
