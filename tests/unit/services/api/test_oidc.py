"""Signing in by an OpenID provider: who is let in, and all that is not believed."""

import logging
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from contracts.access import SESSION_MS
from contracts.oidc import OidcSettings
from services.api import provider as providers
from services.api.provider import provider_of
from tests.support.oidc_provider import (
    CLIENT,
    SECRET,
    ProviderDouble,
    new_key,
    oidc_provider,
    shared,
    signed,
    unsigned,
)
from tests.unit.services.api.conftest import NO_TLS, Api
from tests.unit.services.api.town import GAS, MINE, NAMESPACE, WALL

NOW_S = WALL // 1_000
OPERATOR = {"name": "Ada L.", "roles": ["staff", "grid"]}
CUSTOMER = {"preferred_username": "ben", "roles": "home", "customer": "c-mine"}


@pytest.fixture
def double() -> Iterator[ProviderDouble]:
    with oidc_provider(NOW_S) as found:
        found.claims = dict(OPERATOR)
        yield found


@pytest.fixture
def by(api: Api, double: ProviderDouble) -> Iterator[httpx.Client]:
    """A browser, of an API that people sign in to by the double."""
    oidc = OidcSettings(
        issuer=double.url,
        client_id=CLIENT,
        client_secret=SECRET,  # type: ignore[arg-type]
        page_url=api.url,
        namespace=NAMESPACE,
        name="Example",
        operators="grid, control",
        customers="home",
    )
    settings = api.parts.settings.model_copy(update={"oidc": oidc})
    with (
        patch.object(api.parts, "settings", settings),
        patch.object(api.parts, "provider", provider_of(settings)),
        httpx.Client(base_url=api.url, verify=NO_TLS, timeout=120) as browser,
    ):
        yield browser


def left(by: httpx.Client, to: str = "/system") -> str:
    """Where the provider sends a browser back to."""
    sent = by.get("/v1/session/oidc", params={"to": to})
    assert sent.status_code == 303, sent.text
    back = httpx.get(sent.headers["Location"], verify=NO_TLS)
    assert back.status_code == 302
    return str(back.headers["Location"])


def signed_in(by: httpx.Client, to: str = "/system") -> str:
    """Where a browser is led in the end."""
    answer = by.get(left(by, to))
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def who(by: httpx.Client) -> dict[str, Any] | None:
    """Who is signed in."""
    answer = by.get("/v1/session")
    return answer.json() if answer.status_code == 200 else None


def test_an_operator_is_let_in_and_led_where_one_wanted_to_go(by: httpx.Client) -> None:
    assert by.get("/v1/session/ways").json() == {"provider": "Example"}
    assert signed_in(by, "/alerts?state=open") == "/alerts?state=open"
    found = who(by)
    assert found is not None
    assert (found["name"], found["role"], found["customer"]) == ("Ada L.", "operator", None)
    assert (found["namespace"], found["by"]) == (NAMESPACE, "session")
    assert "admin:tokens" not in found["scopes"]
    assert by.get(f"/v1/meters/{MINE}").status_code == 200


def test_a_customer_sees_the_own_meters_alone(by: httpx.Client, double: ProviderDouble) -> None:
    double.claims = dict(CUSTOMER)
    assert signed_in(by) == "/system"
    found = who(by)
    assert found is not None
    assert (found["name"], found["role"], found["customer"]) == ("ben", "customer", "c-mine")
    assert {each["meter_id"] for each in by.get("/v1/meters").json()["items"]} == {MINE, GAS}
    assert by.get("/v1/meters/home-neighbours").status_code == 404
    assert by.get("/v1/fleet/now").status_code == 403


def test_the_session_is_a_cookie_that_no_script_reads_and_ends_as_others_do(
    by: httpx.Client, api: Api
) -> None:
    answer = by.get(left(by))
    session, state = (
        each for each in sorted(answer.headers.get_list("set-cookie"), key=len, reverse=True)
    )
    assert session.startswith("wattstream=wss_")
    assert "HttpOnly" in session and "SameSite=strict" in session
    assert f"Max-Age={SESSION_MS // 1_000}" in session
    assert state.startswith("wattstream-sign-in=") and "Max-Age=0" in state
    # Who may list tokens finds it, and ends it.
    _, admin = api.town.token("operator", "admin:tokens")
    (listed,) = [
        each for each in api.get("/v1/tokens", admin).json()["items"] if each["name"] == "Ada L."
    ]
    assert who(by) is not None
    ended = api.ask("DELETE", f"/v1/tokens/{listed['id']}", admin, headers={"X-WattStream": "1"})
    assert ended.status_code < 300
    assert who(by) is None


BENT: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "of another issuer": lambda claims: claims | {"iss": "https://elsewhere.example"},
    "of no issuer": lambda claims: _without(claims, "iss"),
    "for another client": lambda claims: claims | {"aud": "somebody-else"},
    "for others": lambda claims: claims | {"aud": ["somebody-else", "another"]},
    "for nobody": lambda claims: _without(claims, "aud"),
    "for several, of another": lambda claims: claims | {"aud": [CLIENT, "x"], "azp": "x"},
    "for several, of nobody": lambda claims: claims | {"aud": [CLIENT, "x"]},
    "of another party": lambda claims: claims | {"azp": "x"},
    "over": lambda claims: claims | {"exp": NOW_S - 61},
    "without an end": lambda claims: _without(claims, "exp"),
    "with an end in words": lambda claims: claims | {"exp": "tomorrow"},
    "of the future": lambda claims: claims | {"iat": NOW_S + 3_600},
    "without a begin": lambda claims: _without(claims, "iat"),
    "not yet good": lambda claims: claims | {"nbf": NOW_S + 3_600},
    "of another sign-in": lambda claims: claims | {"nonce": "another"},
    "of no sign-in": lambda claims: _without(claims, "nonce"),
    "of nobody": lambda claims: _without(claims, "sub"),
}


def _without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


@pytest.mark.parametrize("name", BENT)
def test_a_token_that_is_wrong_is_not_believed(
    by: httpx.Client, double: ProviderDouble, name: str
) -> None:
    double.bend = BENT[name]
    assert signed_in(by) == "/sign-in#refused=not-believed"
    assert who(by) is None
    double.bend = lambda claims: claims
    assert signed_in(by) == "/system"


def test_a_token_for_several_that_is_this_clients_is_believed(
    by: httpx.Client, double: ProviderDouble
) -> None:
    double.bend = lambda claims: claims | {"aud": [CLIENT, "x"], "azp": CLIENT, "exp": NOW_S - 30}
    assert signed_in(by) == "/system"


def forged(double: ProviderDouble) -> dict[str, Callable[[dict[str, Any]], str]]:
    """Tokens that are right but for their signature."""
    kid = str(double.key.kid)
    public = double.key.as_bytes(encoding="PEM", private=False)

    def changed(claims: dict[str, Any]) -> str:
        head, _, signature = signed(double.key, claims).split(".")
        _, body, _ = signed(double.key, claims | {"roles": "control"}).split(".")
        return f"{head}.{body}.{signature}"

    return {
        "by another key of that name": lambda claims: signed(new_key(kid), claims),
        "by a key of another name": lambda claims: signed(new_key("second"), claims),
        "by the secret": lambda claims: shared(SECRET.encode(), kid, claims),
        "by the public key as a secret": lambda claims: shared(public, kid, claims),
        "by nobody": unsigned,
        "changed": changed,
        "no token": lambda _: "a.b.c",
    }


@pytest.mark.parametrize("number", range(7))
def test_a_signature_that_is_not_the_providers_is_not_believed(
    by: httpx.Client, double: ProviderDouble, number: int
) -> None:
    double.sign = list(forged(double).values())[number]
    assert signed_in(by) == "/sign-in#refused=not-believed"
    assert who(by) is None


def test_a_new_key_of_the_provider_is_found(
    by: httpx.Client, double: ProviderDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert signed_in(by) == "/system"
    double.key = new_key("second")
    # Not at once: whoever sends nonsense would have it asked for keys all the time.
    assert signed_in(by) == "/sign-in#refused=not-believed"
    monkeypatch.setattr(providers, "KEYS_AGAIN_S", -1.0)
    assert signed_in(by) == "/system"


def test_the_browser_that_comes_back_is_the_one_that_left(by: httpx.Client, api: Api) -> None:
    with httpx.Client(base_url=api.url, verify=NO_TLS) as another:
        back = left(by)
        assert another.get(back).headers["Location"] == "/sign-in#refused=expired"
        # One that has begun by itself, too.
        left(another)
        assert another.get(back).headers["Location"] == "/sign-in#refused=expired"
        assert who(another) is None
    assert by.get(back).headers["Location"] == "/system"


@pytest.mark.parametrize("state", ["", "x", "é", None])
def test_a_state_that_nobody_was_given_is_refused(by: httpx.Client, state: str | None) -> None:
    code = parse_qs(urlsplit(left(by)).query)["code"][0]
    given = {"code": code} | ({} if state is None else {"state": state})
    answer = by.get("/v1/session/oidc/callback", params=given)
    assert answer.headers["Location"] == "/sign-in#refused=expired"
    if state:
        # Nor is one that the browser made up.
        by.cookies.set("wattstream-sign-in", "x", domain="127.0.0.1", path="/")
        again = by.get("/v1/session/oidc/callback", params=given | {"state": "x"})
        assert again.headers["Location"] == "/sign-in#refused=expired"
    assert who(by) is None


def test_who_comes_back_twice_is_let_in_once(by: httpx.Client) -> None:
    back = left(by)
    cookie = f"wattstream-sign-in={by.cookies['wattstream-sign-in']}"
    assert by.get(back).headers["Location"] == "/system"
    by.cookies.clear()
    again = by.get(back, headers={"Cookie": cookie})
    assert again.headers["Location"] == "/sign-in#refused=expired"
    assert who(by) is None


def test_a_code_that_the_provider_does_not_know_is_refused(by: httpx.Client) -> None:
    state = parse_qs(urlsplit(left(by)).query)["state"][0]
    answer = by.get("/v1/session/oidc/callback", params={"code": "made-up", "state": state})
    assert answer.headers["Location"] == "/sign-in#refused=not-believed"


def test_who_is_denied_there_is_denied_here(by: httpx.Client, double: ProviderDouble) -> None:
    double.denies = True
    assert signed_in(by) == "/sign-in#refused=denied"


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"roles": ["staff"]},
        {"roles": "grid,control"},
        {"roles": {"grid": True}},
        {"roles": ["home"]},
        {"roles": ["home"], "customer": ""},
        {"roles": ["home"], "customer": ["c-mine"]},
        {"roles": ["home"], "customer": True},
        {"roles": ["home"], "customer": "x" * 101},
        {"customer": "c-mine"},
    ],
)
def test_who_has_no_role_here_is_not_let_in(
    by: httpx.Client, double: ProviderDouble, claims: dict[str, Any]
) -> None:
    double.claims = claims
    assert signed_in(by) == "/sign-in#refused=no-role"
    assert who(by) is None


def test_a_provider_that_is_away_is_told_of(by: httpx.Client, double: ProviderDouble) -> None:
    double.is_away = True
    answer = by.get("/v1/session/oidc")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in#refused=away")
    double.is_away = False
    back = left(by)
    double.is_away = True
    assert by.get(back).headers["Location"] == "/sign-in#refused=away"


def test_a_provider_that_speaks_for_another_is_not_asked(
    by: httpx.Client, double: ProviderDouble
) -> None:
    double.issuer = "https://elsewhere.example"
    assert by.get("/v1/session/oidc").headers["Location"] == "/sign-in#refused=away"


@pytest.mark.parametrize(
    "to", ["//elsewhere.example", "/\\elsewhere.example", "https://x", "x", ""]
)
def test_it_leads_nowhere_else(by: httpx.Client, to: str) -> None:
    assert signed_in(by, to) == "/"


def test_without_a_provider_there_is_none(api: Api) -> None:
    assert api.get("/v1/session/ways").json() == {"provider": None}
    for path in ("/v1/session/oidc", "/v1/session/oidc/callback?code=a&state=b"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


def test_demand_10_no_secret_is_in_an_address_an_answer_or_a_log(
    by: httpx.Client, double: ProviderDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="services")
    seen: list[str] = []

    def hear(answer: httpx.Response) -> None:
        answer.read()
        shown = {k: v for k, v in answer.headers.items() if k != "set-cookie"}
        seen.append(f"{answer.status_code} {shown} {answer.text}")

    by.event_hooks["response"].append(hear)
    back = left(by)
    state = by.cookies["wattstream-sign-in"]
    by.get(back)
    double.bend = BENT["over"]
    signed_in(by)
    double.bend = lambda claims: claims
    code = parse_qs(urlsplit(back).query)["code"][0]
    by.get("/v1/session/oidc/callback", params={"code": code, "state": "x" * 300})
    verifiers = [
        parse_qs(each.rpartition(" ")[2])["code_verifier"][0]
        for each in double.heard
        if each.startswith("POST")
    ]
    assert len(verifiers) == 2
    # What requests are for is logged by nobody (`services.api.serve.configured`); pytest listens to
    # loggers that are off, too, and so turns that one on; httpx tells of this test's own requests.
    others = ("uvicorn.access", "httpx")
    said = [each.getMessage() for each in caplog.records if each.name not in others]
    told = [*seen, *said]
    secrets = [SECRET, code, *verifiers, *double.tokens, *by.cookies.values()]
    assert [text for text in told for each in secrets if each in text] == []
    # What the provider is sent to by an address is what everybody may know, and the state.
    assert [each for each in double.heard if "GET" in each and SECRET in each] == []
    assert [text for text in told if state in text] == seen[:1]
