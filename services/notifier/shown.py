"""What the notifier shows to who asks how people are told (`contracts.deliveries`)."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec import Struct
from msgspec.json import Encoder

from contracts.choices import Choice
from contracts.deliveries import (
    Channel,
    ChannelNow,
    Customers,
    Notifier,
    Rule,
    channel_field,
    dead_field,
    silence_field,
)
from contracts.notify_requests import Silence
from services.notifier import rules
from services.notifier.delivered import delivery
from services.notifier.state import Arrived, Changes, Dead, Entity, Letterbox, Outbox, State

_encode = Encoder(order="deterministic").encode


class Shown(NamedTuple):
    """What takes the place of what in Redis."""

    fields: Mapping[str, bytes | None]
    """Of the hash; None is nothing."""
    arrived: Mapping[bytes, int]
    """Members that are added to the sorted set, with their scores."""
    arrived_at_customers: Mapping[bytes, int] = {}
    """Of that of customers, likewise."""
    choices: Mapping[str, bytes | None] | None = {}
    """How customers want to be told, each by the customer, where None is nothing; None where nobody
    has heard that."""
    is_all: bool = False
    """Nothing else is there."""


def notifier(notify: rules.Notify, file: str, began_ms: int, now_ms: int) -> bytes:
    """What a notifier goes by, as the field of that name has it."""
    return _encode(
        Notifier(
            began_ms=began_ms,
            seen_ms=now_ms,
            file=file,
            page=notify.page,
            rules=tuple(map(_rule, notify.rule)),
            channels={
                name: Channel(each.type, each.language, each.zone, each.max_per_hour)
                for name, each in notify.channel.items()
            },
            customers=_customers(notify),
        )
    )


def _customers(notify: rules.Notify) -> Customers | None:
    said = notify.customers
    if said is None:
        return None
    takes = {name: rules.TAKES[notify.channel[name].type] for name in said.channels}
    return Customers(takes, said.languages, said.lasting, said.max_per_hour)


def _rule(rule: rules.Rule) -> Rule:
    escalate, quiet = rule.escalate, rule.quiet
    return Rule(
        name=rule.name,
        to=rule.to,
        group_by=rule.group_by,
        for_ms=rule.lasting,
        wait_ms=rule.wait,
        update_every_ms=rule.update_every,
        max_repeats=rule.max_repeats,
        kinds=rule.when.kind,
        severity=rule.when.severity,
        area=rule.when.area,
        subject=rule.when.subject,
        repeat_every_ms=rule.repeat_every,
        escalate_after_ms=None if escalate is None else escalate.after,
        escalate_to=() if escalate is None else escalate.to,
        quiet_from=None if quiet is None else f"{quiet.begin:%H:%M}",
        quiet_to=None if quiet is None else f"{quiet.end:%H:%M}",
        quiet_zone=None if quiet is None else quiet.zone,
        quiet_but=None if quiet is None else quiet.but,
    )


def shown(changes: Changes, more: Mapping[str, bytes] | None = None) -> Shown:
    """What is shown of changes.

    Args:
        more: Fields besides, as of `of_customers`.
    """
    fields: dict[str, bytes | None] = dict(more or {})
    arrived: dict[bytes, int] = {}
    at_customers: dict[bytes, int] = {}
    choices: dict[str, bytes | None] = {}
    for (kind, key), entity in changes.items():
        if isinstance(entity, Arrived):
            into = arrived if entity.delivery.customer is None else at_customers
            into[_encode(entity.delivery)] = entity.delivery.since_ms
        elif kind is Choice:
            choices[key] = None if entity is None else _encode(entity)
        elif kind in _FIELDS:
            fields[_FIELDS[kind](key)] = None if entity is None else _encode(_said(entity))
    return Shown(fields, arrived, at_customers, choices)


def of_customers(state: State, notify: rules.Notify) -> Mapping[str, bytes]:
    """The fields of channels that customers choose from: how many messages are on their way, and
    why the last try failed of one that is."""
    waiting = dict.fromkeys(notify.of_customers, 0)
    problems = dict.fromkeys(notify.of_customers, "")
    for letterbox in state.all(Letterbox):
        if letterbox.sending is not None and letterbox.sending.channel in waiting:
            waiting[letterbox.sending.channel] += 1
            problems[letterbox.sending.channel] = (
                letterbox.problem or problems[letterbox.sending.channel]
            )
    return {
        channel_field(name): _encode(ChannelNow(waiting=number, problem=problems[name]))
        for name, number in waiting.items()
    }


def whole(state: State) -> Changes:
    """All of a state, as changes that make it."""
    return {(type(each), each.key): each for each in state}


def _said(entity: Entity) -> Struct:
    if isinstance(entity, Dead):
        return delivery(entity.message, "dead", entity.at_ms, entity.problem, entity.again_ms)
    if not isinstance(entity, Outbox):
        return entity
    sending = entity.sending
    return ChannelNow(
        sending=None
        if sending is None
        else delivery(sending, "on_its_way", entity.since_ms, entity.problem),
        singles_ms=entity.singles_ms,
        digest_ms=entity.digest_ms,
        storm_ms=entity.storm_ms,
        problem=entity.problem,
    )


_FIELDS: Mapping[type[Entity], Callable[[str], str]] = {
    Outbox: channel_field,
    Dead: dead_field,
    Silence: silence_field,
}
