"""Meters that count where nothing is connected: `use_while_off`."""

from collections.abc import Iterator, Sequence

from verification.oracle.detection.hourly import (
    Hour,
    Version,
    open_spans,
    places_of,
    running,
    told_again,
)
from verification.oracle.detection.rules import OffRules


def uses_while_off(hours: Sequence[Hour], rules: OffRules) -> Iterator[list[Version]]:
    """The versions of each alert of a meter."""
    on = [each.fact.off_ms is None for each in hours]
    used = [
        not so and each.energy > 1_000 * rules.used_wh for each, so in zip(hours, on, strict=True)
    ]
    quiet = running(not (a or b) for a, b in zip(on, used, strict=True))
    closes = places_of(
        so or number >= rules.quiet_hours for so, number in zip(on, quiet, strict=True)
    )
    uses = places_of(used)
    for opened, closed in open_spans(uses, closes):
        until = len(hours) if closed is None else closed
        again = told_again(hours, uses, opened, until, rules.told_again_ms)
        versions = [_version(hours, uses, opened, place, "used") for place in (opened, *again)]
        if closed is not None:
            reason = "connected" if on[closed] else "quiet"
            last = _version(hours, uses, opened, closed, reason)
            since_ms = hours[closed - rules.quiet_hours + 1].begin_ms
            versions.append(
                last._replace(is_last=True, restored_at_ms=None if on[closed] else since_ms)
            )
        yield versions


def _version(
    hours: Sequence[Hour], uses: Sequence[int], opened: int, place: int, rule: str
) -> Version:
    used = sum(hours[use].energy for use in uses if opened <= use <= place)
    return Version(
        "use_while_off",
        "major",
        hours[opened].begin_ms,
        hours[place],
        rule,
        {"used_wh": used / 1_000, "hour_wh": hours[place].fact.energy},
    )
