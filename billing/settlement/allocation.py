"""Whose is what a register counted: pieces of its month, each somebody's, or nobody's for a reason.

A register stands at premises (installation), somebody has them (occupancy), on a plan (contract)
in one of its versions. All four are as recorded until the masters' `as_of_ms`.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Literal, Protocol, TypeVar

from billing.curve.registers import Registers
from billing.settlement.errors import MastersError
from contracts.energy import Span
from contracts.masters import Contract, Installation, Masters, Occupancy, PlanVersion
from contracts.reading import Commodity

Reason = Literal["unknown_register", "unknown_premises", "other_site", "vacant", "not_recorded_yet"]
"""Why nobody is charged: no installation names the register; or none at that time, or one at
premises that are not known; they are another site's; the last occupant has left; nobody is recorded
there up to then."""


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Why nobody can say what a contract comes to."""

    plan_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Supply:
    """What a customer is supplied with at premises, on one version of a plan, without a break."""

    customer_id: int
    premises_id: str
    commodity: Commodity
    plan: PlanVersion | None
    """None: there is no contract, or it is `unpriced`, so that energy is known and its cost is
    not."""
    span: Span
    unpriced: Unpriced | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A piece of a register's month."""

    register: int
    """Place in the list of registers."""
    span: Span
    premises_id: str
    """Empty where it is not known."""
    supply: int | None
    """Place in `Allocation.supplies`; None: nobody's."""
    reason: Reason | None
    """Why it is nobody's."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Who is supplied in a month, and whose each register is when."""

    supplies: tuple[Supply, ...]
    stays: tuple[Stay, ...]
    """By register and time; those of a register are the month without gap or overlap."""


class Lasting(Protocol):
    """A row that holds for some time."""

    @property
    def begin_ms(self) -> int:
        """From when, epoch ms."""

    @property
    def end_ms(self) -> int | None:
        """Until when, without that instant; None is open."""


Row = TypeVar("Row", bound=Lasting)
Key = TypeVar("Key", bound=Hashable)


def allocated(
    masters: Masters,
    site_id: str,
    registers: Sequence[Installation],
    month: Span,
    starts_ms: Callable[[date], int],
    edges_ms: Sequence[int] = (),
) -> Allocation:
    """Whose each register of a site is in a month.

    Args:
        registers: Of them only id and commodity count here: where a register stood when is the
            masters' to say. One that is there several times is where it is first.
        starts_ms: When a local day of the site begins.
        edges_ms: Times in order that no supply goes on over, such as changes of taxes.

    A contract that names a plan without a version then is a supply that is unpriced.

    Raises:
        MastersError: two rows hold at once.
    """
    site_of = {each.premises_id: each.site_id for each in masters.premises}
    installations = _timelines(
        masters.installations,
        lambda each: (each.register_id, each.commodity),
        "installation of the register",
    )
    occupancies = _timelines(
        masters.occupancies, lambda each: each.premises_id, "occupancy of the premises"
    )
    supplied = _supplied(masters, occupancies, site_of, site_id, month, starts_ms)
    cut = {
        key: [part for each in its for part in _cut(each, edges_ms)]
        for key, its in supplied.items()
    }
    supplies: list[Supply] = []
    supplied_at: dict[tuple[str, Commodity], list[tuple[int, Span]]] = {}
    for (premises_id, commodity), each in sorted(cut.items()):
        here = supplied_at[premises_id, commodity] = []
        for supply in each:
            here.append((len(supplies), supply.span))
            supplies.append(supply)
    stays: list[Stay] = []
    for place in sorted(Registers.of(registers).places.values()):
        register = registers[place]
        rows = installations.get((register.register_id, register.commodity), [])
        for span, installation in _tiled(rows, month):
            if installation is None:
                reason: Reason = "unknown_premises" if rows else "unknown_register"
                stays.append(Stay(place, span, "", None, reason))
                continue
            premises_id = installation.premises_id
            site = site_of.get(premises_id)
            if site != site_id:
                reason = "unknown_premises" if site is None else "other_site"
                stays.append(Stay(place, span, premises_id, None, reason))
                continue
            at = supplied_at.get((premises_id, register.commodity), [])
            for part, supply_place in _covered(at, span):
                reason_of_none = None
                if supply_place is None:
                    reason_of_none = _why_nobody(occupancies.get(premises_id, []), part)
                stays.append(Stay(place, part, premises_id, supply_place, reason_of_none))
    return Allocation(tuple(supplies), tuple(stays))


def _supplied(
    masters: Masters,
    occupancies: dict[str, list[Occupancy]],
    site_of: dict[str, str],
    site_id: str,
    month: Span,
    starts_ms: Callable[[date], int],
) -> dict[tuple[str, Commodity], list[Supply]]:
    """All that is supplied at the site, by premises and commodity, in the order of time."""
    contracts = _timelines(
        masters.contracts,
        lambda each: (each.premises_id, each.commodity, each.customer_id),
        "contract of the premises",
    )
    versions: dict[str, list[PlanVersion]] = defaultdict(list)
    for version in masters.plans:
        versions[version.plan_id].append(version)
    commodities: dict[str, set[Commodity]] = defaultdict(set)
    for contract in masters.contracts:
        commodities[contract.premises_id].add(contract.commodity)
    for installation in masters.installations:
        commodities[installation.premises_id].add(installation.commodity)
    found: dict[tuple[str, Commodity], list[Supply]] = {}
    for premises_id, rows in occupancies.items():
        if site_of.get(premises_id) != site_id:
            continue
        for commodity in sorted(commodities[premises_id]):
            supplies = found.setdefault((premises_id, commodity), [])
            for occupied in rows:
                whole = _within(occupied, month)
                if whole is None:
                    continue
                customer_id = occupied.customer_id
                terms = contracts.get((premises_id, commodity, customer_id), [])
                for span, held in _tiled(terms, whole):
                    supplies += (
                        Supply(
                            *(customer_id, premises_id, commodity, plan, part),
                            _without_version(held, part)
                            if held is not None and plan is None
                            else None,
                        )
                        for part, plan in _versions(held, versions, span, starts_ms)
                    )
    return found


def _cut(supply: Supply, edges_ms: Sequence[int]) -> Iterator[Supply]:
    span = supply.span
    inner = [ms for ms in edges_ms if span.begin_ms < ms < span.end_ms]
    for begin_ms, end_ms in pairwise([span.begin_ms, *inner, span.end_ms]):
        yield replace(supply, span=Span(begin_ms, end_ms))


def _versions(
    contract: Contract | None,
    versions: dict[str, list[PlanVersion]],
    span: Span,
    starts_ms: Callable[[date], int],
) -> Iterator[tuple[Span, PlanVersion | None]]:
    """The pieces of a contract's time, each with the version of its plan that holds if any does."""
    if contract is None:
        yield span, None
        return
    begin_ms = span.begin_ms
    for plan in sorted(versions.get(contract.plan_id, ()), key=lambda each: each.begin):
        first_ms = starts_ms(plan.begin)
        last_ms = span.end_ms if plan.end is None else min(starts_ms(plan.end), span.end_ms)
        if last_ms <= begin_ms or first_ms >= span.end_ms:
            continue
        if first_ms > begin_ms:
            break
        yield Span(begin_ms, last_ms), plan
        begin_ms = last_ms
    if begin_ms < span.end_ms:
        yield Span(begin_ms, span.end_ms), None


def _without_version(contract: Contract, span: Span) -> Unpriced:
    return Unpriced(
        contract.plan_id,
        f"the plan {contract.plan_id} has no version at {span.begin_ms} (epoch ms): load one that "
        "holds",
    )


def _timelines(
    rows: Iterable[Row], key_of: Callable[[Row], Key], what: str
) -> dict[Key, list[Row]]:
    """The rows of each key in the order of time.

    Raises:
        MastersError: two of them hold at once.
    """
    found: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        found[key_of(row)].append(row)
    for key, same in found.items():
        same.sort(key=lambda row: row.begin_ms)
        for one, other in pairwise(same):
            if one.end_ms is None or one.end_ms > other.begin_ms:
                raise MastersError(
                    f"{what} {key}: one from {one.begin_ms} to {one.end_ms} and one from "
                    f"{other.begin_ms} (epoch ms) hold at once: end the earlier one"
                )
    return dict(found)


def _within(row: Lasting, span: Span) -> Span | None:
    """The part of the span in which a row holds."""
    begin_ms = max(row.begin_ms, span.begin_ms)
    end_ms = span.end_ms if row.end_ms is None else min(row.end_ms, span.end_ms)
    return Span(begin_ms, end_ms) if begin_ms < end_ms else None


def _tiled(rows: Iterable[Row], span: Span) -> Iterator[tuple[Span, Row | None]]:
    """The whole span in pieces, each with the row that holds, if any does."""
    begin_ms = span.begin_ms
    for row in rows:
        part = _within(row, span)
        if part is None:
            continue
        if begin_ms < part.begin_ms:
            yield Span(begin_ms, part.begin_ms), None
        yield part, row
        begin_ms = part.end_ms
    if begin_ms < span.end_ms:
        yield Span(begin_ms, span.end_ms), None


def _covered(supplies: Iterable[tuple[int, Span]], span: Span) -> Iterator[tuple[Span, int | None]]:
    """The whole span in pieces, each with the place of the supply that there is, if any."""
    begin_ms = span.begin_ms
    for place, supplied in supplies:
        first_ms, last_ms = max(supplied.begin_ms, begin_ms), min(supplied.end_ms, span.end_ms)
        if first_ms >= last_ms:
            continue
        if begin_ms < first_ms:
            yield Span(begin_ms, first_ms), None
        yield Span(first_ms, last_ms), place
        begin_ms = last_ms
    if begin_ms < span.end_ms:
        yield Span(begin_ms, span.end_ms), None


def _why_nobody(occupancies: Iterable[Occupancy], span: Span) -> Reason:
    """Nobody has the premises in the span: has anybody had them before?"""
    before = any(each.begin_ms < span.begin_ms for each in occupancies)
    return "vacant" if before else "not_recorded_yet"
