"""What the notifier leaves when there is nothing more to say of it, and when nobody asks for it any
more."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from contracts.deliveries import ARRIVED_KEPT_DAYS, MOST_ARRIVED
from contracts.incidents import APART_MS
from contracts.notify_requests import Silence
from contracts.time import DAY_MS, HOUR_MS
from services.notifier.counting import threads_of
from services.notifier.rules import Notify, Rule
from services.notifier.state import (
    Arrived,
    Cared,
    Dead,
    Draft,
    Group,
    Known,
    Outbox,
    Thread,
    Unsilenced,
)
from services.notifier.threads import knows_of_any, news

REMEMBERED_MS = 7 * DAY_MS
"""An alert that is over is known for so long: as long as its versions may come again."""
DEAD_AFTER_MS = DAY_MS
"""So long a message is tried."""
DEAD_KEPT_MS = 30 * DAY_MS


def give_up(draft: Draft, outbox: Outbox, at_ms: int, problem: str) -> None:
    """Try the message of an outbox no more."""
    assert outbox.sending is not None
    draft.put(Dead(outbox.sending, at_ms, problem))
    draft.put(replace(outbox, sending=None, problem=problem))


def leave_what_no_rule_knows(draft: Draft, notify: Notify, now_ms: int) -> None:
    """Groups of a rule, and threads and messages of a channel, that are no longer in the file."""
    rules = {rule.name: rule for rule in notify.rule}
    for group in draft.all(Group):
        if group.rule not in rules:
            draft.drop(group)
    for thread in draft.all(Thread):
        found = draft.get(Group, thread.group)
        if (
            found is None
            or thread.channel not in rules[found.rule].channels
            or thread.channel not in notify.messaged
        ):
            draft.drop(thread)
        elif thread.escalated_ms is not None and thread.channel in rules[found.rule].to:
            draft.put(replace(thread, escalated_ms=None))
    for outbox in draft.all(Outbox):
        if outbox.channel not in notify.messaged:
            if outbox.sending is not None:
                give_up(draft, outbox, now_ms, "the channel was taken out of the file")
            draft.drop(outbox)


def finish(draft: Draft, rules: Mapping[str, Rule], now_ms: int) -> None:
    """Leave groups of which there is nothing more to say, a while after their end: what begins
    meanwhile may be of them."""
    for group in draft.all(Group):
        threads = list(threads_of(draft, group, rules))
        ended_ms = [each.over_ms for each in group.members.values()]
        is_over = all(each is not None and now_ms - each >= APART_MS for each in ended_ms)
        if is_over and not any(news(group, each) for each in threads):
            draft.drop(group)
            for thread in threads:
                draft.drop(thread)
            continue
        rule = rules[group.rule]
        _leave_what_is_long_over(draft, group, rule, threads, now_ms)
        for thread in threads:
            # Who was told since nobody looked after it has heard that all of that is over.
            is_more = thread.channel not in rule.to and not group.escalated
            if is_more and thread.messages and not knows_of_any(group, thread):
                draft.drop(thread)


def _leave_what_is_long_over(
    draft: Draft, group: Group, rule: Rule, threads: Iterable[Thread], now_ms: int
) -> None:
    """Alerts that all know to be over, of a group that goes on and may do so for weeks."""
    length_ms = DAY_MS if rule.group_by == "incident" else HOUR_MS
    over = {
        an_id
        for an_id, each in group.members.items()
        if each.over_ms is not None and now_ms - each.over_ms >= length_ms
    }
    if not over:
        return
    for each in threads:
        opened, changed, ended, _ = news(group, each)
        over.difference_update(opened, changed, ended)
    if over:
        members = {key: each for key, each in group.members.items() if key not in over}
        draft.put(replace(group, members=members))


def forget(draft: Draft, now_ms: int) -> None:
    """Leave what nobody asks for any more."""
    needed = {an_id for group in draft.all(Group) for an_id in group.members}
    for known in draft.all(Known):
        over = known.alert.state == "closed" and known.alert.id not in needed
        if over and now_ms - known.heard_ms >= REMEMBERED_MS:
            draft.drop(known)
    for cared in draft.all(Cared):
        if draft.get(Known, cared.alert_id) is None and now_ms - cared.heard_ms >= REMEMBERED_MS:
            draft.drop(cared)
    for silence in draft.all(Silence):
        if silence.until_ms <= now_ms:
            draft.drop(silence)
    for ended in draft.all(Unsilenced):
        if ended.until_ms <= now_ms:
            draft.drop(ended)
    for dead in draft.all(Dead):
        if now_ms - dead.at_ms >= DEAD_KEPT_MS:
            draft.drop(dead)
    _forget_arrived(draft, now_ms)


def _forget_arrived(draft: Draft, now_ms: int) -> None:
    for each in draft.all(Arrived):
        if now_ms - each.delivery.since_ms >= ARRIVED_KEPT_DAYS * DAY_MS:
            draft.drop(each)
    arrived = draft.all(Arrived)
    at_customers = [each for each in arrived if each.delivery.customer is not None]
    others = [each for each in arrived if each.delivery.customer is None]
    for those in (at_customers, others):
        if len(those) > MOST_ARRIVED:
            those.sort(key=lambda each: each.delivery.since_ms)
            for each in those[:-MOST_ARRIVED]:
                draft.drop(each)
