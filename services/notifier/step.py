"""One step of the notifier: what is heard, or that time has passed, and what changes by it.

Nothing here has a clock, asks Kafka or sends: `(state, event) -> changes`. An intent to send is an
outbox that has a message; who sends reports what became of it as an event.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from contracts.alerts import SEVERITIES, Alert
from contracts.choices import Choice
from contracts.notes import Note
from contracts.notify_requests import Request
from services.notifier.allowance import (
    digest_from_ms,
    has_room,
    may_single,
    with_intent,
    with_sent,
    with_storm,
)
from services.notifier.composing import digested, message, part
from services.notifier.counting import count
from services.notifier.delivered import delivery
from services.notifier.escalating import escalated
from services.notifier.heard import hear_alert, hear_note, hear_request, take_by_other_rules
from services.notifier.homes import hear_of_homes, tell_homes
from services.notifier.leaving import (
    DEAD_AFTER_MS,
    finish,
    forget,
    give_up,
    leave_what_no_rule_knows,
)
from services.notifier.letterboxes import look_after_letterboxes, take_result
from services.notifier.messages import MOST_PARTS, Part
from services.notifier.rules import Notify, Rule
from services.notifier.state import (
    Arrived,
    Began,
    Changes,
    Dead,
    Draft,
    Group,
    Known,
    Outbox,
    State,
    Thread,
)
from services.notifier.threads import Due, due, news


class Heard(NamedTuple):
    """A version of an alert, a note of one, a request, or how a customer wants to be told, with the
    stamp of its record."""

    what: Alert | Note | Request | Choice
    at_ms: int
    customers: Mapping[str, tuple[str, ...]] = {}
    """Of an alert: whose homes it hits, each with the meters."""


class Unchosen(NamedTuple):
    """A customer wants to be told of nothing any more."""

    customer: str


class Tick(NamedTuple):
    """Time has passed; all that is in the log is heard."""

    at_ms: int


class Result(NamedTuple):
    """What became of a try to send.

    A refusal is for good; any other failure is tried again.
    """

    channel: str
    message_id: str
    at_ms: int
    problem: str = ""
    is_refused: bool = False
    customer: str | None = None
    """To whom it was, if to a customer."""


Event: TypeAlias = Heard | Unchosen | Tick | Result


def step(state: State, notify: Notify, event: Event) -> Changes:
    """What takes the place of what by an event; the state stays as it is."""
    draft = Draft(state)
    if isinstance(event, Heard):
        _hear(draft, notify, event)
    elif isinstance(event, Unchosen):
        if (choice := draft.get(Choice, event.customer)) is not None:
            draft.drop(choice)
    elif isinstance(event, Result):
        _take_result(draft, event)
    else:
        _tick(draft, notify, event.at_ms)
    return draft.changes


def _hear(draft: Draft, notify: Notify, heard: Heard) -> None:
    what, at_ms = heard.what, heard.at_ms
    if isinstance(what, Alert):
        if hear_alert(draft, notify, what, at_ms) and notify.customers is not None:
            hear_of_homes(draft, what, heard.customers, at_ms)
    elif isinstance(what, Note):
        hear_note(draft, what, at_ms)
    elif isinstance(what, Choice):
        draft.put(what)
    else:
        hear_request(draft, what, at_ms)


def _take_result(draft: Draft, result: Result) -> None:
    """One of a message that is not on its way any more says nothing."""
    if result.customer is not None:
        take_result(
            draft,
            *(result.customer, result.message_id, result.at_ms, result.problem),
            is_refused=result.is_refused,
        )
        return
    outbox = draft.get(Outbox, result.channel)
    if outbox is None or outbox.sending is None or outbox.sending.id != result.message_id:
        return
    if result.is_refused:
        give_up(draft, outbox, result.at_ms, result.problem)
    elif result.problem:
        draft.put(replace(outbox, problem=result.problem))
    else:
        draft.put(Arrived(delivery(outbox.sending, "arrived", result.at_ms)))
        draft.put(with_sent(outbox, result.at_ms))


def _tick(draft: Draft, notify: Notify, now_ms: int) -> None:
    rules = {rule.name: rule for rule in notify.rule}
    leave_what_no_rule_knows(draft, notify, now_ms)
    take_by_other_rules(draft, notify, now_ms)
    count(draft, rules, now_ms)
    is_first = draft.get(Began, "began") is None
    if is_first:
        draft.put(Began(now_ms))
    _begin_threads(draft, notify, now_ms)
    # Found once, since a channel's are changed by what goes to that channel alone.
    threads: dict[str, list[Thread]] = defaultdict(list)
    for thread in draft.all(Thread):
        threads[thread.channel].append(thread)
    for name, channel in notify.messaged.items():
        outbox = draft.get(Outbox, name) or Outbox(name)
        if outbox.sending is not None and now_ms - outbox.since_ms >= DEAD_AFTER_MS:
            give_up(draft, outbox, now_ms, outbox.problem or "no answer within a day")
            outbox = replace(outbox, sending=None)
        if outbox.sending is None:
            outbox = _send_again(draft, outbox, channel.max_per_hour, now_ms)
        if outbox.sending is None:
            _settle(draft, rules, outbox, threads[name], channel.max_per_hour, now_ms)
    finish(draft, rules, now_ms)
    look_after_letterboxes(draft, notify, now_ms)
    if notify.customers is not None:
        tell_homes(draft, notify.customers, now_ms, is_first=is_first)
    forget(draft, now_ms)


def _begin_threads(draft: Draft, notify: Notify, now_ms: int) -> None:
    rules = {rule.name: rule for rule in notify.rule}
    for group in draft.all(Group):
        rule = rules[group.rule]
        if all(each.opened is None for each in group.members.values()):
            continue
        if not any(each in notify.messaged for each in rule.to):
            # Who gets no messages is shown it from now on.
            opened = [an_id for an_id, each in group.members.items() if each.opened is not None]
            group = _told(draft, group, opened, now_ms)
        threads = [Thread(group.id, channel, now_ms) for channel in rule.to]
        group = escalated(draft, group, rule, now_ms)
        if group.escalated:
            threads += [
                Thread(group.id, channel, now_ms, escalated_ms=now_ms, ended_before=group.changes)
                for channel in rule.channels[len(rule.to) :]
            ]
        for thread in threads:
            if thread.channel in notify.messaged and draft.get(Thread, thread.key) is None:
                draft.put(thread)


def _told(draft: Draft, group: Group, alert_ids: Iterable[str], now_ms: int) -> Group:
    """The group as somebody has been told of these of it."""
    first = [each for each in alert_ids if group.members[each].told_ms is None]
    if not first:
        return group
    members = {each: replace(group.members[each], told_ms=now_ms) for each in first}
    group = replace(group, members={**group.members, **members})
    draft.put(group)
    return group


def _send_again(draft: Draft, outbox: Outbox, max_per_hour: int, now_ms: int) -> Outbox:
    """The outbox with the message that somebody first asked to be sent again, if there is one and
    room for it."""
    wanted = [
        each
        for each in draft.all(Dead)
        if each.again_ms is not None
        and each.message.customer is None
        and each.message.channel == outbox.channel
        and has_room(outbox, each.message, max_per_hour, now_ms)
    ]
    if not wanted:
        return outbox
    dead = min(wanted, key=lambda each: (each.again_ms, each.key))
    outbox = with_intent(outbox, dead.message, now_ms)
    draft.drop(dead)
    draft.put(outbox)
    return outbox


def _settle(
    draft: Draft,
    rules: Mapping[str, Rule],
    outbox: Outbox,
    threads: Sequence[Thread],
    max_per_hour: int,
    now_ms: int,
) -> None:
    """Settle the message that goes to a channel next, if one is due and there is room.

    Args:
        threads: The channel's.
    """
    mine = [(thread, _group_of(draft, thread)) for thread in threads]
    begun_ms = [at_ms for _, group in mine if (at_ms := _begun_ms(group)) is not None]
    outbox = with_storm(outbox, begun_ms, now_ms)
    ready = [
        (found, thread, group)
        for thread, group in mine
        if (found := due(draft, group, thread, rules[group.rule], now_ms)) is not None
        and found.at_ms <= now_ms
    ]
    ready.sort(key=lambda each: (-_severity(each[2]), each[0].at_ms, each[1].key))
    is_digest = outbox.storm_ms is not None or not may_single(outbox, max_per_hour, now_ms)
    if not is_digest:
        chosen = ready[:1]
    elif now_ms >= digest_from_ms(outbox, max_per_hour):
        # What is said again has time until there is room.
        chosen = [each for each in ready if each[0].why != "repeated"][:MOST_PARTS]
    else:
        chosen = []
    if chosen:
        outbox = _send(draft, outbox, chosen, now_ms, is_digest=is_digest)
    if outbox != draft.get(Outbox, outbox.channel):
        draft.put(outbox)


def _group_of(draft: Draft, thread: Thread) -> Group:
    group = draft.get(Group, thread.group)
    assert group is not None, f"{thread.group} of {thread.channel} is not there"
    return group


def _send(
    draft: Draft,
    outbox: Outbox,
    chosen: list[tuple[Due, Thread, Group]],
    now_ms: int,
    *,
    is_digest: bool,
) -> Outbox:
    parts: list[Part] = []
    for found, thread, _ in chosen:
        # As it is now: what a part before this one tells of is told there alone.
        group = draft.get(Group, thread.group)
        again = found.why == "repeated"
        if group is None or not (again or news(group, thread)):
            continue
        parts.append(part(draft, group, thread, found.why))
        draft.put(
            replace(
                thread,
                told=group.changes,
                messages=thread.messages + 1,
                last_ms=now_ms,
                repeats=thread.repeats + 1 if again else 0,
            )
        )
        group = _told(draft, group, news(group, thread).opened, now_ms)
        _tell_here_alone(draft, group, thread)
    if len(parts) > 1:
        parts = [digested(each, len(parts)) for each in parts]
    first = chosen[0][1]
    # What no other message of the channel has, also where the channel was not in the file between.
    name = f"digest {now_ms}" if is_digest else f"{first.key} {first.begun_ms} {first.messages}"
    settled = message(outbox.channel, name, parts, now_ms, is_digest=is_digest)
    return with_intent(outbox, settled, now_ms)


def _tell_here_alone(draft: Draft, group: Group, thread: Thread) -> None:
    """Of alerts whose beginning a channel hears here it hears by no other rule, which may have told
    it before, when they were less severe."""
    for an_id in news(group, thread).opened:
        known = draft.get(Known, an_id)
        for other_id in known.taken.values() if known else ():
            other = draft.get(Group, other_id)
            if other is None or other.id == group.id or an_id not in other.members:
                continue
            member = other.members[an_id]
            elsewhere = tuple(sorted({*member.elsewhere, thread.channel}))
            members = {**other.members, an_id: replace(member, elsewhere=elsewhere)}
            draft.put(replace(other, members=members))


def _severity(group: Group) -> int:
    members = group.members.values()
    return max(SEVERITIES.index(each.figures.severity) for each in members)


def _begun_ms(group: Group) -> int | None:
    """When the first of it counted; None if it is silenced since."""
    members = group.members.values()
    return min((each.opened.at_ms for each in members if each.opened is not None), default=None)
