"""How a customer is told of the own home: what there is to choose from, and what was chosen."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts import choices
from contracts.alerts import Kind
from contracts.choices import (
    CHANNEL_PATTERN,
    KINDS_TO_CHOOSE,
    LANGUAGE_PATTERN,
    MAX_ADDRESS_LENGTH,
    TIME_PATTERN,
    Takes,
)
from contracts.deliveries import Notifier
from services.api.answers.shapes import Answer, Moment, moment

Time = Annotated[str, Field(pattern=f"^{TIME_PATTERN}$", examples=["22:00"])]


class OfferedChannel(Answer):
    """A channel that customers may choose."""

    name: str
    takes: Takes
    """What its address is: that of a mailbox (`mail`), or a `name` at a service that the utility
    has chosen."""


class QuietHours(BaseModel):
    """Hours in which nothing is sent; it is sent when they end."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    begin: Time
    """By the clock of the zone that was chosen."""
    end: Time
    """Of the next day if it is no later than `begin`."""


class Choice(Answer):
    """How a customer wants to be told."""

    channel: str
    address: str
    kinds: list[Kind]
    quiet: QuietHours | None
    zone: str
    language: str
    chosen_at: Moment


class Choosing(Answer):
    """What a customer may choose from, and what it has chosen."""

    channels: list[OfferedChannel]
    """Empty: the utility offers none."""
    kinds: list[Kind]
    languages: list[str]
    choice: Choice | None
    """Null: it is told of nothing."""


class NewChoice(BaseModel):
    """How a customer wants to be told, in the place of what it has chosen before."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    channel: Annotated[str, Field(pattern=f"^{CHANNEL_PATTERN}$", examples=["home-mail"])]
    """One of `channels`."""
    address: Annotated[
        str, Field(min_length=1, max_length=MAX_ADDRESS_LENGTH, examples=["ada@example.org"])
    ]
    """As the channel takes it; no URL."""
    kinds: Annotated[list[Kind], Field(min_length=1, max_length=len(KINDS_TO_CHOOSE))]
    """Of `kinds`, each once."""
    quiet: QuietHours | None = None
    zone: Annotated[str, Field(max_length=100, examples=["Europe/London"])]
    """Whose times messages have, and quiet hours: a name of the IANA list."""
    language: Annotated[str, Field(pattern=f"^{LANGUAGE_PATTERN}$", examples=["en"])]
    """One of `languages`."""


def choosing(notifier: Notifier | None, chosen: choices.Choice | None) -> Choosing:
    """What there is to choose from by a notifier's file, and what was chosen."""
    offered = None if notifier is None else notifier.customers
    return Choosing(
        channels=[]
        if offered is None
        else [OfferedChannel(name=name, takes=takes) for name, takes in offered.channels.items()],
        kinds=list(KINDS_TO_CHOOSE),
        languages=[] if offered is None else list(offered.languages),
        choice=None if chosen is None else choice(chosen),
    )


def choice(chosen: choices.Choice) -> Choice:
    """A choice as it is answered."""
    quiet = chosen.quiet
    return Choice(
        channel=chosen.channel,
        address=chosen.address,
        kinds=list(chosen.kinds),
        quiet=None if quiet is None else QuietHours(begin=quiet.begin, end=quiet.end),
        zone=chosen.zone,
        language=chosen.language,
        chosen_at=moment(chosen.at_ms),
    )
