"""Homes that always used something and use nothing any more: `zero_use`."""

from collections.abc import Iterator, Sequence

from contracts.time import HOUR_MS
from verification.oracle.detection.hourly import Hour, Version, open_spans, places_of, told_again
from verification.oracle.detection.rules import ZeroRules


def zero_uses(hours: Sequence[Hour], rules: ZeroRules) -> Iterator[list[Version]]:
    """The versions of each alert of a meter."""
    reasons = [_reason(each.fact.idle_hours, rules) for each in hours]
    closes = places_of(each is not None for each in reasons)
    opens = places_of(
        reason is None and each.fact.zero_hours >= rules.zero_hours and each.said <= 0
        for each, reason in zip(hours, reasons, strict=True)
    )
    for opened, closed in open_spans(opens, closes):
        onset_ms = hours[opened].at_ms - hours[opened].fact.zero_hours * HOUR_MS
        until = len(hours) if closed is None else closed
        places = [opened, *told_again(hours, range(until), opened, until, rules.told_again_ms)]
        versions = [_version(hours[opened : place + 1], onset_ms, "nothing") for place in places]
        if closed is not None:
            reason = reasons[closed] or ""
            last = _version(hours[opened : closed + 1], onset_ms, reason)
            zeros = [each.at_ms for each in hours[: closed + 1] if each.energy <= 0]
            restored_at_ms = zeros[-1] if reason == "used" else None
            versions.append(last._replace(is_last=True, restored_at_ms=restored_at_ms))
        yield versions


def _reason(idle_hours: int | None, rules: ZeroRules) -> str | None:
    if idle_hours is None:
        return "gone"
    if idle_hours == 0:
        return "used"
    return "as_a_rule" if idle_hours >= rules.given_up_hours else None


def _version(hours: Sequence[Hour], onset_ms: int, rule: str) -> Version:
    """Told at the last of the hours since it was opened."""
    used = sum(max(each.energy, 0) for each in hours)
    numbers = {"hours": (hours[-1].at_ms - onset_ms) / HOUR_MS, "used_wh": used / 1_000}
    return Version("zero_use", "notice", onset_ms, hours[-1], rule, numbers)
