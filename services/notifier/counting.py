"""Which alerts of a group count: those that last, are no part of another, and are not silenced."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from contracts.alerts import Alert, Kind, alert_id, id_parts
from contracts.incidents import CALM_BELOW, STORM_OUTAGES, STORM_WITHIN_MS, cell_of
from services.notifier.rules import Rule
from services.notifier.silenced import is_silenced
from services.notifier.state import Began, Draft, Group, Known, Mark, Member, Thread

PARTS_OF_AN_OUTAGE: tuple[Kind, ...] = ("meter_silent", "zero_use", "stuck_register")
"""What an outage makes of its homes, and nobody needs to be told besides."""
HELD_BY_STORMS: tuple[Kind, ...] = ("meter_silent",)


class Parents:
    """Which alerts are told with another one, for as long as that one is open."""

    def __init__(self, draft: Draft) -> None:
        self._homes: set[str] = set()
        for known in draft.all(Known):
            alert = known.alert
            # What no rule takes nobody is told of, so it hides nothing.
            if known.taken and alert.kind == "outage" and alert.state != "closed":
                self._homes.update(alert.homes)
        self._storms = {
            cell_of(member.alert)
            for group in draft.all(Group)
            if group.kind == "outage" and is_storm(group)
            for an_id in group.members
            if (member := draft.get(Known, an_id)) is not None
        }

    def hide(self, alert: Alert) -> bool:
        """Whether it is told with another one."""
        if alert.kind in PARTS_OF_AN_OUTAGE and alert.subject in self._homes:
            return True
        if alert.kind in HELD_BY_STORMS and cell_of(alert) in self._storms:
            return True
        return is_part(alert)


def is_part(alert: Alert) -> bool:
    """Whether an alert was closed as a part of another: the reason is that one's id."""
    if alert.reason is None:
        return False
    try:
        return alert_id(*id_parts(alert.reason)) == alert.reason
    except ValueError:
        return False


def is_storm(group: Group) -> bool:
    """Whether more of it is open than anybody looks at one by one, as of incidents
    (`contracts.incidents`), by when it was heard."""
    are_open = sum(each.over_ms is None for each in group.members.values())
    return are_open >= CALM_BELOW and was_storm(group)


def was_storm(group: Group) -> bool:
    """Whether that was so once, while it lasts."""
    if len(group.members) < STORM_OUTAGES:
        return False
    times_ms = sorted(each.joined_ms for each in group.members.values())
    return any(
        last_ms - first_ms <= STORM_WITHIN_MS
        for first_ms, last_ms in zip(times_ms, times_ms[STORM_OUTAGES - 1 :], strict=False)
    )


def count(draft: Draft, rules: Mapping[str, Rule], now_ms: int) -> None:
    """See which alerts count now, and which never will."""
    groups = [each for each in draft.all(Group) if any(_untold(draft, each, rules))]
    if not groups:
        return
    is_first = draft.get(Began, "began") is None
    parents = Parents(draft)
    for group in groups:
        changes, members = group.changes, dict(group.members)
        for an_id in list(_untold(draft, group, rules)):
            member, known = group.members[an_id], draft.get(Known, an_id)
            assert known is not None
            alert, over_ms = known.alert, member.over_ms
            held = parents.hide(alert) or is_silenced(draft, alert, now_ms)
            if held and over_ms is None:
                members[an_id] = replace(member, opened=None, changed=(), told_ms=None)
            elif not held and member.opened is not None:
                continue
            elif not held and _lasted(alert, member, rules[group.rule].lasting, now_ms):
                if over_ms is not None and is_first:
                    del members[an_id]
                else:
                    members[an_id] = _counted(member, changes + 1, now_ms)
                    changes += 1 if over_ms is None else 2
            elif over_ms is not None:
                del members[an_id]
        if members != group.members:
            draft.put(replace(group, members=members, changes=changes))


def _untold(draft: Draft, group: Group, rules: Mapping[str, Rule]) -> Iterator[str]:
    """Alerts of which nobody was told yet."""
    told = max((each.told for each in threads_of(draft, group, rules)), default=0)
    for an_id, member in group.members.items():
        if member.opened is None or member.opened.number > told:
            yield an_id


def _lasted(alert: Alert, member: Member, lasting_ms: int, now_ms: int) -> bool:
    """By the alert's own time when it is over, so that a replay says the same."""
    if member.over_ms is not None:
        return alert.at_ms - alert.opened_at_ms >= lasting_ms
    return now_ms - member.joined_ms >= lasting_ms


def _counted(member: Member, number: int, now_ms: int) -> Member:
    opened = Mark(number, now_ms)
    if member.over_ms is None:
        return replace(member, opened=opened)
    return replace(member, opened=opened, closed=Mark(number + 1, now_ms))


def threads_of(draft: Draft, group: Group, rules: Mapping[str, Rule]) -> Iterator[Thread]:
    """What each channel knows of a group, of those that know of it."""
    for channel in dict.fromkeys(rules[group.rule].channels):
        if (thread := draft.get(Thread, f"{group.id} {channel}")) is not None:
            yield thread
