"""What a message says, before it is put into words: totals, examples and ids, of any language.

A message is the same at every try: its id and all that it says are settled when it is to be sent.
"""

from typing import NamedTuple

from msgspec import Struct

from contracts.alerts import Kind, Severity
from contracts.choices import Choice
from contracts.deliveries import Why

MOST_EXAMPLES = 5
MOST_IDS = 500
"""Ids of alerts in one part; the numbers beside them count all."""
MOST_IDS_IN_ALL = 2_000
"""In all parts of a digest, shared evenly."""
MOST_PARTS = 1_000
"""Of a digest, so that receivers take it; the rest is for the next one."""


class Example(Struct, frozen=True, omit_defaults=True):
    """An alert as a message names it."""

    id: str
    subject: str
    severity: Severity
    begin_ms: int
    end_ms: int | None = None
    homes: int = 0
    text: str = ""
    """Its evidence, a sentence for people."""


class Part(Struct, frozen=True, omit_defaults=True):
    """What there is to say of one group."""

    group: str
    rule: str
    kind: Kind
    why: Why
    severity: Severity
    """The severest of those that are open, or of all when none is."""
    place: str
    begin_ms: int
    """When the earliest began."""
    alerts: int
    """In the group."""
    alerts_open: int
    examples: tuple[Example, ...]
    """At most MOST_EXAMPLES: those that are open first, the severest first."""
    end_ms: int | None = None
    """When the last ended; None while one is open."""
    opened: tuple[str, ...] = ()
    """Ids of alerts that are told here first, at most MOST_IDS; they may be over."""
    opened_count: int = 0
    ended: tuple[str, ...] = ()
    """Ids of alerts of which is told here that they are over, likewise."""
    ended_count: int = 0
    homes: int = 0
    """Hit, of each feeder by its worst outage, added up."""
    homes_out: int = 0
    is_link: bool = False
    """Of outages: all of them are links that are lost, and the homes have power."""
    flapping: int = 0
    """How often one subject went off and on again, in the group, if that is what there is."""
    meters: tuple[str, ...] = ()
    """Of a message to a customer: whose of the own homes it hits."""
    used_wh: float | None = None
    """Of unusual use, to a customer: what was used, ..."""
    usual_wh: float | None = None
    """... and what is usual."""


class Message(Struct, frozen=True, omit_defaults=True):
    """One message to one channel."""

    id: str
    """32 hexadecimal digits, settled with what it says, so that a second try, or one after a crash,
    has the same one and receivers collapse the two; no other message has it."""
    channel: str
    at_ms: int
    """When it was settled."""
    parts: tuple[Part, ...]
    """One; of a digest, or to a customer, perhaps more."""
    is_digest: bool = False
    """Whether it is what there was no room for, or too much of, put together."""
    customer: str | None = None
    """To whom it goes, by a channel of customers; None: to who reads the channel. Where that
    customer is reached is in the choice alone."""


class Letter(NamedTuple):
    """A message to a customer, and how that customer wants to be told."""

    message: Message
    choice: Choice
