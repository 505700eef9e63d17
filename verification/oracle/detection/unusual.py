"""Homes that use electricity as they do not: `unusual_use`.

Hours that are unusual or nearly so are gathered into spans, and each span that has an unusual one
is an alert.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from contracts.time import HOUR_MS
from verification.oracle.detection.hourly import Version, told_again
from verification.oracle.detection.rules import UnusualRules
from verification.rows import JudgedFact

_PARTS = {"1 h": "hour", "6 h": "six_hours", "24 h": "day"}
"""Rules by what is found unusual; the others have its name."""


@dataclass(frozen=True)
class JudgedHour:
    """An hour, as its fact has it."""

    meter_id: str
    at_ms: int
    fact: JudgedFact

    @property
    def area(self) -> str:
        """Where its meter is."""
        return self.fact.area

    @property
    def begin_ms(self) -> int:
        """When it begins."""
        return self.at_ms - HOUR_MS

    @property
    def score(self) -> float:
        """Of an hour that is not judged it is below all others."""
        return -float("inf") if self.fact.score is None else self.fact.score


def unusual_uses(hours: Sequence[JudgedHour], rules: UnusualRules) -> Iterator[list[Version]]:
    """The versions of each alert of a meter."""
    high = [place for place, hour in enumerate(hours) if hour.score > rules.close_score]
    for places in _spans(hours, high, rules):
        opens = [place for place in places if hours[place].score > rules.open_score]
        if not opens:
            continue
        opened, last = opens[0], places[-1]
        closed = _closed(hours, last, rules)
        onset_ms = hours[places[0]].begin_ms
        worst = dict(zip(places, accumulate((hours[each] for each in places), _worse), strict=True))
        again = told_again(hours, places, opened, last + 1, rules.told_again_ms)
        versions = [
            _version(hours[place], onset_ms, worst[place], _part(worst[place]))
            for place in (opened, *again)
        ]
        if closed is not None:
            judged = any(each.fact.score is not None for each in _usual(hours, last, closed, rules))
            reason = "usual" if judged else "not_judged"
            version = _version(hours[closed], onset_ms, worst[last], reason)
            versions.append(version._replace(is_last=True, restored_at_ms=hours[last].at_ms))
        yield versions


def _spans(
    hours: Sequence[JudgedHour], high: Sequence[int], rules: UnusualRules
) -> Iterator[list[int]]:
    """The places of high hours that belong together: fewer than so many hours lie between two."""
    span: list[int] = list(high[:1])
    for before, place in pairwise(high):
        between_ms = hours[place].begin_ms - hours[before].at_ms
        if between_ms >= rules.close_hours * HOUR_MS:
            yield span
            span = []
        span.append(place)
    if span:
        yield span


def _closed(hours: Sequence[JudgedHour], last: int, rules: UnusualRules) -> int | None:
    """Place of the hour by which a span is over, the last of which is at a place."""
    for place in range(last + 1, len(hours)):
        is_high = hours[place].score > rules.close_score
        until_ms = hours[place].begin_ms if is_high else hours[place].at_ms
        if until_ms - hours[last].at_ms >= rules.close_hours * HOUR_MS:
            return place
    return None


def _usual(
    hours: Sequence[JudgedHour], last: int, closed: int, rules: UnusualRules
) -> Iterable[JudgedHour]:
    """The hours since that are not high."""
    return (each for each in hours[last + 1 : closed + 1] if each.score <= rules.close_score)


def _worse(one: JudgedHour, other: JudgedHour) -> JudgedHour:
    return other if other.score > one.score else one


def _part(worst: JudgedHour) -> str:
    channel = worst.fact.channel or ""
    return _PARTS.get(channel, channel)


def _version(hour: JudgedHour, onset_ms: int, worst: JudgedHour, rule: str) -> Version:
    fact = worst.fact
    numbers = {"score": worst.score, "used_wh": fact.used_wh, "usual_wh": fact.usual_wh}
    known = {name: number or 0.0 for name, number in numbers.items()}
    return Version("unusual_use", "notice", onset_ms, hour, rule, known)
