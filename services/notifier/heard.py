"""What becomes of the state when something is heard: a version of an alert, a note, a request."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from contracts.alerts import Alert
from contracts.incidents import are_near, cell_of
from contracts.notes import Note
from contracts.notify_requests import Request, Silence, Unsilence
from services.notifier.rules import Notify, Rule
from services.notifier.state import (
    MOST_CHANGES,
    MOST_MEMBERS,
    Began,
    Cared,
    Dead,
    Draft,
    Figures,
    Group,
    Known,
    Mark,
    Member,
    Ruled,
    Unsilenced,
)


def hear_alert(draft: Draft, notify: Notify, alert: Alert, at_ms: int) -> bool:
    """Take a version of an alert; one that is not newer than the newest says nothing.

    Returns:
        Whether it is newer.
    """
    before = draft.get(Known, alert.id)
    if before is not None and before.alert.version >= alert.version:
        return False
    taken = {} if before is None else before.taken
    rule = notify.rule_of(alert)
    if rule is not None and rule.name not in taken and not _is_too_late(draft, alert, taken):
        group = _joined(draft, alert, rule, at_ms)
        draft.put(group)
        taken = {**taken, rule.name: group.id}
    draft.put(Known(alert, at_ms, taken))
    for group_id in taken.values():
        found = draft.get(Group, group_id)
        if found is not None and alert.id in found.members:
            draft.put(_with_version(found, alert, at_ms))
    return True


def take_by_other_rules(draft: Draft, notify: Notify, at_ms: int) -> None:
    """Let alerts that are open be taken by rules that were not there before, or were otherwise."""
    if draft.get(Ruled, "ruled") == (ruled := Ruled(notify.version)):
        return
    draft.put(ruled)
    for known in draft.all(Known):
        if known.alert.state == "closed":
            continue
        taken = {
            rule: group_id
            for rule, group_id in known.taken.items()
            if (group := draft.get(Group, group_id)) is not None and known.key in group.members
        }
        rule = notify.rule_of(known.alert)
        if rule is not None and rule.name not in taken:
            group = _joined(draft, known.alert, rule, at_ms)
            draft.put(group)
            taken[rule.name] = group.id
        if taken != known.taken:
            draft.put(replace(known, taken=taken))


def hear_note(draft: Draft, note: Note, at_ms: int) -> None:
    """Take what somebody says of an alert; a repeat says nothing."""
    before = draft.get(Cared, note.id)
    if note.what not in ("acknowledged", "unacknowledged"):
        return
    if before is None:
        draft.put(Cared(note.id, (note,), at_ms))
    elif note not in before.notes:
        draft.put(replace(before, notes=(*before.notes, note), heard_ms=at_ms))


def hear_request(draft: Draft, request: Request, at_ms: int) -> None:
    """Take what somebody asks for; what there is none of, or no more, says nothing."""
    if isinstance(request, Silence):
        if draft.get(Unsilenced, request.id) is None:
            draft.put(request)
    elif isinstance(request, Unsilence):
        if (silence := draft.get(Silence, request.id)) is not None:
            draft.drop(silence)
            draft.put(Unsilenced(silence.id, silence.until_ms))
    elif (dead := draft.get(Dead, request.id)) is not None and dead.again_ms is None:
        draft.put(replace(dead, again_ms=at_ms))


def _is_too_late(draft: Draft, alert: Alert, taken: Mapping[str, str]) -> bool:
    """Whether it is over, and nobody is to be told: another rule has had it while it was open, or
    it is of a time before the notifier."""
    return alert.state == "closed" and (bool(taken) or draft.get(Began, "began") is None)


def _joined(draft: Draft, alert: Alert, rule: Rule, at_ms: int) -> Group:
    place = place_of(alert, rule)
    found = [
        group
        for group in draft.all(Group)
        if (group.rule, group.kind) == (rule.name, alert.kind)
        and len(group.members) < MOST_MEMBERS
        and (_is_near(draft, group, alert) if rule.group_by == "incident" else group.place == place)
    ]
    # Two that this one joins stay two: the one that was there first takes it.
    group = min(found, key=_age, default=None)
    if group is None:
        group = Group(f"{rule.name}/{alert.id}", rule.name, alert.kind, place, {})
    return _with(group, alert.id, Member(at_ms, figures_of(alert)))


def place_of(alert: Alert, rule: Rule) -> str:
    """What alerts of a group have in common, by the rule; of an incident where it began."""
    if rule.group_by == "subject":
        return alert.subject
    return alert.area if rule.group_by == "area" else cell_of(alert)


def _is_near(draft: Draft, group: Group, alert: Alert) -> bool:
    """Whether it is near one of them in place and time, as outages of an incident are."""
    return any(are_near(alert, other) for other in alerts_of(draft, group))


def alerts_of(draft: Draft, group: Group) -> Iterable[Alert]:
    """The alerts of a group, each by its newest version."""
    for an_id in group.members:
        known = draft.get(Known, an_id)
        assert known is not None, f"{an_id} is of {group.id} and not known"
        yield known.alert


def _age(group: Group) -> tuple[int, str]:
    return min(each.joined_ms for each in group.members.values()), group.id


def _with_version(group: Group, alert: Alert, at_ms: int) -> Group:
    member = group.members[alert.id]
    figures = figures_of(alert)
    if alert.state == "closed" and member.over_ms is None:
        member = replace(member, over_ms=at_ms)
        if member.opened is not None:
            member = replace(member, closed=Mark(group.changes + 1, at_ms))
            group = replace(group, changes=group.changes + 1)
    elif member.is_open and figures != member.figures:
        marks = (*member.changed, Mark(group.changes + 1, at_ms))
        member = replace(member, changed=marks[-MOST_CHANGES:])
        group = replace(group, changes=group.changes + 1)
    return _with(group, alert.id, replace(member, figures=figures))


def figures_of(alert: Alert) -> Figures:
    """What of it is worth a message when it changes."""
    return Figures(alert.severity, alert.cause, alert.homes_count, alert.homes_out)


def _with(group: Group, alert_id: str, member: Member) -> Group:
    return replace(group, members={**group.members, alert_id: member})
