"""Hours of one meter, and the alerts that they make.

Of all hours those are looked for in which an alert may open and in which it may close: it is open
from one of the first to the next one of the others.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from contracts.alerts import Kind, alert_id
from contracts.time import HOUR_MS
from verification.rows import AlertKey, AlertVersion, HourFact

Told = tuple[AlertKey, AlertVersion]


@dataclass(frozen=True)
class Hour:
    """An hour, as its fact has it."""

    meter_id: str
    at_ms: int
    fact: HourFact

    @property
    def begin_ms(self) -> int:
        """When it begins."""
        return self.at_ms - HOUR_MS

    @property
    def area(self) -> str:
        """Where its meter is."""
        return self.fact.area

    @property
    def energy(self) -> int:
        """What counts, thousandths."""
        return round(1_000 * self.fact.energy)

    @property
    def said(self) -> int:
        """What demands say, thousandths; 0 if they say nothing."""
        return round(1_000 * (self.fact.by_demand or 0.0))


class OfMeter(Protocol):
    """What any hour has."""

    @property
    def meter_id(self) -> str:
        """Of its meter."""

    @property
    def at_ms(self) -> int:
        """Its end."""

    @property
    def area(self) -> str:
        """Where its meter is."""


class Version(NamedTuple):
    """What a version of an alert says, but for what follows from its place among them."""

    kind: Kind
    severity: str
    onset_ms: int
    hour: OfMeter
    """That it is told at."""
    rule: str
    """Of the last one it is the reason, too."""
    numbers: Mapping[str, float]
    is_last: bool = False
    restored_at_ms: int | None = None


def numbered(versions: Sequence[Version], rules: str) -> Iterator[Told]:
    """The versions of one alert, by rules of a version."""
    opened_at_ms = versions[0].hour.at_ms
    for number, each in enumerate(versions, 1):
        state = "closed" if each.is_last else "updated" if number > 1 else "opened"
        at_ms, meter_id = each.hour.at_ms, each.hour.meter_id
        yield (
            (alert_id(each.kind, meter_id, opened_at_ms), number),
            AlertVersion(
                state=state,
                kind=each.kind,
                subject=meter_id,
                severity=each.severity,
                area=each.hour.area,
                onset_ms=each.onset_ms,
                opened_at_ms=opened_at_ms,
                at_ms=at_ms,
                rule=each.rule,
                numbers=tuple(sorted(each.numbers.items())),
                rules=rules,
                restored_at_ms=each.restored_at_ms,
                closed_at_ms=at_ms if each.is_last else None,
                reason=each.rule if each.is_last else None,
            ),
        )


def running(flags: Iterable[bool]) -> list[int]:
    """How many in a row, up to each, are so."""
    numbers, number = [], 0
    for flag in flags:
        number = number + 1 if flag else 0
        numbers.append(number)
    return numbers


def places_of(flags: Iterable[bool]) -> list[int]:
    """Where it is so."""
    return [place for place, flag in enumerate(flags) if flag]


def first_behind(places: Sequence[int], after: int) -> int | None:
    """The first place behind one."""
    index = bisect_left(places, after + 1)
    return places[index] if index < len(places) else None


def open_spans(opens: Sequence[int], closes: Sequence[int]) -> Iterator[tuple[int, int | None]]:
    """From where to where alerts are open: each from the first place that opens after the last was
    closed, to the first that closes after that."""
    place: int | None = -1
    while place is not None:
        opened = first_behind(opens, place)
        if opened is None:
            return
        place = first_behind(closes, opened)
        yield opened, place


def told_again(
    hours: Sequence[OfMeter], places: Sequence[int], opened: int, until: int, apart_ms: int
) -> Iterator[int]:
    """Places between two at which an alert is told again: each so long after the last."""
    told_ms = hours[opened].at_ms
    for place in places:
        if opened < place < until and hours[place].at_ms - told_ms >= apart_ms:
            told_ms = hours[place].at_ms
            yield place
