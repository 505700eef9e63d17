"""What a note may say, and the example of the contract."""

import re
from typing import Any

import msgspec
import pytest

from contracts.notes import MAX_TEXT_LENGTH, MAX_WHO_LENGTH, Note
from contracts.reading import MAX_TS_MS
from contracts.settings import PROJECT

SEEN = Note("outage:sim-t-000143:1387815310000", 1_764_363_600_000, "ada", "acknowledged")


def test_a_note_needs_a_text_and_an_acknowledgement_none() -> None:
    assert SEEN.text == ""
    with pytest.raises(ValueError, match="text is ' ': give what there is to be noted"):
        Note(SEEN.id, SEEN.at_ms, SEEN.who, "note", " ")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": "sim-t-000143"}, "'sim-t-000143' is no id of an alert"),
        ({"at_ms": -1}, "at_ms is -1: give"),
        ({"at_ms": MAX_TS_MS + 1}, "at_ms is 4102444800001: give .* 4102444800000 at most"),
        ({"who": " "}, "who is ' ': give a name"),
        ({"who": "a\nb"}, r"who is 'a\\nb'"),
        ({"who": "w" * (MAX_WHO_LENGTH + 1)}, "who is 'www"),
        ({"text": "\x1b[2J"}, r"text is '\\x1b\[2J': give it without control characters"),
        ({"text": "\udcff"}, r"text is '\\udcff'"),
        ({"text": "t" * (MAX_TEXT_LENGTH + 1)}, "text has 2,001 characters: give 2,000 at most"),
    ],
)
def test_what_is_none_is_refused_with_the_field_and_what_to_give(
    fields: dict[str, Any], message: str
) -> None:
    values = {name: getattr(SEEN, name) for name in SEEN.__struct_fields__}
    with pytest.raises(ValueError, match=message):
        Note(**(values | fields))
    # Whoever reads it refuses it, too.
    if "\udcff" not in fields.get("text", ""):
        with pytest.raises(msgspec.ValidationError, match=message):
            msgspec.json.decode(msgspec.json.encode(values | fields), type=Note)


def test_the_longest_is_one_and_lines_are_fine() -> None:
    text = "ä\t\n" * (MAX_TEXT_LENGTH // 3)
    longest = Note(SEEN.id, MAX_TS_MS, "w" * MAX_WHO_LENGTH, "note", text)

    assert msgspec.json.decode(msgspec.json.encode(longest), type=Note) == longest


def test_the_contracts_example_is_a_note_and_as_it_is_written() -> None:
    text = (PROJECT / "contracts" / "README.md").read_text().split("\n## Notes\n")[1]
    example = re.search(r"```json\n(.+?)```", text, re.DOTALL)
    assert example is not None

    note = msgspec.json.decode(example[1], type=Note)

    assert msgspec.json.decode(msgspec.json.encode(note)) == msgspec.json.decode(example[1])
