"""When more people are told of something, since nobody looks after it."""

from msgspec.structs import replace

from services.notifier.rules import Rule
from services.notifier.state import Draft, Group
from services.notifier.threads import is_uncared_for


def escalated(draft: Draft, group: Group, rule: Rule, now_ms: int) -> Group:
    """The group as it stands with telling more people of it."""
    if rule.escalate is None:
        return group
    after_ms, since = rule.escalate.after, group.escalated
    are_open = [
        (an_id, each, each.opened.number)
        for an_id, each in group.members.items()
        if each.is_open and each.opened is not None
    ]
    if not any(number <= since for *_, number in are_open):
        since = 0
    if any(
        number > since
        and each.told_ms is not None
        and now_ms - each.told_ms >= after_ms
        and is_uncared_for(draft, an_id, now_ms)
        for an_id, each, number in are_open
    ):
        since = group.changes
    if since != group.escalated:
        once = max(since, group.escalated_once)
        group = replace(group, escalated=since, escalated_once=once)
        draft.put(group)
    return group
