"""Feeders behind which voltages are out of bounds: `voltage_low` and `voltage_high`."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from contracts.alerts import Kind
from verification.oracle.detection.in_a_row import Ints, Minutes, Span, as_opened, spans, tellings
from verification.oracle.detection.rules import Rules, Updates
from verification.oracle.detection.silences import Told


class _Bound(NamedTuple):
    """One that voltages should keep."""

    kind: Kind
    outside: str
    """The number of homes beyond it, ..."""
    nearly: str
    """... and of those that are nearly so, with them."""
    severity: str


_BOUNDS = (
    _Bound("voltage_low", "low", "lowered", "warning"),
    _Bound("voltage_high", "high", "raised", "major"),
)


class _Homes:
    """How many homes of a feeder are beyond a bound, in thousandths, minute by minute."""

    def __init__(self, minutes: Minutes, bound: _Bound, rules: Rules) -> None:
        numbers = rules.voltage
        self.minutes, self.bound = minutes, bound
        self.known = minutes.thousandths("voltages")
        self.outside, self.nearly = map(minutes.thousandths, (bound.outside, bound.nearly))
        many = self.outside >= 1_000 * numbers.homes
        many &= 100 * self.outside >= numbers.open_percent * self.known
        few = 100 * self.nearly < numbers.close_percent * self.known
        self.many, self.few = minutes.row(many), minutes.row(few | (self.known == 0))


def voltages(minutes: Minutes, rules: Rules) -> Iterator[Told]:
    """Every version of every such alert of a feeder."""
    numbers = rules.voltage
    for bound in _BOUNDS:
        homes = _Homes(minutes, bound, rules)
        opens = homes.many.for_ms(numbers.open_after_ms)
        for span in spans(opens, homes.few.for_ms(numbers.close_after_ms)):
            yield from _versions(homes, span, rules)


def _versions(homes: _Homes, span: Span, rules: Rules) -> Iterator[Told]:
    minutes, bound = homes.minutes, homes.bound
    since = homes.many.since(span.opens)
    outside = homes.outside[since:]
    most = np.maximum.accumulate(outside)

    def is_news(before: int, now: int) -> bool:
        return any(
            _differ(each, before - since, now - since, rules.updates) for each in (most, outside)
        )

    an_id, opened = as_opened(bound.kind, minutes, span, homes.many, rules)
    told = tellings(span, minutes.at_ms, rules.updates, is_news=is_news)
    for version, (minute, state) in enumerate(told, 1):
        numbers = {
            "outside_homes": homes.outside[minute],
            "most_outside_homes": most[minute - since],
            "nearly_outside_homes": homes.nearly[minute],
            "known_homes": homes.known[minute],
        }
        said = opened._replace(
            state=state,
            severity=bound.severity,
            at_ms=int(minutes.at_ms[minute]),
            rule="together",
            numbers=tuple((name, int(value) / 1_000) for name, value in sorted(numbers.items())),
        )
        if state == "closed":
            said = said._replace(
                restored_at_ms=homes.few.since_ms(minute),
                closed_at_ms=said.at_ms,
                reason="within" if homes.known[minute] else "not_heard",
            )
        yield (an_id, version), said


def _differ(thousandths: Ints, before: int, now: int, updates: Updates) -> bool:
    """Whether so many homes more or fewer are news."""
    was, is_now = (round(int(thousandths[number]) / 1_000) for number in (before, now))
    change = abs(is_now - was)
    return change > 0 and (change >= updates.homes or 100 * change >= updates.homes_percent * was)
