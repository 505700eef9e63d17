"""What a channel is to hear of a group, and when."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from contracts.alerts import SEVERITIES
from contracts.deliveries import Why
from contracts.incidents import STORM_WITHIN_MS
from contracts.time import MINUTE_MS
from services.notifier.counting import was_storm
from services.notifier.quiet_hours import quiet_until_ms
from services.notifier.rules import Quiet, Rule
from services.notifier.silenced import is_silenced
from services.notifier.state import Cared, Draft, Group, Known, Mark, Member, Thread

FLAPPING_TIMES = 3
"""So often one subject went off and on again since the last message, and it is worth one more only
when it is calm, or after FLAPPING_MS."""
FLAPPING_MS = 10 * MINUTE_MS


class News(NamedTuple):
    """What of a group a channel has not been told."""

    opened: list[str]
    changed: list[str]
    ended: list[str]
    first_ms: int
    """When the first of it came."""

    def __bool__(self) -> bool:
        return bool(self.opened or self.changed or self.ended)


def news(group: Group, thread: Thread) -> News:
    """What of a group a channel has not been told."""
    opened: list[str] = []
    changed: list[str] = []
    ended: list[str] = []
    times_ms: list[int] = []
    for an_id, member in of_channel(group, thread):
        for marks, into in (
            ((member.opened,), opened),
            (member.changed, changed),
            ((member.closed,), ended),
        ):
            fresh_ms = [each.at_ms for each in marks if each and each.number > thread.told]
            if fresh_ms:
                into.append(an_id)
                times_ms += fresh_ms
    return News(opened, changed, ended, min(times_ms, default=0))


def of_channel(group: Group, thread: Thread) -> Iterator[tuple[str, Member]]:
    """The alerts of a group that count and are a matter of the channel, by their ids."""
    for an_id, member in group.members.items():
        if member.opened is None or thread.channel in member.elsewhere:
            continue
        if member.closed is not None and member.closed.number <= thread.ended_before:
            continue
        # Who was told since nobody looked after it hears how that goes on, and of nothing further.
        is_no_more = thread.escalated_ms is not None and not group.escalated and thread.messages
        if is_no_more and member.opened.number > thread.told:
            continue
        yield an_id, member


def knows_of_any(group: Group, thread: Thread) -> bool:
    """Whether a channel was told of something that it has not been told to be over."""
    return any(
        member.opened is not None
        and member.opened.number <= thread.told
        and (member.closed is None or member.closed.number > thread.told)
        for _, member in of_channel(group, thread)
    )


class Due(NamedTuple):
    """When a channel hears of a group next, if nothing comes between, and what that is."""

    at_ms: int
    why: Why


def due(draft: Draft, group: Group, thread: Thread, rule: Rule, now_ms: int) -> Due | None:
    """When it hears of it next; None if there is nothing to be said."""
    what = _worth_telling(draft, news(group, thread), now_ms)
    if what:
        found = Due(_news_ms(draft, group, thread, rule, what), _why(group, thread))
    else:
        repeat_ms = _repeat_ms(draft, group, thread, rule, now_ms)
        if repeat_ms is None:
            return None
        found = Due(repeat_ms, "repeated")
    if rule.quiet is not None and not _is_exempt(group, rule.quiet, what):
        at_ms = max(found.at_ms, now_ms)
        found = found._replace(at_ms=quiet_until_ms(rule.quiet, at_ms) or found.at_ms)
    return found


def _news_ms(draft: Draft, group: Group, thread: Thread, rule: Rule, what: News) -> int:
    if thread.last_ms is None:
        escalated_ms = thread.escalated_ms
        return what.first_ms + rule.wait if escalated_ms is None else escalated_ms
    apart_ms = rule.update_every
    if was_storm(group):
        apart_ms = max(apart_ms, STORM_WITHIN_MS)
    at_ms = max(what.first_ms + rule.wait, thread.last_ms + apart_ms)
    openings = [_opened(group.members[an_id]) for an_id in what.opened]
    if flapping(draft, what.opened) >= FLAPPING_TIMES:
        calm_ms = max(mark.at_ms for mark in openings) + rule.update_every
        bound_ms = min(mark.at_ms for mark in openings) + FLAPPING_MS
        at_ms = max(at_ms, min(calm_ms, bound_ms))
    return at_ms


def _opened(member: Member) -> Mark:
    assert member.opened is not None
    return member.opened


def _why(group: Group, thread: Thread) -> Why:
    if thread.messages == 0 and thread.escalated_ms is not None:
        return "escalated"
    if not any(each.is_open for _, each in of_channel(group, thread)):
        return "ended"
    return "opened" if thread.messages == 0 else "updated"


def _repeat_ms(draft: Draft, group: Group, thread: Thread, rule: Rule, now_ms: int) -> int | None:
    if rule.repeat_every is None or thread.last_ms is None or thread.repeats >= rule.max_repeats:
        return None
    if not any(
        is_uncared_for(draft, an_id, now_ms)
        for an_id, each in of_channel(group, thread)
        if each.is_open
    ):
        return None
    return thread.last_ms + rule.repeat_every


def is_uncared_for(draft: Draft, alert_id: str, now_ms: int) -> bool:
    """Whether nobody says that he looks after an alert, nor wants it silent."""
    cared = draft.get(Cared, alert_id)
    if cared is not None and cared.is_acknowledged:
        return False
    return not _is_silenced(draft, alert_id, now_ms)


def _worth_telling(draft: Draft, what: News, now_ms: int) -> News:
    """Without what is going on with alerts that are silenced; that they are over is told."""
    if not what.changed:
        return what
    changed = [each for each in what.changed if not _is_silenced(draft, each, now_ms)]
    return what._replace(changed=changed)


def _is_silenced(draft: Draft, alert_id: str, now_ms: int) -> bool:
    known = draft.get(Known, alert_id)
    return known is not None and is_silenced(draft, known.alert, now_ms)


def _is_exempt(group: Group, quiet: Quiet, what: News) -> bool:
    """Whether it is so severe that it is said at any hour."""
    if quiet.but is None:
        return False
    told = [*what.opened, *what.changed, *what.ended] or [
        an_id for an_id, each in group.members.items() if each.is_open
    ]
    least = SEVERITIES.index(quiet.but)
    return any(SEVERITIES.index(group.members[each].figures.severity) >= least for each in told)


def flapping(draft: Draft, alert_ids: Iterable[str]) -> int:
    """How often the same subject is among alerts, at most."""
    subjects = Counter(
        known.alert.subject
        for known in (draft.get(Known, each) for each in alert_ids)
        if known is not None
    )
    return max(subjects.values(), default=0)
