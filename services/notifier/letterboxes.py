"""What becomes of messages to customers: each arrives, or is tried until it is given up."""

from msgspec.structs import replace

from contracts.choices import Choice
from contracts.time import HOUR_MS
from services.notifier.delivered import delivery
from services.notifier.leaving import DEAD_AFTER_MS
from services.notifier.rules import Notify
from services.notifier.state import Arrived, Dead, Draft, Hit, Letterbox

MOST_DEAD = 1_000
"""Messages to customers that did not arrive and are remembered: the newest."""
NOT_WANTED = "the customer wants to be told no more"
NOT_OFFERED = "the channel was taken out of the file"


def take_result(
    draft: Draft, customer: str, message_id: str, at_ms: int, problem: str, *, is_refused: bool
) -> None:
    """Take what became of a try; one of a message that is not on its way says nothing."""
    letterbox = draft.get(Letterbox, customer)
    if letterbox is None or letterbox.sending is None or letterbox.sending.id != message_id:
        return
    if is_refused:
        _give_up(draft, letterbox, at_ms, problem)
    elif problem:
        draft.put(replace(letterbox, problem=problem))
    else:
        draft.put(Arrived(delivery(letterbox.sending, "arrived", at_ms)))
        # The limit is that of who receives, by when messages arrive.
        went_ms = (*letterbox.went_ms[:-1], at_ms)
        draft.put(Letterbox(customer, went_ms=went_ms))


def look_after_letterboxes(draft: Draft, notify: Notify, now_ms: int) -> None:
    """Give up what is tried for too long or goes nowhere, send again what somebody asks for, and
    leave letterboxes of which there is nothing to know."""
    if notify.customers is None:
        for hit in draft.all(Hit):
            draft.drop(hit)
    for letterbox in draft.all(Letterbox):
        sending = letterbox.sending
        if sending is not None:
            _look_after(draft, notify, letterbox, now_ms)
        elif all(now_ms - each >= HOUR_MS for each in letterbox.went_ms):
            draft.drop(letterbox)
    dead = [each for each in draft.all(Dead) if each.message.customer is not None]
    for each in dead:
        if each.again_ms is not None:
            _send_again(draft, notify, each, now_ms)
    if len(dead) > MOST_DEAD:
        for each in sorted(dead, key=lambda each: (-each.at_ms, each.key))[MOST_DEAD:]:
            draft.drop(each)


def _look_after(draft: Draft, notify: Notify, letterbox: Letterbox, now_ms: int) -> None:
    sending = letterbox.sending
    assert sending is not None
    choice = draft.get(Choice, letterbox.customer)
    if choice is None:
        _give_up(draft, letterbox, now_ms, NOT_WANTED)
    elif choice.channel not in notify.of_customers:
        _give_up(draft, letterbox, now_ms, NOT_OFFERED)
    elif now_ms - letterbox.since_ms >= DEAD_AFTER_MS:
        _give_up(draft, letterbox, now_ms, letterbox.problem or "no answer within a day")
    elif choice.channel != sending.channel:
        # Who has chosen another channel is told by that one.
        draft.put(replace(letterbox, sending=replace(sending, channel=choice.channel)))


def _give_up(draft: Draft, letterbox: Letterbox, at_ms: int, problem: str) -> None:
    assert letterbox.sending is not None
    draft.put(Dead(letterbox.sending, at_ms, problem))
    draft.put(replace(letterbox, sending=None, problem=""))


def _send_again(draft: Draft, notify: Notify, dead: Dead, now_ms: int) -> None:
    """As it was, and by the channel that the customer wants now; as soon as nothing else is on its
    way. What somebody asks for counts in no limit."""
    customer = dead.message.customer
    assert customer is not None
    choice, letterbox = draft.get(Choice, customer), draft.get(Letterbox, customer)
    if choice is None or choice.channel not in notify.of_customers:
        return
    if letterbox is None:
        letterbox = Letterbox(customer)
    if letterbox.sending is None:
        sending = replace(dead.message, channel=choice.channel)
        went_ms = (*letterbox.went_ms, now_ms)
        draft.put(Letterbox(customer, sending=sending, since_ms=now_ms, went_ms=went_ms))
        draft.drop(dead)
