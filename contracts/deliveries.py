"""Redis: how people are told of alerts, as the notifier shows it to who asks: rules and channels
that it goes by, what is on its way, what arrived and what did not, and what is silent.

The notifier's own topic is the truth; what Redis loses, the notifier shows again. Times are epoch
ms by the clock on the wall.
"""

from typing import Literal

from msgspec import Struct

from contracts.alerts import Kind, Severity
from contracts.choices import Takes

SEEN_EACH_MS = 5_000
"""So often a notifier that runs says so."""
AWAY_MS = 4 * SEEN_EACH_MS
"""One that has not said so for longer is away."""
MOST_ARRIVED = 2_000
"""Messages that are remembered after they arrived: the newest, and as many to customers."""
ARRIVED_KEPT_DAYS = 30
"""And for how long."""
MOST_GISTS = 20
MOST_ALERT_IDS = 500

Why = Literal["opened", "updated", "ended", "repeated", "escalated"]
"""The first message of its group, news of it, the end of all of it, the same again since nobody
looks after it, or that to people who are told since nobody does."""
State = Literal["on_its_way", "arrived", "dead"]


class Gist(Struct, frozen=True):
    """What a message said of one group of alerts."""

    kind: Kind
    why: Why
    rule: str
    severity: Severity
    subject: str
    """Of the alert that it named first."""
    alerts: int
    """In the group."""
    alerts_open: int
    homes_out: int
    alert_ids: tuple[str, ...]
    """Of those that it named, or whose beginning or end it told: the first MOST_ALERT_IDS, shared
    by all groups of the message."""


class Delivery(Struct, frozen=True, omit_defaults=True):
    """A message to a channel, and what became of it."""

    id: str
    """As its receiver has it."""
    channel: str
    settled_ms: int
    """When it was settled what it says."""
    state: State
    since_ms: int
    """When it became so; of one that is on its way, since when it is tried."""
    groups: int
    gists: tuple[Gist, ...]
    """Of the first MOST_GISTS of its groups."""
    problem: str = ""
    """Why the last try failed."""
    again_ms: int | None = None
    """Of one that is dead: when somebody asked that it be tried again."""
    customer: str | None = None
    """To whom, if to a customer; None: to who reads the channel."""


class ChannelNow(Struct, frozen=True, omit_defaults=True):
    """A channel as it is now."""

    sending: Delivery | None = None
    singles_ms: tuple[int, ...] = ()
    """When messages of one group went in the last hour."""
    digest_ms: int | None = None
    """When the last digest went."""
    storm_ms: int | None = None
    """Since when there is so much that there are digests alone."""
    problem: str = ""
    waiting: int = 0
    """Of a channel that customers choose from: messages on their way."""


class Rule(Struct, frozen=True, omit_defaults=True):
    """A rule as the notifier has read it: docs/notifications.md says what each of them is."""

    name: str
    to: tuple[str, ...]
    group_by: str
    for_ms: int
    wait_ms: int
    update_every_ms: int
    max_repeats: int
    kinds: tuple[Kind, ...] | None = None
    severity: str | None = None
    area: str | None = None
    subject: str | None = None
    repeat_every_ms: int | None = None
    escalate_after_ms: int | None = None
    escalate_to: tuple[str, ...] = ()
    quiet_from: str | None = None
    """Hours and minutes, as are those of the end."""
    quiet_to: str | None = None
    quiet_zone: str | None = None
    quiet_but: Severity | None = None


class Channel(Struct, frozen=True):
    """A channel as the notifier has read it, without its address and secret."""

    type: str
    language: str
    zone: str
    max_per_hour: int


class Customers(Struct, frozen=True):
    """How customers may be told of their own homes."""

    channels: dict[str, Takes]
    """That they choose from, each with what it takes for an address."""
    languages: tuple[str, ...]
    for_ms: int
    """What is over before is not told."""
    max_per_hour: int
    """Messages to one customer."""


class Notifier(Struct, frozen=True, omit_defaults=True):
    """What a notifier goes by."""

    began_ms: int
    seen_ms: int
    file: str
    """Its `notify.toml`."""
    page: str
    rules: tuple[Rule, ...]
    channels: dict[str, Channel]
    customers: Customers | None = None
    """None: no customer is told of anything."""


NOTIFIER_FIELD = "notifier"
"""Its value is a Notifier."""


def notifier_key(namespace: str) -> str:
    """Redis: hash of what holds now. Beside NOTIFIER_FIELD a field of `channel_field` for each
    channel, of `dead_field` for each message that did not arrive, and of `silence_field` for each
    silence (`contracts.notify_requests`), each a JSON object."""
    return f"{namespace}:notifier"


def channel_field(name: str) -> str:
    """Its value is a ChannelNow."""
    return f"channel {name}"


def dead_field(message_id: str) -> str:
    """Its value is a Delivery."""
    return f"dead {message_id}"


def silence_field(silence_id: str) -> str:
    """Its value is a Silence."""
    return f"silence {silence_id}"


def arrived_key(namespace: str) -> str:
    """Redis: sorted set of the messages that arrived, each a Delivery as JSON, its score when that
    was."""
    return f"{namespace}:notifier:arrived"


def arrived_at_customers_key(namespace: str) -> str:
    """Redis: as `arrived_key`, of messages to customers: thousands at once must not push out who of
    duty was told."""
    return f"{namespace}:notifier:arrived:customers"
