"""Whose bill waits for a person: customers whose registers have findings of severity `hold`."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from billing.curve.findings import Finding
from billing.settlement.allocation import Lasting
from contracts.energy import Span
from contracts.masters import Installation, Masters, Occupancy
from contracts.reading import Commodity


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a customer gets no document."""

    customer_id: int
    premises_id: str
    finding: Finding


def holds(masters: Masters, findings: Iterable[Finding], month: Span) -> tuple[Hold, ...]:
    """Who had the premises of a register while something is found of it that holds bills, within
    the month; by customer, premises and time."""
    holding = [each for each in findings if each.severity == "hold" and each.register_id]
    if not holding:
        return ()
    registers = {_register(each) for each in holding}
    places = [
        each
        for each in masters.installations
        if _register(each) in registers and each.direction != "feeder"
    ]
    of_premises: dict[str, list[Occupancy]] = defaultdict(list)
    known = {each.premises_id for each in places}
    for each in masters.occupancies:
        if each.premises_id in known:
            of_premises[each.premises_id].append(each)
    found = {
        (
            *(occupied.customer_id, place.premises_id, finding.begin_ms, finding.rule),
            *_register(finding),
        ): Hold(occupied.customer_id, place.premises_id, finding)
        for finding in holding
        for place in places
        if _register(place) == _register(finding)
        for occupied in of_premises[place.premises_id]
        if _overlap(month, finding, place, occupied)
    }
    return tuple(found[key] for key in sorted(found))


def _register(of: Finding | Installation) -> tuple[str, Commodity]:
    return of.register_id, of.commodity


def _overlap(*spans: Lasting) -> bool:
    """Whether there is a time that all of them have."""
    ends = [each.end_ms for each in spans if each.end_ms is not None]
    return max(each.begin_ms for each in spans) < min(ends)
