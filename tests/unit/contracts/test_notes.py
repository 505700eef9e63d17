"""What a note may say, and the example of the contract."""

import re
from typing import Any

import msgspec
import pytest

from contracts.notes import MAX_TEXT_LENGTH, MAX_WHO_LENGTH, Note, What, care_of, in_order
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
        ({"assignee": "bob"}, "assignee is 'bob' of what was acknowledged: give it with"),
        ({"what": "assigned", "assignee": " "}, "assignee is ' ': give a name of 1 to 100"),
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


def a_word(what: What, at_s: int, who: str = "ada", assignee: str | None = None) -> Note:
    return Note(SEEN.id, at_s * 1_000, who, what, "x", assignee)


TAKEN, AGAIN = a_word("acknowledged", 1), a_word("acknowledged", 2, "bob")
BACK = a_word("unacknowledged", 3)
TO_BOB, TO_EVE = a_word("assigned", 4, assignee="bob"), a_word("assigned", 5, assignee="eve")
TO_NOBODY = a_word("assigned", 6)
LATER = a_word("acknowledged", 7, "eve")


@pytest.mark.parametrize(
    ("notes", "acknowledged", "assigned"),
    [
        ([], None, None),
        ([a_word("note", 1)], None, None),
        ([TAKEN, AGAIN], TAKEN, None),
        ([TAKEN, AGAIN, BACK], None, None),
        ([TAKEN, BACK, TO_BOB, LATER], LATER, TO_BOB),
        ([TO_BOB, TO_EVE], None, TO_EVE),
        ([TO_BOB, TO_EVE, TO_NOBODY], None, None),
        ([BACK, TAKEN], None, None),
    ],
)
def test_who_looks_after_it_is_what_was_said_last(
    notes: list[Note], acknowledged: Note | None, assigned: Note | None
) -> None:
    care = care_of(in_order(reversed(notes)))
    assert (care.acknowledged, care.assigned) == (acknowledged, assigned)


def test_what_has_no_new_word_is_written_as_ever() -> None:
    assert msgspec.json.encode(SEEN) == (
        b'{"id":"outage:sim-t-000143:1387815310000","at_ms":1764363600000,"who":"ada",'
        b'"what":"acknowledged"}'
    )
