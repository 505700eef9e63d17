"""What the notifier shows to who asks how people are told (`contracts.deliveries`)."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec import Struct
from msgspec.json import Encoder

from contracts.deliveries import (
    Channel,
    ChannelNow,
    Notifier,
    Rule,
    channel_field,
    dead_field,
    silence_field,
)
from contracts.notify_requests import Silence
from services.notifier import rules
from services.notifier.delivered import delivery
from services.notifier.state import Arrived, Changes, Dead, Entity, Outbox, State

_encode = Encoder(order="deterministic").encode


class Shown(NamedTuple):
    """What takes the place of what in Redis."""

    fields: Mapping[str, bytes | None]
    """Of the hash; None is nothing."""
    arrived: Mapping[bytes, int]
    """Members that are added to the sorted set, with their scores."""
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
        )
    )


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


def shown(changes: Changes) -> Shown:
    """What is shown of changes."""
    fields: dict[str, bytes | None] = {}
    arrived: dict[bytes, int] = {}
    for (kind, key), entity in changes.items():
        if isinstance(entity, Arrived):
            arrived[_encode(entity.delivery)] = entity.delivery.since_ms
        elif kind in _FIELDS:
            fields[_FIELDS[kind](key)] = None if entity is None else _encode(_said(entity))
    return Shown(fields, arrived)


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
