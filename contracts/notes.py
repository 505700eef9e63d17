"""Notes: what people say of alerts, as values of their topic and as Redis has them.

A note is a JSON object, key = the alert's id. It stands beside the alert and changes nothing of it,
so that an alert remains a function of the log; readers join the two. A note that is there again is
the same one.
"""

import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

from msgspec import Struct

from contracts.alerts import id_parts
from contracts.reading import MAX_TS_MS

What = Literal["acknowledged", "unacknowledged", "assigned", "note"]
"""That somebody looks after it, or does so no more; who is to look after it; or something that
others should know."""
WHATS: tuple[What, ...] = get_args(What)

MAX_WHO_LENGTH = 100
MAX_TEXT_LENGTH = 2_000
_LINES = "\n\t"


class Note(Struct, frozen=True, omit_defaults=True):
    """What somebody says of an alert.

    Raises:
        ValueError: a field has a value that it must not have; says which, and what it may be.
    """

    id: str
    """The alert's, whether there is such an alert or not yet."""
    at_ms: int
    """When it was said, epoch ms by the clock of who says it, 0 to MAX_TS_MS: people live by the
    wall's, whatever time the alert is of."""
    who: str
    """1 to MAX_WHO_LENGTH characters on one line."""
    what: What
    text: str = ""
    """At most MAX_TEXT_LENGTH characters; not empty of a `note`."""
    assignee: str | None = None
    """Of `assigned`: who is to look after it, as `who`; None is nobody."""

    def __post_init__(self) -> None:
        id_parts(self.id)
        if not 0 <= self.at_ms <= MAX_TS_MS:
            raise ValueError(
                f"at_ms is {self.at_ms}: give milliseconds since 1970, {MAX_TS_MS} at most"
            )
        check_name("who", self.who)
        if self.assignee is not None:
            check_name("assignee", self.assignee)
            if self.what != "assigned":
                raise ValueError(
                    f"assignee is {self.assignee!r} of what was {self.what}: give it with "
                    "`assigned` alone"
                )
        check_text("text", self.text)
        if self.what == "note" and not self.text.strip():
            raise ValueError(f"text is {self.text!r}: give what there is to be noted")


class Care(NamedTuple):
    """Who looks after an alert, by all that was said of it."""

    acknowledged: Note | None
    """Where somebody said so first, since nobody did any more."""
    assigned: Note | None
    """Where somebody is to look after it: the last word of that."""


def care_of(notes: Iterable[Note]) -> Care:
    """Who looks after an alert.

    Args:
        notes: All of the alert, in their order.
    """
    acknowledged: Note | None = None
    assigned: Note | None = None
    for note in notes:
        if note.what == "acknowledged":
            acknowledged = acknowledged or note
        elif note.what == "unacknowledged":
            acknowledged = None
        elif note.what == "assigned":
            assigned = note if note.assignee is not None else None
    return Care(acknowledged, assigned)


def in_order(notes: Iterable[Note]) -> list[Note]:
    """Notes of an alert by their times, whenever each came."""
    return sorted(notes, key=_place)


def _place(note: Note) -> tuple[int, str, str, str, str]:
    return note.at_ms, note.who, note.what, note.text, note.assignee or ""


def check_name(field: str, name: str) -> None:
    """See that it names somebody.

    Raises:
        ValueError: it does not; names the field.
    """
    if not name.strip() or len(name) > MAX_WHO_LENGTH or _controls(name):
        raise ValueError(
            f"{field} is {name!r}: give a name of 1 to {MAX_WHO_LENGTH} characters, none of them "
            "a control character"
        )


def check_text(field: str, text: str) -> None:
    """See that people can read it.

    Raises:
        ValueError: they cannot; names the field.
    """
    if len(text) > MAX_TEXT_LENGTH:
        raise ValueError(f"{field} has {len(text):,} characters: give {MAX_TEXT_LENGTH:,} at most")
    if _controls(text, _LINES):
        raise ValueError(
            f"{field} is {text!r}: give it without control characters but for new lines and tabs"
        )


def _controls(text: str, but: str = "") -> bool:
    """Whether it has characters that no reader should print, or that no JSON can say."""
    return any(unicodedata.category(each) in ("Cc", "Cs") for each in text if each not in but)


def notes_key(namespace: str, an_id: str) -> str:
    """Redis: set of the notes of an alert, each as JSON."""
    return f"{namespace}:alerts:notes:{an_id}"
