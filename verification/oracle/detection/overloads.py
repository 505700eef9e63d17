"""Feeders that carry more than they may: `overload`."""

from collections.abc import Iterator

import numpy as np

from contracts.alerts import SEVERITIES
from verification.oracle.detection.in_a_row import (
    Flags,
    Ints,
    Minutes,
    Span,
    as_opened,
    spans,
    tellings,
)
from verification.oracle.detection.rules import OverloadRules, Rules
from verification.oracle.detection.silences import Told

_WARNING, _MAJOR, _CRITICAL = (SEVERITIES.index(each) for each in ("warning", "major", "critical"))


class _Loads:
    """The minutes of a feeder by what of its capacity it draws."""

    def __init__(self, minutes: Minutes, numbers: OverloadRules) -> None:
        self.minutes = minutes
        self._drawn = np.abs(minutes.thousandths("demand_w"))
        self._capacity = minutes.thousandths("capacity_w")
        self.high = minutes.row(self._at(numbers.open_percent))
        self.low = minutes.row(~self._at(numbers.close_percent))
        self.severity = self._severity(numbers)
        self.share = np.array(
            [
                abs(fact.demand_w) / fact.capacity_w if fact.capacity_w else 0
                for fact in minutes.facts
            ]
        )

    def _at(self, percent: int) -> Flags:
        """Whether so much of the capacity is drawn, if there is one."""
        enough: Flags = 100 * self._drawn >= percent * self._capacity
        return enough & (self._capacity > 0)

    def _severity(self, numbers: OverloadRules) -> Ints:
        """How bad each minute is by itself, and by those in a row that it ends."""
        over = self._at(numbers.major_percent)
        worst = self._at(numbers.critical_percent)
        worst |= self.minutes.row(over).for_ms(numbers.critical_after_ms)
        return np.select([worst, over], [_CRITICAL, _MAJOR], _WARNING)


def overloads(minutes: Minutes, rules: Rules) -> Iterator[Told]:
    """Every version of every overload of a feeder."""
    numbers = rules.overload
    loads = _Loads(minutes, numbers)
    opens = loads.high.for_ms(numbers.open_after_ms)
    for span in spans(opens, loads.low.for_ms(numbers.close_after_ms)):
        yield from _versions(loads, span, rules)


def _versions(loads: _Loads, span: Span, rules: Rules) -> Iterator[Told]:
    minutes = loads.minutes
    since = loads.high.since(span.opens)
    # Up to each minute, of those from the onset on in which much is drawn.
    counts = loads.high.holds[since:]
    shares = np.where(counts, loads.share[since:], 0.0)
    number, most = np.cumsum(counts), np.maximum.accumulate(shares)
    # One after the other, as sums of fractions depend on it.
    total = np.add.accumulate(shares)
    severity = np.maximum.accumulate(loads.severity[since:])

    def is_worse(before: int, now: int) -> bool:
        return bool(severity[now - since] > severity[before - since])

    an_id, opened = as_opened("overload", minutes, span, loads.high, rules)
    told = tellings(span, minutes.at_ms, rules.updates, is_worse=is_worse)
    for version, (minute, state) in enumerate(told, 1):
        fact, upto = minutes.facts[minute], minute - since
        numbers = {
            "utilisation": float(loads.share[minute]),
            "most_utilisation": float(most[upto]),
            "mean_utilisation": float(total[upto]) / int(number[upto]),
            "minutes": int(number[upto]),
            "demand_w": fact.demand_w,
        }
        if fact.capacity_w is not None:
            numbers["capacity_w"] = fact.capacity_w
        said = opened._replace(
            state=state,
            severity=SEVERITIES[int(severity[upto])],
            at_ms=int(minutes.at_ms[minute]),
            rule="utilisation",
            numbers=tuple(sorted(numbers.items())),
        )
        if state == "closed":
            heard = fact.by_supply or 2 * fact.homes >= fact.members
            said = said._replace(
                restored_at_ms=loads.low.since_ms(minute),
                closed_at_ms=said.at_ms,
                reason="below" if heard else "not_heard",
            )
        yield (an_id, version), said
