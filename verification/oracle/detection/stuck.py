"""Registers that stand still while their meters say demands: `stuck_register`."""

from collections.abc import Iterator, Sequence

from contracts.time import HOUR_MS
from verification.oracle.detection.hourly import (
    Hour,
    Version,
    open_spans,
    places_of,
    running,
    told_again,
)
from verification.oracle.detection.rules import StuckRules


def stuck_registers(all_hours: Sequence[Hour], rules: StuckRules) -> Iterator[list[Version]]:
    """The versions of each alert of a meter."""
    hours = [each for each in all_hours if _is_judged(each, rules)]
    counts = [100 * each.energy >= rules.counted_percent * each.said for each in hours]
    still = [
        100 * each.energy < rules.stuck_percent * each.said and not so
        for each, so in zip(hours, counts, strict=True)
    ]
    lost = places_of(not so for so in counts)
    opens = places_of(number >= rules.stuck_hours for number in running(still))
    closes = places_of(number >= rules.counted_hours for number in running(counts))
    for opened, closed in open_spans(opens, closes):
        first = opened - rules.stuck_hours + 1
        # An hour just before of which a part was counted is the one in which it stopped.
        if first > 0 and not counts[first - 1]:
            first -= 1
        since = [place for place in lost if place >= first]
        until = len(hours) if closed is None else closed
        again = told_again(hours, lost, opened, until, rules.told_again_ms)
        versions = [_version(hours, since, place, "stuck") for place in (opened, *again)]
        if closed is not None:
            restored_at_ms = hours[closed - rules.counted_hours + 1].begin_ms
            last = _version(hours, since, closed, "counts")
            versions.append(last._replace(is_last=True, restored_at_ms=restored_at_ms))
        yield versions


def _is_judged(hour: Hour, rules: StuckRules) -> bool:
    fact = hour.fact
    well_read = 100 * fact.readings >= rules.well_read_percent * fact.expected
    return fact.by_demand is not None and well_read and hour.said >= 1_000 * rules.judged_wh


def _version(hours: Sequence[Hour], since: Sequence[int], place: int, rule: str) -> Version:
    """Told at a place; `since` are those at which it did not count, since it stopped."""
    first, hour = hours[since[0]], hours[place]
    uncounted = [hours[each] for each in since if each <= place]
    counted = max(first.fact.energy, 0.0) / (first.fact.by_demand or 0.0)
    return Version(
        "stuck_register",
        "major",
        first.at_ms - round((1 - counted) * HOUR_MS),
        hour,
        rule,
        {
            "gained_wh": sum(each.energy for each in uncounted) / 1_000,
            "said_wh": sum(each.said for each in uncounted) / 1_000,
            "hour_gained_wh": hour.fact.energy,
            "hour_said_wh": hour.fact.by_demand or 0.0,
            "readings": hour.fact.readings,
            "expected": hour.fact.expected,
        },
    )
