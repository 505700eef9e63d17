"""What is no note stops nobody who reads notes."""

import msgspec

from adapters.redis_notes import notes_of
from contracts.notes import Note

SEEN = Note("outage:sim-t-000143:1387815310000", 1_764_363_600_000, "ada", "acknowledged")


def test_what_is_no_note_is_passed_over() -> None:
    good = msgspec.json.encode(SEEN)
    bad = [
        b"",
        b"{",
        b"[]",
        b'{"id": "\xff"}',
        good.replace(b"ada", b""),
        good.replace(b"ack", b""),
        good.replace(b"1764363600000", b"1000000000000000"),
        b"[" * 100_000,
        good.replace(b"{", b'{"since": ' + b"[" * 1_000 + b"]" * 1_000 + b", ", 1),
        good.replace(b"{", b'{"since": ' + b'{"a": ' * 1_000 + b"1" + b"}" * 1_000 + b", ", 1),
    ]

    assert list(notes_of([*bad, good, b"null"])) == [SEEN]
    # What a later build adds to it does not make it none.
    assert list(notes_of([good.replace(b"{", b'{"since": 1, ', 1)])) == [SEEN]
