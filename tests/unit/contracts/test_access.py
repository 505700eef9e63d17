"""What is kept of a token opens nothing, and nobody is given more than the role may have."""

import math

import pytest
from msgspec.json import encode

from contracts.access import (
    OF_CUSTOMERS,
    SCOPES,
    Role,
    Scope,
    all_named_by,
    matches,
    named_by,
    new_credential,
    taken_apart,
)


def test_the_secret_is_told_once_and_kept_nowhere() -> None:
    token, text = new_credential("demo", "token", name="ada", role="operator", now_ms=7)
    held = taken_apart(text)

    assert held is not None
    assert (held.kind, held.namespace, held.id) == ("token", "demo", token.id)
    assert matches(token, held.secret)
    assert not matches(token, "0" * 48)
    assert held.secret not in encode(token).decode()
    other, _ = new_credential("demo", "token", name="ada", role="operator", now_ms=7)
    assert other.id != token.id and not matches(other, held.secret)


@pytest.mark.parametrize(
    "text",
    ["", "wst_", "Bearer x", "wst_demo-0123abcd_" + "0" * 47, "wsx_demo-0123abcd_" + "0" * 48],
)
def test_what_is_no_token_is_none(text: str) -> None:
    assert taken_apart(text) is None
    _, token = new_credential("a_b", "session", name="x", role="operator", now_ms=0)
    assert taken_apart(token + "0") is None
    assert taken_apart(token.upper()) is None
    assert (found := taken_apart(token)) is not None and found.namespace == "a_b"


@pytest.mark.parametrize(
    ("role", "scopes", "customer", "words"),
    [
        ("service", None, None, "may do nothing"),
        ("customer", None, None, "give the role `customer`"),
        ("operator", None, "c-1", "no other role"),
        ("customer", ("read:areas",), "c-1", "scope read:areas is none of the role customer"),
        ("customer", ("admin:tokens",), "c-1", "none of the role customer"),
    ],
)
def test_what_does_not_go_together_is_refused(
    role: Role, scopes: tuple[Scope, ...] | None, customer: str | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        new_credential(
            "demo", "token", name="x", role=role, now_ms=0, scopes=scopes, customer=customer
        )


@pytest.mark.parametrize("per_second", [0.0, 0.09, 1_000.1, math.nan, math.inf])
def test_a_rate_that_is_none_is_refused(per_second: float) -> None:
    with pytest.raises(ValueError, match=r"per_second is .*: give 0\.1 to 1000"):
        new_credential("demo", "token", name="x", role="operator", now_ms=0, per_second=per_second)


def test_a_role_has_its_scopes() -> None:
    operator, _ = new_credential("demo", "token", name="x", role="operator", now_ms=0)
    customer, _ = new_credential("d", "token", name="x", role="customer", now_ms=0, customer="c")
    admin, _ = new_credential(
        "d", "token", name="x", role="operator", now_ms=0, scopes=SCOPES, meters=("*",)
    )
    not_theirs = {"admin:tokens", "write:choice", "write:readings"}
    assert set(SCOPES) - set(operator.scopes) == not_theirs
    assert set(customer.scopes) == OF_CUSTOMERS
    assert admin.scopes == SCOPES
    with pytest.raises(ValueError, match="name is"):
        new_credential("demo", "token", name=" ", role="operator", now_ms=0)


@pytest.mark.parametrize(
    ("scopes", "meters", "words"),
    [
        (("write:readings",), None, "name the meters"),
        (("write:readings",), (), "name the meters"),
        (("read:live",), ("m1",), "without it none"),
        (("write:readings",), ("m1", "a b"), "meters has 'a b': give an id"),
        (("write:readings",), ("m*1",), "give an id"),
        (("write:readings",), ("m" * 65,), "give an id"),
        (("write:readings",), ("m" * 64 + "*",), "give an id"),
        (("write:readings",), ("",), "give an id"),
        (("write:readings",), ("m",) * 1_001, "meters has 1001 names: give 1000 at most"),
    ],
)
def test_meters_go_with_the_scope_that_writes_them(
    scopes: tuple[Scope, ...], meters: tuple[str, ...] | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words.replace("*", r"\*")):
        new_credential(
            "d", "token", name="gw", role="service", now_ms=0, scopes=scopes, meters=meters
        )


def test_a_token_names_meters_by_id_or_by_their_beginning() -> None:
    named = named_by(("m1", "gw7:*"))
    assert [
        each for each in ("m1", "m11", "m", "gw7:a", "gw7:", "gw7", "xgw7:a") if named(each)
    ] == [
        *("m1", "gw7:a", "gw7:"),
    ]
    assert named_by(("*",))("anything")
    assert not named_by(())("m1")


@pytest.mark.parametrize(
    ("meters", "wanted", "are"),
    [
        (("gw7:*",), ("gw7:a", "gw7:b*", "gw7:*"), True),
        (("gw7:*",), ("gw7*",), False),
        (("gw7:*",), ("*",), False),
        (("gw7:*", "m1"), ("m1",), True),
        (("m1",), ("m1*",), False),
        (("*",), ("*", "m1"), True),
        ((), ("m1",), False),
        ((), (), True),
    ],
)
def test_nobody_gives_others_meters_that_are_not_the_own(
    meters: tuple[str, ...], wanted: tuple[str, ...], are: bool
) -> None:
    assert all_named_by(meters, wanted) is are


def test_what_was_revoked_or_has_expired_holds_no_more() -> None:
    token, _ = new_credential("d", "token", name="x", role="operator", now_ms=0, expires_ms=10)
    assert token.holds(9)
    assert not token.holds(10)
