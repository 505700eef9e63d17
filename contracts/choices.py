"""What customers choose: by which channel they are told of what concerns their own home, and when
not; values of the topic of choices, and as Redis has them.

A choice is a JSON object, key = the customer. The newest counts, and one without a value takes it
back.
"""

import re
from collections.abc import Iterable
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from msgspec import Struct

from contracts.access import MAX_NAME_LENGTH
from contracts.alerts import FOR_CUSTOMERS, KINDS, Kind
from contracts.reading import MAX_TS_MS

Takes = Literal["mail", "name"]
"""What a channel takes for an address: that of a mailbox, or a name at a service which the utility
has chosen, such as a topic of ntfy. Never a URL: the utility's machines ask no address that a
customer makes up."""
TAKES: tuple[Takes, ...] = get_args(Takes)

KINDS_TO_CHOOSE: tuple[Kind, ...] = tuple(each for each in KINDS if each in FOR_CUSTOMERS)

MAX_ADDRESS_LENGTH = 254
"""RFC 5321."""
CHANNEL_PATTERN = r"[a-z][a-z0-9-]{0,39}"
TIME_PATTERN = r"([01][0-9]|2[0-3]):[0-5][0-9]"
LANGUAGE_PATTERN = r"[a-z]{2}"

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESSES: dict[Takes, re.Pattern[str]] = {
    # ASCII without quotes, and without signs by which servers of before sent mail elsewhere.
    "mail": re.compile(
        rf"[A-Za-z0-9_+&'=~/#-]+(\.[A-Za-z0-9_+&'=~/#-]+)*@{_LABEL}(\.{_LABEL})+", re.ASCII
    ),
    "name": re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII),
}
_WANTED: dict[Takes, str] = {
    "mail": "give the address of a mailbox, such as ada@example.org, without accents and quotes",
    "name": "give 1 to 64 of A-Z, a-z, 0-9, _ and -, and no URL",
}


class Quiet(Struct, frozen=True, gc=False):
    """Hours in which a customer is told nothing, by the clock of the zone that was chosen."""

    begin: str
    """Hours and minutes, such as 22:00."""
    end: str
    """Without it; of the next day if it is no later."""


class Choice(Struct, frozen=True, omit_defaults=True, gc=False):
    """How a customer wants to be told.

    Raises:
        ValueError: a field has a value that it must not have; says which, and what it may be, and
            never shows the address.
    """

    customer: str
    """As the registry has it."""
    at_ms: int
    """When it was chosen, epoch ms by the clock on the wall."""
    channel: str
    """One of those that the utility offers."""
    address: str
    """In that channel. In no log, no error and no answer but the customer's own."""
    kinds: tuple[Kind, ...]
    """Of KINDS_TO_CHOOSE, one at least."""
    zone: str
    """Whose times texts have, and quiet hours; IANA."""
    language: str
    """Of texts, two letters."""
    quiet: Quiet | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.customer) <= MAX_NAME_LENGTH:
            raise ValueError(
                f"customer is {self.customer!r}: give 1 to {MAX_NAME_LENGTH} characters"
            )
        if not 0 <= self.at_ms <= MAX_TS_MS:
            raise ValueError(
                f"at_ms is {self.at_ms}: give milliseconds since 1970, {MAX_TS_MS} at most"
            )
        if not re.fullmatch(CHANNEL_PATTERN, self.channel):
            raise ValueError(
                f"channel is {self.channel!r}: give one that the utility offers by name"
            )
        if all(address_problem(each, self.address) for each in TAKES):
            raise ValueError(f"address is none: {' or '.join(_WANTED.values())}")
        if not self.kinds or not _are_kinds(self.kinds):
            raise ValueError(
                f"kinds is {list(self.kinds)!r}: give one or more of {', '.join(KINDS_TO_CHOOSE)}, "
                "each once"
            )
        if not is_zone(self.zone):
            raise ValueError(
                f'zone is {self.zone!r}: give a zone of the IANA list, such as "Europe/Berlin"'
            )
        if not re.fullmatch(LANGUAGE_PATTERN, self.language):
            raise ValueError(f'language is {self.language!r}: give two letters, such as "en"')
        if self.quiet is not None:
            _check_quiet(self.quiet)

    @property
    def key(self) -> str:
        """The customer."""
        return self.customer


def _are_kinds(kinds: Iterable[Kind]) -> bool:
    those = list(kinds)
    return len(set(those)) == len(those) and set(those) <= FOR_CUSTOMERS


def _check_quiet(quiet: Quiet) -> None:
    for name, value in (("begin", quiet.begin), ("end", quiet.end)):
        if not re.fullmatch(TIME_PATTERN, value, re.ASCII):
            raise ValueError(f'quiet.{name} is {value!r}: give hours and minutes, such as "22:00"')
    if quiet.begin == quiet.end:
        raise ValueError(
            f"quiet is from {quiet.begin} to the same: give two times, or leave it out"
        )


def address_problem(takes: Takes, address: str) -> str | None:
    """What to give in the place of an address that a channel cannot take; does not show it. None
    if it can."""
    of_length = len(address) <= MAX_ADDRESS_LENGTH and len(address.partition("@")[0]) <= 64
    if of_length and _ADDRESSES[takes].fullmatch(address):
        return None
    return _WANTED[takes]


def is_zone(name: str) -> bool:
    """Whether the IANA list has a zone of that name."""
    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        return False
    return True


def choices_key(namespace: str) -> str:
    """Redis: hash of choices by the customer, each a Choice as JSON. Their topic is the truth; what
    Redis loses, the notifier shows again."""
    return f"{namespace}:choices"
