"""The message about a group, or about several, as it stands now."""

from collections.abc import Sequence
from hashlib import sha256

from msgspec.structs import replace

from contracts.alerts import SEVERITIES, Alert
from contracts.deliveries import Why
from services.notifier.messages import (
    MOST_EXAMPLES,
    MOST_IDS,
    MOST_IDS_IN_ALL,
    Example,
    Message,
    Part,
)
from services.notifier.state import Draft, Group, Known, Thread
from services.notifier.threads import FLAPPING_TIMES, flapping, news, of_channel


def message(
    channel: str, name: str, parts: Sequence[Part], at_ms: int, *, is_digest: bool
) -> Message:
    """A message.

    Args:
        name: What no other message of the channel has.
    """
    digits = sha256(f"{channel}\n{name}".encode()).hexdigest()[:32]
    return Message(digits, channel, at_ms, tuple(parts), is_digest)


def digested(part: Part, parts: int) -> Part:
    """A part as one of so many."""
    ids = max(MOST_IDS_IN_ALL // parts, 1)
    example = replace(part.examples[0], text="")
    return replace(part, examples=(example,), opened=part.opened[:ids], ended=part.ended[:ids])


def part(draft: Draft, group: Group, thread: Thread, why: Why) -> Part:
    """What there is to say of a group to a channel."""
    what = news(group, thread)
    alerts = {an_id: _alert(draft, an_id) for an_id, _ in of_channel(group, thread)}
    are_open = [alerts[an_id] for an_id in alerts if group.members[an_id].is_open]
    times = flapping(draft, alerts)
    homes: dict[str, int] = {}
    for alert in alerts.values():
        homes[alert.subject] = max(alert.homes_count, homes.get(alert.subject, 0))
    return Part(
        group=group.id,
        rule=group.rule,
        kind=group.kind,
        why=why,
        severity=max((each.severity for each in are_open or alerts.values()), key=SEVERITIES.index),
        place=group.place,
        begin_ms=min(each.onset_ms for each in alerts.values()),
        alerts=len(alerts),
        alerts_open=len(are_open),
        examples=tuple(map(_example, sorted(alerts.values(), key=_urgency)[:MOST_EXAMPLES])),
        end_ms=None if are_open else max(end_ms(each) for each in alerts.values()),
        opened=tuple(what.opened[:MOST_IDS]),
        opened_count=len(what.opened),
        ended=tuple(what.ended[:MOST_IDS]),
        ended_count=len(what.ended),
        homes=sum(homes.values()),
        homes_out=sum(each.homes_out for each in are_open),
        is_link=group.kind == "outage"
        and all(each.cause == "communication" for each in alerts.values()),
        flapping=times if times >= FLAPPING_TIMES else 0,
    )


def _alert(draft: Draft, an_id: str) -> Alert:
    known = draft.get(Known, an_id)
    assert known is not None
    return known.alert


def end_ms(alert: Alert) -> int:
    """When what a closed alert tells of was over."""
    ended_ms = alert.restored_at_ms if alert.restored_at_ms is not None else alert.closed_at_ms
    return alert.at_ms if ended_ms is None else ended_ms


def _urgency(alert: Alert) -> tuple[bool, int, int, str]:
    return (
        alert.state == "closed",
        -SEVERITIES.index(alert.severity),
        -alert.homes_count,
        alert.id,
    )


def _example(alert: Alert) -> Example:
    return Example(
        alert.id,
        alert.subject,
        alert.severity,
        alert.onset_ms,
        end_ms(alert) if alert.state == "closed" else None,
        alert.homes_count,
        alert.evidence.text,
    )
