"""What customers are told of their own homes: that something lasts, and that it is over.

It is less than duty is told: no repeats, no escalation, and one message has all that is due.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec.structs import replace

from contracts.alerts import FOR_CUSTOMERS, Alert
from contracts.choices import Choice
from contracts.choices import Quiet as ChosenQuiet
from contracts.time import HOUR_MS
from services.notifier.composing import end_ms, message
from services.notifier.counting import PARTS_OF_AN_OUTAGE, is_part
from services.notifier.messages import Example, Part
from services.notifier.quiet_hours import quiet_until_ms
from services.notifier.rules import Customers, Quiet
from services.notifier.silenced import is_silenced
from services.notifier.state import Draft, Hit, Known, Letterbox, hit_key

RULE = "customers"
"""What stands in messages where others have the rule that took the alert."""
MOST_PARTS = 20
"""Of a message; the rest is in the next one."""
MOST_AT_ONCE = 1_000
"""Messages that are settled in a step, so that none takes long."""


def hear_of_homes(
    draft: Draft, alert: Alert, customers: Mapping[str, tuple[str, ...]], at_ms: int
) -> None:
    """Take which homes a version of an alert hits.

    Args:
        customers: Each with the meters that it hits, in their order.
    """
    if alert.kind not in FOR_CUSTOMERS or alert.state == "closed":
        return
    for customer, meters in customers.items():
        choice = draft.get(Choice, customer)
        if choice is None or alert.kind not in choice.kinds:
            continue
        hit = draft.get(Hit, hit_key(alert.id, customer))
        if hit is None:
            draft.put(Hit(customer, alert.id, meters, at_ms))
        elif hit.meters != meters:
            draft.put(replace(hit, meters=meters))


def tell_homes(draft: Draft, customers: Customers, now_ms: int, *, is_first: bool) -> None:
    """Settle the messages that go to customers now.

    Args:
        is_first: Time has not passed before: what is over is of a time before the notifier.
    """
    standing = _Standing(draft, customers, now_ms)
    due: dict[str, list[Hit]] = defaultdict(list)
    for hit in draft.all(Hit):
        if not standing.is_wanted(hit) or (is_first and standing.is_over(hit)):
            draft.drop(hit)
        elif standing.is_due(hit):
            due[hit.customer].append(hit)
    settled = 0
    for customer, hits in due.items():
        letterbox = draft.get(Letterbox, customer) or Letterbox(customer)
        if settled < MOST_AT_ONCE and _has_room(letterbox, customers, now_ms):
            choice = draft.get(Choice, customer)
            assert choice is not None
            if not _is_quiet(choice, now_ms):
                draft.put(_settled(draft, letterbox, choice, hits, now_ms))
                settled += 1


def _has_room(letterbox: Letterbox, customers: Customers, now_ms: int) -> bool:
    lately = sum(now_ms - each < HOUR_MS for each in letterbox.went_ms)
    return letterbox.sending is None and lately < customers.max_per_hour


def _is_quiet(choice: Choice, now_ms: int) -> bool:
    if choice.quiet is None:
        return False
    return _quiet_until_ms(choice.quiet, choice.zone, now_ms) is not None


@lru_cache(maxsize=10_000)
def _quiet_until_ms(quiet: ChosenQuiet, zone: str, now_ms: int) -> int | None:
    """Remembered, since thousands who are hit at once have chosen the same hours."""
    hours = Quiet.model_validate({"from": quiet.begin, "to": quiet.end, "zone": zone})
    return quiet_until_ms(hours, now_ms)


class _Standing:
    """How what hits homes stands at a time; of an alert that is looked at once."""

    def __init__(self, draft: Draft, customers: Customers, now_ms: int) -> None:
        self._draft, self._customers, self._now_ms = draft, customers, now_ms
        self._held: dict[str, bool] = {}
        self._out: set[tuple[str, str]] = set()
        """Customers and meters in an outage that goes on, of which they are told by itself."""
        for hit in draft.all(Hit):
            alert = self._alert(hit)
            if alert is not None and alert.kind == "outage" and alert.state != "closed":
                self._out.update((hit.customer, each) for each in hit.meters)

    def is_wanted(self, hit: Hit) -> bool:
        """Whether there is, or may be, anything to be told."""
        choice, alert = self._draft.get(Choice, hit.customer), self._alert(hit)
        if choice is None or alert is None or alert.kind not in choice.kinds:
            return False
        if choice.channel not in self._customers.channels:
            return False
        if alert.state != "closed":
            return True
        if is_part(alert):
            return False
        # Of what was over before it could be told, nobody is told but of what lasted.
        lasted = alert.at_ms - alert.opened_at_ms >= self._customers.lasting
        return hit.told_ms is not None or (lasted and not self._is_held(hit, alert))

    def is_over(self, hit: Hit) -> bool:
        """Whether what hit the home is over."""
        alert = self._alert(hit)
        return alert is not None and alert.state == "closed"

    def is_due(self, hit: Hit) -> bool:
        """Whether there is something to be told now, of what is wanted."""
        alert = self._alert(hit)
        assert alert is not None
        if alert.state == "closed":
            return True
        if hit.told_ms is not None or self._now_ms - hit.heard_ms < self._customers.lasting:
            return False
        return not self._is_held(hit, alert)

    def _alert(self, hit: Hit) -> Alert | None:
        known = self._draft.get(Known, hit.alert_id)
        return None if known is None else known.alert

    def _is_held(self, hit: Hit, alert: Alert) -> bool:
        """Whether it is not told as it stands: somebody wants it silent, it is a part of an outage
        that is told, or the home has power and only its link is lost."""
        if alert.kind in PARTS_OF_AN_OUTAGE and (hit.customer, alert.subject) in self._out:
            return True
        if alert.id not in self._held:
            self._held[alert.id] = is_silenced(self._draft, alert, self._now_ms)
        return self._held[alert.id] or (alert.kind == "outage" and alert.cause == "communication")


def _settled(
    draft: Draft, letterbox: Letterbox, choice: Choice, hits: Iterable[Hit], now_ms: int
) -> Letterbox:
    """The letterbox with a message that tells of these, as many as there is room for."""
    chosen = sorted(hits, key=lambda each: (each.heard_ms, each.key))[:MOST_PARTS]
    parts = []
    for hit in chosen:
        known = draft.get(Known, hit.alert_id)
        assert known is not None
        parts.append(_part(known.alert, hit))
        if known.alert.state == "closed":
            draft.drop(hit)
        else:
            draft.put(replace(hit, told_ms=now_ms))
    told = " ".join(f"{each.group} {each.why}" for each in parts)
    # What no other message has, also to who wanted to be told no more, and does again.
    name = f"{choice.customer} {now_ms} {told}"
    settled = message(choice.channel, name, parts, now_ms, is_digest=False)
    went_ms = tuple(each for each in letterbox.went_ms if now_ms - each < HOUR_MS)
    return Letterbox(
        customer=choice.customer,
        sending=replace(settled, customer=choice.customer),
        since_ms=now_ms,
        went_ms=(*went_ms, now_ms),
    )


def _part(alert: Alert, hit: Hit) -> Part:
    """What a customer is told of an alert: nothing of others, so none of its evidence."""
    is_over = alert.state == "closed"
    until_ms = end_ms(alert) if is_over else None
    told = (alert.id,)
    numbers = alert.evidence.numbers
    return Part(
        group=alert.id,
        rule=RULE,
        kind=alert.kind,
        why="ended" if is_over else "opened",
        severity=alert.severity,
        place="",
        begin_ms=alert.onset_ms,
        end_ms=until_ms,
        alerts=1,
        alerts_open=0 if is_over else 1,
        examples=(Example(alert.id, alert.subject, alert.severity, alert.onset_ms, until_ms),),
        opened=told if hit.told_ms is None else (),
        opened_count=int(hit.told_ms is None),
        ended=told if is_over else (),
        ended_count=int(is_over),
        homes=len(hit.meters),
        homes_out=len(hit.meters) if alert.kind == "outage" and not is_over else 0,
        meters=hit.meters,
        used_wh=numbers.get("used_wh") if alert.kind == "unusual_use" else None,
        usual_wh=numbers.get("usual_wh") if alert.kind == "unusual_use" else None,
    )
