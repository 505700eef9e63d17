"""What the notifier knows: a few kinds of entities, each with a key, as the topic of notifications
keeps them.

Entities are never changed: a step says which take the place of which.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

from msgspec import Struct

from contracts.alerts import Alert, Kind, Severity
from contracts.choices import Choice
from contracts.deliveries import Delivery
from contracts.notes import Note, care_of, in_order
from contracts.notify_requests import Silence
from services.notifier.messages import Message


class Began(Struct, frozen=True, tag=True):
    """When the notifier had first heard all of these alerts: what was over by then is not told."""

    at_ms: int

    @property
    def key(self) -> str:
        """There is one."""
        return "began"


class Ruled(Struct, frozen=True, tag=True):
    """By which rules alerts were taken: when they change, what is open may be another's."""

    version: str

    @property
    def key(self) -> str:
        """There is one."""
        return "ruled"


class Read(Struct, frozen=True, tag=True):
    """How far a topic was heard, so that nothing is left out and little comes twice."""

    topic: str
    offsets: tuple[int, ...]
    """Of the next record, by partition."""

    @property
    def key(self) -> str:
        """By the topic."""
        return self.topic


class Known(Struct, frozen=True, tag=True):
    """The newest version of an alert."""

    alert: Alert
    heard_ms: int
    """When it came, by the stamp of its record."""
    taken: Mapping[str, str] = {}
    """Rules that have taken it, each with the group that it is in."""

    @property
    def key(self) -> str:
        """By the alert's id."""
        return self.alert.id


class Cared(Struct, frozen=True, tag=True):
    """What people say of an alert, known or not yet."""

    alert_id: str
    notes: tuple[Note, ...]
    heard_ms: int

    @property
    def key(self) -> str:
        """By the alert's id."""
        return self.alert_id

    @property
    def is_acknowledged(self) -> bool:
        """Whether somebody looks after it."""
        return care_of(in_order(self.notes)).acknowledged is not None


MOST_CHANGES = 20
MOST_MEMBERS = 5_000
"""Of a group, so that a record takes it; what comes then is another one."""


class Mark(Struct, frozen=True, array_like=True):
    """A change of a group."""

    number: int
    """From 1, in its group."""
    at_ms: int


class Figures(Struct, frozen=True, array_like=True):
    """What changes that are worth a message."""

    severity: Severity
    cause: str
    homes: int
    homes_out: int


class Member(Struct, frozen=True, omit_defaults=True):
    """An alert as a group has it."""

    joined_ms: int
    figures: Figures
    over_ms: int | None = None
    """When it was heard that it is over."""
    opened: Mark | None = None
    """Since then it counts: it has lasted, and neither is it a part of another nor silenced."""
    changed: tuple[Mark, ...] = ()
    """The last MOST_CHANGES, since the first that is not told says for how long news has waited."""
    closed: Mark | None = None
    elsewhere: tuple[str, ...] = ()
    """Channels that hear of it by another rule."""
    told_ms: int | None = None
    """When anybody was first told of it."""

    @property
    def is_open(self) -> bool:
        """Whether it counts, and is not over."""
        return self.opened is not None and self.closed is None


class Unsilenced(Struct, frozen=True, tag=True):
    """A silence that was ended before its time: that it was asked for may come again."""

    id: str
    until_ms: int
    """When it would have ended."""

    @property
    def key(self) -> str:
        """By the silence's id."""
        return self.id


class Group(Struct, frozen=True, tag=True):
    """What is told in one message: alerts of a rule and kind that belong together."""

    id: str
    rule: str
    kind: Kind
    place: str
    """The beginning of geohashes, an area, or a subject, by the rule."""
    members: dict[str, Member]
    changes: int = 0
    escalated: int = 0
    """More people are told since this change, as nobody looked after what was open by then; 0 as
    soon as all of that is over."""
    escalated_once: int = 0
    """The last change that `escalated` ever was."""

    @property
    def key(self) -> str:
        """Its id."""
        return self.id


class Thread(Struct, frozen=True, tag=True):
    """What a channel knows of a group."""

    group: str
    channel: str
    begun_ms: int = 0
    """So that messages of another thread of the same two are others."""
    told: int = 0
    """Changes up to this one are told."""
    messages: int = 0
    last_ms: int | None = None
    repeats: int = 0
    """Since there was news."""
    escalated_ms: int | None = None
    """When this channel was asked, since nobody looked after it."""
    ended_before: int = 0
    """Alerts that were over by this change are no matter of this channel."""

    @property
    def key(self) -> str:
        """By group and channel."""
        return f"{self.group} {self.channel}"


class Outbox(Struct, frozen=True, tag=True):
    """What goes to a channel: one message at a time."""

    channel: str
    sending: Message | None = None
    """The intent: on its way, as far as is known."""
    since_ms: int = 0
    """Since when it is tried."""
    singles_ms: tuple[int, ...] = ()
    """When messages of one group went in the last hour."""
    digest_ms: int | None = None
    """When the last one went."""
    storm_ms: int | None = None
    """Since when there is more than anybody reads one by one."""
    problem: str = ""
    """Why the last try failed, until one does not."""

    @property
    def key(self) -> str:
        """By the channel."""
        return self.channel


class Dead(Struct, frozen=True, tag=True):
    """A message that did not arrive, and is not tried any more."""

    message: Message
    at_ms: int
    problem: str
    again_ms: int | None = None
    """When somebody asked that it be sent again, until there is room for it."""

    @property
    def key(self) -> str:
        """By the message's id."""
        return self.message.id


class Hit(Struct, frozen=True, tag=True, omit_defaults=True):
    """An alert that is of a home of a customer who wants to be told of its kind."""

    customer: str
    alert_id: str
    meters: tuple[str, ...]
    """The customer's that it hits, as far as is known; in the order of their ids."""
    heard_ms: int
    """When that was first heard."""
    over_ms: int | None = None
    """When it was heard that it is over."""
    told_ms: int | None = None
    """When the message that tells of its beginning was settled."""

    @property
    def key(self) -> str:
        """By alert and customer."""
        return hit_key(self.alert_id, self.customer)


def hit_key(alert_id: str, customer: str) -> str:
    """The key of an alert that hits a customer's home."""
    return f"{alert_id} {customer}"


class Letterbox(Struct, frozen=True, tag=True, omit_defaults=True):
    """What goes to a customer: one message at a time. There is one for as long as there is
    anything to know of it."""

    customer: str
    sending: Message | None = None
    """As of an outbox, as are the two that follow."""
    since_ms: int = 0
    problem: str = ""
    went_ms: tuple[int, ...] = ()
    """When messages went in the last hour."""

    @property
    def key(self) -> str:
        """By the customer."""
        return self.customer


class Arrived(Struct, frozen=True, tag=True):
    """A message that its receiver has taken, for who wonders who was told of what."""

    delivery: Delivery

    @property
    def key(self) -> str:
        """By the message's id."""
        return self.delivery.id


Kept: TypeAlias = (
    Began
    | Ruled
    | Read
    | Known
    | Cared
    | Silence
    | Unsilenced
    | Group
    | Thread
    | Outbox
    | Dead
    | Arrived
    | Hit
    | Letterbox
)
"""Entities that the topic of notifications has."""
Entity: TypeAlias = Kept | Choice
"""Choices have a topic of their own, which is read whole as a notifier begins."""
Key: TypeAlias = tuple[type[Entity], str]
"""Kind of entity, and its own key."""
Changes: TypeAlias = Mapping[Key, Entity | None]
"""What takes the place of what; None is nothing."""
E = TypeVar("E", bound=Entity)


class State:
    """Entities by kind and key."""

    def __init__(self) -> None:
        self._kinds: dict[type[Any], dict[str, Any]] = {}

    def take(self, changes: Changes) -> None:
        """Put entities in their places."""
        for (kind, key), entity in changes.items():
            if entity is None:
                self._kinds.get(kind, {}).pop(key, None)
            else:
                self._kinds.setdefault(kind, {})[key] = entity

    def get(self, kind: type[E], key: str) -> E | None:
        """One of them."""
        found: E | None = self._kinds.get(kind, {}).get(key)
        return found

    def all(self, kind: type[E]) -> Iterable[E]:
        """All of a kind, in no order that says anything."""
        found: Iterable[E] = self._kinds.get(kind, {}).values()
        return found

    def __iter__(self) -> Iterator[Entity]:
        for entities in self._kinds.values():
            yield from entities.values()


class Draft:
    """A state with changes that are being made: what was put is what is found."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._changed: dict[type[Any], dict[str, Any]] = {}

    @property
    def changes(self) -> Changes:
        """What was put and dropped."""
        return {
            (kind, key): entity
            for kind, entities in self._changed.items()
            for key, entity in entities.items()
        }

    def put(self, entity: Entity) -> None:
        """In the place of the one with its key."""
        self._changed.setdefault(type(entity), {})[entity.key] = entity

    def drop(self, entity: Entity) -> None:
        """Leave it out."""
        self._changed.setdefault(type(entity), {})[entity.key] = None

    def get(self, kind: type[E], key: str) -> E | None:
        """As `State.get`."""
        changed = self._changed.get(kind)
        if changed is not None and key in changed:
            found: E | None = changed[key]
            return found
        return self._state.get(kind, key)

    def all(self, kind: type[E]) -> list[E]:
        """As `State.all`; as it is now, whatever is put later."""
        changed = self._changed.get(kind)
        if not changed:
            return list(self._state.all(kind))
        kept = [each for each in self._state.all(kind) if each.key not in changed]
        return kept + [each for each in changed.values() if each is not None]
