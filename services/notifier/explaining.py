"""Which rule takes an alert, and when who is told, in sentences."""

from collections.abc import Iterator

from contracts.alerts import FOR_CUSTOMERS, Alert
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from services.notifier.heard import place_of
from services.notifier.quiet_hours import quiet_until_ms
from services.notifier.rules import Notify, Rule


def explain(notify: Notify, alert: Alert, now_ms: int) -> Iterator[str]:
    """What rules make of a version of an alert, the one that takes it last.

    Args:
        now_ms: When it is to be told, for quiet hours.
    """
    yield from _of_rules(notify, alert, now_ms)
    customers = notify.customers
    if customers is not None and alert.kind in FOR_CUSTOMERS:
        lasting = f" if it lasts {span(customers.lasting)}" if customers.lasting else ""
        yield f"customers whose homes it hits are told{lasting}, each as it has chosen"


def _of_rules(notify: Notify, alert: Alert, now_ms: int) -> Iterator[str]:
    for rule in notify.rule:
        reason = rule.when.unlike(alert)
        if reason is None:
            yield f"rule {rule.name} takes it"
            yield from _what_happens(rule, alert, now_ms)
            return
        yield f"rule {rule.name} does not: {reason}"
    yield "no rule takes it: nobody is told"


def _what_happens(rule: Rule, alert: Alert, now_ms: int) -> Iterator[str]:
    belongs = {
        "incident": "what begins near it within ten minutes",
        "area": "all",
        "subject": "all",
    }[rule.group_by]
    place = place_of(alert, rule) or "the feed"
    yield f"  in one message with {belongs} of kind {alert.kind} in {place}"
    if rule.lasting:
        yield f"  only if it lasts {span(rule.lasting)}"
    yield f"  {', '.join(rule.to)}: after {span(rule.wait)}"
    yield f"  news of it, and its end: {span(rule.update_every)} after the message before at least"
    if rule.repeat_every is not None:
        yield (
            f"  the same again each {span(rule.repeat_every)}, at most {rule.max_repeats} times, "
            "until somebody acknowledges it"
        )
    if rule.escalate is not None:
        yield (
            f"  {', '.join(rule.escalate.to)}: {span(rule.escalate.after)} after it was "
            "first told, unless somebody acknowledges it"
        )
    if rule.quiet is not None:
        but = f", but for what is {rule.quiet.but} or worse" if rule.quiet.but else ""
        yield (
            f"  nobody from {rule.quiet.begin:%H:%M} to {rule.quiet.end:%H:%M} "
            f"({rule.quiet.zone}){but}"
        )
        until_ms = quiet_until_ms(rule.quiet, now_ms)
        if until_ms is not None:
            yield f"  it is quiet now, for {span(until_ms - now_ms)} more"


def span(length_ms: int) -> str:
    """A length as the file has it; of several units the largest two."""
    parts = []
    for unit, unit_ms in (("d", DAY_MS), ("h", HOUR_MS), ("m", MINUTE_MS), ("s", SECOND_MS)):
        number, length_ms = divmod(length_ms, unit_ms)
        if number:
            parts.append(f"{number}{unit}")
    return " ".join(parts[:2]) or "0s"
