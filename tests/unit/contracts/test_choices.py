"""What a customer may choose."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError
from msgspec.json import decode, encode

from contracts.alerts import FOR_CUSTOMERS
from contracts.choices import KINDS_TO_CHOOSE, TAKES, Choice, Quiet, address_problem
from tests.unit.services.notifier.play import a_choice

GOOD = {
    "mail": ("ada@example.org", "a.b+c_d@sub.example.co.uk", "o'neil@x-y.example", "1@2.ex"),
    "name": ("ada", "ada-at_home-1", "A" * 64),
}
BAD = {
    "mail": (
        *("", "ada", "ada@", "@example.org", "ada@example", "a b@example.org", "ada@@example.org"),
        *("a@b.example,c@d.example", "<a@b.example>", "a@b.example\n", "a\r\nTo: x@y.example"),
        *(".a@b.example", "a..b@c.example", "a%b@c.example", "c.example!a@b.example"),
        *("a@-b.example", "a@b..example", "ä@b.example", "a@b.exämple", f"{'a' * 65}@b.example"),
        *(f"a@{'b' * 250}.example", "a@[127.0.0.1]", "a@127.0.0.1\x00"),
    ),
    "name": ("", "a/b", "..", "a b", "http://x", "a?b", "a#b", "a@b", "ä", "a\n", "A" * 65, "{x}"),
}


@pytest.mark.parametrize("takes", TAKES)
def test_addresses(takes: Any) -> None:  # noqa: ANN401
    for each in GOOD[takes]:
        assert address_problem(takes, each) is None, each
    for each in BAD[takes]:
        problem = address_problem(takes, each)
        assert problem is not None and "give" in problem, each


@given(st.text(max_size=40))
def test_no_address_has_what_would_make_it_another_one(text: str) -> None:
    if address_problem("name", text) is None:
        assert not set(text) & set("/:?#@%{} \r\n\\.")
    if address_problem("mail", text) is None:
        assert text.count("@") == 1
        assert not set(text) & set(' \r\n\t,;:<>()[]"\\%!\0')


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("customer", "", "customer is ''"),
        ("at_ms", -1, "at_ms is -1"),
        ("channel", "Home", "channel is 'Home'"),
        ("address", "secret:1", "address is none"),
        ("kinds", (), r"kinds is \[\]"),
        ("kinds", ("overload",), "give one or more of outage, meter_silent, unusual_use"),
        ("kinds", ("outage", "outage"), "each once"),
        ("zone", "Nowhere", "zone is 'Nowhere'"),
        ("language", "english", "language is 'english'"),
        ("quiet", Quiet("7:00", "22:00"), "quiet.begin is '7:00'"),
        ("quiet", Quiet("07:00", "25:00"), "quiet.end is '25:00'"),
        ("quiet", Quiet("07:00", "07:00"), "quiet is from 07:00 to the same"),
    ],
)
def test_what_cannot_be_is_told_by_field_and_remedy(field: str, value: Any, said: str) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=said) as error:
        a_choice(**({"customer": "c1"} | {field: value}))
    assert "give" in str(error.value)
    assert "secret" not in str(error.value)


def test_a_record_says_what_was_chosen_and_one_that_cannot_be_is_none() -> None:
    chosen = a_choice(quiet=Quiet("22:00", "07:00"))
    assert decode(encode(chosen), type=Choice) == chosen
    assert set(KINDS_TO_CHOOSE) == FOR_CUSTOMERS
    with pytest.raises(ValidationError):
        decode(encode(chosen).replace(b"c1@homes.example", b"http://x"), type=Choice)
