"""What a request to the notifier may say, and the example of the contract."""

import re
from typing import Any

import msgspec
import pytest

from contracts.notify_requests import (
    LONGEST_SILENCE_MS,
    Request,
    SendAgain,
    Silence,
    Unsilence,
)
from contracts.settings import PROJECT
from contracts.time import DAY_MS

NOW_MS = 1_764_363_600_000
SILENCE = Silence(
    "5f0c2a91", NOW_MS, "ada", "new cable", NOW_MS, NOW_MS + DAY_MS, kind="outage", area="gcpu"
)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": "a b"}, "id is 'a b': give 1 to 40"),
        ({"at_ms": -1}, "at_ms is -1: give"),
        ({"who": " "}, "who is ' ': give a name"),
        ({"why": " "}, "why is ' ': give a reason"),
        ({"why": "\x1b[2J"}, "why is .*: give it without control characters"),
        ({"until_ms": NOW_MS}, "give an end after the beginning"),
        ({"until_ms": NOW_MS + LONGEST_SILENCE_MS + 1}, "at most 14 days from now"),
        ({"kind": None, "area": None}, "it is of everything: give a kind, an area"),
        ({"incident": "nonsense"}, "'nonsense' is no id of an alert"),
    ],
)
def test_what_is_none_is_refused_with_the_field_and_what_to_give(
    fields: dict[str, Any], message: str
) -> None:
    values = {name: getattr(SILENCE, name) for name in SILENCE.__struct_fields__}
    with pytest.raises(ValueError, match=message):
        Silence(**(values | fields))


@pytest.mark.parametrize("kind", [Unsilence, SendAgain])
def test_whoever_asks_has_a_name(kind: type[Unsilence] | type[SendAgain]) -> None:
    with pytest.raises(ValueError, match="who is '': give a name"):
        kind("5f0c2a91", NOW_MS, "")


@pytest.mark.parametrize(
    "request_", [SILENCE, Unsilence("a", NOW_MS, "ada"), SendAgain("a", NOW_MS, "ada")]
)
def test_the_topic_says_which_request_it_is(request_: Request) -> None:
    assert msgspec.json.decode(msgspec.json.encode(request_), type=Request) == request_


def test_the_contracts_example_is_one_and_as_it_is_written() -> None:
    text = (PROJECT / "contracts" / "README.md").read_text()
    text = text.split("\n## Requests to the notifier\n")[1]
    example = re.search(r"```json\n(.+?)```", text, re.DOTALL)
    assert example is not None

    found = msgspec.json.decode(example[1], type=Request)

    assert isinstance(found, Silence)
    assert msgspec.json.decode(msgspec.json.encode(found)) == msgspec.json.decode(example[1])
