"""Incidents: outages near one another in place and time, which people look at as one.

No job makes them, and none is stored: an incident is a function of a set of alerts, so whoever has
the same alerts, in whatever order they came, finds the same incidents. Why is in
docs/decisions/0020-readers-find-incidents.md.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct

from contracts.alerts import SEVERITIES, Alert, Severity
from contracts.geohash import around
from contracts.time import MINUTE_MS

GEOHASH_LENGTH = 3
"""Outages are near one another whose geohashes begin with so many characters of the same cell, some
150 km, or of two that touch: a line between cells is none between neighbours."""
APART_MS = 10 * MINUTE_MS
"""So long after the latest onset of an incident an outage that begins is still of it."""
STORM_OUTAGES = 11
"""So many outages that opened within STORM_WITHIN_MS are a storm: more than anybody looks at one by
one (ISA-18.2: a flood)."""
STORM_WITHIN_MS = 10 * MINUTE_MS
CALM_BELOW = 5
"""It is over when fewer are open."""


class Storm(Struct, frozen=True, omit_defaults=True):
    """A time in which an incident has more outages than anybody looks at one by one: only the
    incident is worth a message then."""

    begin_ms: int
    end_ms: int | None = None
    """None while it goes on."""


class Incident(Struct, frozen=True, omit_defaults=True):
    """Outages each of which is near another one, and began no more than APART_MS before or after
    it."""

    id: str
    """That of its first outage: the one that opened first, of several the first by id."""
    geohashes: tuple[str, ...]
    """What the geohashes of its outages begin with, GEOHASH_LENGTH characters each, in their
    order."""
    severity: Severity
    """The severest of its outages that are open, or of all when none is."""
    onset_ms: int
    """When the earliest began."""
    last_onset_ms: int
    """When the latest began."""
    opened_at_ms: int
    """When the first outage opened."""
    at_ms: int
    """Event time of the newest word of any."""
    outages: tuple[str, ...]
    """Ids of alerts, in the order in which they opened."""
    feeders: tuple[str, ...]
    """Whose outages they are, in the order of their names."""
    outages_open: int
    homes_count: int
    """Homes that were hit: of each feeder what its worst outage hit, added up."""
    homes_out: int
    """Homes that are not back, of the outages that are open."""
    closed_at_ms: int | None = None
    """When the last outage closed; None while one is open."""
    storms: tuple[Storm, ...] = ()
    """In the order of time."""

    @property
    def storm(self) -> Storm | None:
        """The storm that goes on, if one does."""
        last = self.storms[-1] if self.storms else None
        return last if last is not None and last.end_ms is None else None


def incidents(alerts: Iterable[Alert]) -> list[Incident]:
    """The incidents that outages are of, by when they opened; each outage is of one, most of them
    the only one of theirs.

    Args:
        alerts: Versions of alerts of any kind, in any order, some perhaps twice: of each outage the
            highest version counts.
    """
    found = map(_incident, _together(_newest(alerts)))
    return sorted(found, key=lambda incident: (incident.opened_at_ms, incident.id))


def _newest(alerts: Iterable[Alert]) -> Collection[Alert]:
    newest: dict[str, Alert] = {}
    for alert in alerts:
        known = newest.get(alert.id)
        if alert.kind == "outage" and (known is None or known.version < alert.version):
            newest[alert.id] = alert
    return newest.values()


def cell_of(alert: Alert) -> str:
    """Where an alert is, as one is near another."""
    return alert.area[:GEOHASH_LENGTH]


def are_near(one: Alert, other: Alert) -> bool:
    """Whether two alerts of a kind are of one incident, whatever others there are."""
    apart_ms = abs(one.onset_ms - other.onset_ms)
    return apart_ms <= APART_MS and cell_of(other) in around(cell_of(one))


def _together(outages: Iterable[Alert]) -> Iterable[list[Alert]]:
    """Outages between which steps from one to another that is near lead."""
    in_order = sorted(outages, key=lambda outage: outage.onset_ms)
    joined = list(range(len(in_order)))
    latest: dict[str, int] = {}

    def first(number: int) -> int:
        while joined[number] != number:
            joined[number] = joined[joined[number]]
            number = joined[number]
        return number

    for number, outage in enumerate(in_order):
        # Of a cell the latest one stands for all of it that are near.
        for cell in around(cell_of(outage)):
            before = latest.get(cell)
            if before is not None and are_near(in_order[before], outage):
                joined[first(number)] = first(before)
        latest[cell_of(outage)] = number
    groups: dict[int, list[Alert]] = defaultdict(list)
    for number, outage in enumerate(in_order):
        groups[first(number)].append(outage)
    return groups.values()


def _incident(outages: Sequence[Alert]) -> Incident:
    in_order = sorted(outages, key=lambda outage: (outage.opened_at_ms, outage.id))
    are_open = [outage for outage in outages if outage.closed_at_ms is None]
    closed_ms = [each.closed_at_ms for each in outages if each.closed_at_ms is not None]
    homes: dict[str, int] = {}
    for outage in outages:
        homes[outage.subject] = max(outage.homes_count, homes.get(outage.subject, 0))
    return Incident(
        id=in_order[0].id,
        geohashes=tuple(sorted({cell_of(outage) for outage in outages})),
        severity=max((each.severity for each in are_open or outages), key=SEVERITIES.index),
        onset_ms=min(outage.onset_ms for outage in outages),
        last_onset_ms=max(outage.onset_ms for outage in outages),
        opened_at_ms=in_order[0].opened_at_ms,
        at_ms=max(outage.at_ms for outage in outages),
        outages=tuple(outage.id for outage in in_order),
        feeders=tuple(sorted(homes)),
        outages_open=len(are_open),
        homes_count=sum(homes.values()),
        homes_out=sum(outage.homes_out for outage in are_open),
        closed_at_ms=None if are_open else max(closed_ms),
        storms=tuple(_storms(sorted(each.opened_at_ms for each in outages), sorted(closed_ms))),
    )


def _storms(opened_ms: Sequence[int], closed_ms: Sequence[int]) -> Iterator[Storm]:
    """Storms of outages that opened and closed at these times, both in their order."""
    begin_ms: int | None = None
    for at_ms in sorted({*opened_ms, *closed_ms}):
        opened = bisect_right(opened_ms, at_ms)
        lately = opened - bisect_left(opened_ms, at_ms - STORM_WITHIN_MS)
        are_open = opened - bisect_right(closed_ms, at_ms)
        if begin_ms is None and lately >= STORM_OUTAGES and are_open >= CALM_BELOW:
            begin_ms = at_ms
        elif begin_ms is not None and are_open < CALM_BELOW:
            yield Storm(begin_ms, at_ms)
            begin_ms = None
    if begin_ms is not None:
        yield Storm(begin_ms)
