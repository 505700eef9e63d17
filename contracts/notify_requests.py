"""What people ask of the notifier, as values of its topic of requests: to be silent of something
for a while, to speak again before, and to send again what did not arrive.

A request is a JSON object, key = its `id`. One that is there again asks for nothing more.
"""

import re
from typing import TypeAlias

from msgspec import Struct

from contracts.alerts import Alert, Kind, id_parts
from contracts.notes import check_name, check_text
from contracts.reading import MAX_TS_MS
from contracts.time import DAY_MS

LONGEST_SILENCE_MS = 14 * DAY_MS
"""From when it is asked for to its end: what nobody wants to hear of, rules leave out."""


class Silence(Struct, frozen=True, omit_defaults=True, tag="silence"):
    """Alerts that are not told for a while, as somebody wants it: those to which all applies.

    Raises:
        ValueError: a field has a value that it must not have; says which, and what it may be.
    """

    id: str
    """1 to 40 of a-z, 0-9 and -."""
    at_ms: int
    """When it was asked for, epoch ms by the clock of who asks."""
    who: str
    """As of a note."""
    why: str
    from_ms: int
    """By the clock on the wall, as is the end, whatever time alerts are of."""
    until_ms: int
    kind: Kind | None = None
    area: str | None = None
    """How it begins."""
    subject: str | None = None
    incident: str | None = None
    """The id of an alert: all that is told in one message with it."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9-]{1,40}", self.id):
            raise ValueError(f"id is {self.id!r}: give 1 to 40 of a-z, 0-9, -")
        _check_asked(self.at_ms, self.who)
        check_text("why", self.why)
        if not self.why.strip():
            raise ValueError(f"why is {self.why!r}: give a reason, for those who wonder")
        if not 0 <= self.from_ms < self.until_ms <= self.at_ms + LONGEST_SILENCE_MS:
            raise ValueError(
                f"it is from {self.from_ms} to {self.until_ms}: give an end after the beginning, "
                f"at most {LONGEST_SILENCE_MS // DAY_MS} days from now"
            )
        if not any((self.kind, self.area, self.subject, self.incident)):
            raise ValueError("it is of everything: give a kind, an area, a subject or an incident")
        if self.incident is not None:
            id_parts(self.incident)

    @property
    def key(self) -> str:
        """Its id."""
        return self.id

    def may_cover(self, alert: Alert, now_ms: int) -> bool:
        """Whether an alert is not told now, if it is told with that of `incident`."""
        return (
            self.from_ms <= now_ms < self.until_ms
            and self.kind in (None, alert.kind)
            and self.subject in (None, alert.subject)
            and (self.area is None or alert.area.startswith(self.area))
        )


class Unsilence(Struct, frozen=True, tag="unsilence"):
    """A silence ends before its time."""

    id: str
    """The silence's."""
    at_ms: int
    who: str

    def __post_init__(self) -> None:
        _check_asked(self.at_ms, self.who)


class SendAgain(Struct, frozen=True, tag="send_again"):
    """A message that did not arrive is tried again, for a day."""

    id: str
    """The message's."""
    at_ms: int
    who: str

    def __post_init__(self) -> None:
        _check_asked(self.at_ms, self.who)


Request: TypeAlias = Silence | Unsilence | SendAgain


def _check_asked(at_ms: int, who: str) -> None:
    if not 0 <= at_ms <= MAX_TS_MS:
        raise ValueError(f"at_ms is {at_ms}: give milliseconds since 1970, {MAX_TS_MS} at most")
    check_name("who", who)
