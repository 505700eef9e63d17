"""Settings of an OpenID provider, and who its claims say that somebody is."""

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.oidc import OidcSettings, Person, person_of
from contracts.settings import Settings

WHOLE = {"issuer": "https://id.example/realm/", "client_id": "c", "operators": "grid"}


def settings(**more: Any) -> OidcSettings:  # noqa: ANN401
    return OidcSettings(**WHOLE | more)


def test_it_is_off_unless_an_issuer_is_given() -> None:
    assert Settings(_env_file=None).oidc.issuer is None  # type: ignore[call-arg]


def test_variables_of_the_environment_set_it(monkeypatch: pytest.MonkeyPatch) -> None:
    given = WHOLE | {"client_secret": "s3cret", "role_claim": "groups", "page_url": "https://p.org"}
    for name, value in given.items():
        monkeypatch.setenv(f"WATTSTREAM_OIDC_{name.upper()}", value)
    found = Settings(_env_file=None).oidc  # type: ignore[call-arg]
    assert (found.issuer, found.role_claim) == ("https://id.example/realm", "groups")
    assert found.client_secret is not None
    assert found.client_secret.get_secret_value() == "s3cret"
    assert "s3cret" not in f"{found!r} {found}"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"issuer": "http://id.example"}, "https://"),
        ({"issuer": "https://user@id.example"}, "without a user"),
        ({"issuer": "https://id.example/?a=b"}, "without a query"),
        ({"issuer": "id.example"}, "https://"),
        ({"page_url": "http://page.example"}, "https://"),
        ({"client_id": ""}, "client_id is empty"),
        ({"scopes": "profile"}, "add openid"),
        ({"operators": " , "}, "nobody could sign in"),
    ],
)
def test_what_is_wrong_is_said(more: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(**more)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000", "http://localhost", "http://[::1]:80/a"])
def test_of_this_machine_it_may_be_without_tls(url: str) -> None:
    assert settings(issuer=url).issuer == url


@pytest.mark.parametrize(
    ("claims", "person"),
    [
        ({"roles": "grid", "name": "Ada"}, Person("Ada", "operator", None)),
        ({"roles": ["x", "grid"], "sub": "7"}, Person("7", "operator", None)),
        # Who works for the utility and is its customer, too, works for it here.
        (
            {"roles": ["grid", "home"], "customer": "1", "email": "a@b.c"},
            Person("a@b.c", "operator", None),
        ),
        ({"roles": ["home"], "customer": "c-1", "name": "B"}, Person("B", "customer", "c-1")),
        ({"roles": ["home"], "customer": 12, "name": "B"}, Person("B", "customer", "12")),
        ({"roles": ["home"], "name": "B"}, None),
        ({"roles": ["home"], "customer": "a\nb"}, None),
        ({"roles": ["GRID"]}, None),
        ({"roles": [["grid"]]}, None),
        ({"roles": None}, None),
        ({}, None),
    ],
)
def test_who_somebody_is(claims: dict[str, Any], person: Person | None) -> None:
    assert person_of(claims, settings(customers="home")) == person


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "  ", "preferred_username": "ada"}, "ada"),
        ({"name": "A\u202eda\n"}, "Ada"),
        ({"name": "x" * 200}, "x" * 100),
        ({"name": 7}, "somebody"),
    ],
)
def test_a_name_can_be_shown(claims: dict[str, Any], name: str) -> None:
    found = person_of({"roles": "grid"} | claims, settings())
    assert found is not None
    assert found.name == name


def test_the_claims_that_count_are_the_settings() -> None:
    of = settings(role_claim="groups", customers="home", customer_claim="account")
    claims = {"groups": ["home"], "account": "c-9", "name": "B", "roles": ["grid"], "customer": "1"}
    assert person_of(claims, of) == Person("B", "customer", "c-9")
