"""What a line of a bill is made of: the periods of its band with what they took and how that is
known, the days of a standing charge, the period of a peak."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from billing.curve.energies import matrix
from billing.curve.registers import Registers
from billing.curve.segments import Segments, cut, of_rows, row
from billing.settlement.allocation import Allocation, Supply, allocated
from billing.settlement.bills import SINCE
from billing.settlement.month import Month, month_of
from billing.settlement.terms import Terms, terms_of
from billing.settlement.together import left_of
from billing.tariffs.calendar import Calendar, calendar_of
from billing.tariffs.columns import netted
from billing.tariffs.plan import Demand, Energy, Export, Levy, Standing, Tiers
from contracts.billing import Letter, RunKind, Unit
from contracts.energy import Span
from contracts.masters import Direction, Masters

Ints = NDArray[np.int64]
Key = tuple[str, str, str]
"""Premises, component and band of a line."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a line has of some time."""

    span: Span
    quantity: int
    by_letter: Mapping[Letter, int]
    """Empty of what is not counted by a register."""


@dataclass(slots=True)
class Explained:
    """A line in parts, in the order of time."""

    unit: Unit
    """Of its parts: gas that is sold as energy was counted as volume."""
    what: str
    """How parts make the line."""
    parts: list[Part] = field(default_factory=list)


SUM = "the sum of periods"
DAYS = "a day for each first instant of one"
PEAK = "the largest measured period of the window"
RATCHET = f"{PEAK}, or the share of an earlier month's that the ratchet asks for, if that is more"
PEAKS = (PEAK, RATCHET)


@dataclass(frozen=True, slots=True)
class _Used:
    """What a supply took or gave in the periods of a month."""

    energy_mwh: Ints
    others: Mapping[int, Mapping[Letter, int]]
    """By period, what of it is not simply measured."""


def explained(
    masters: Masters,
    site_id: str,
    registers: Registers,
    segments: Segments,
    month: str,
    customer_id: int,
    premises: Collection[str],
    *,
    kind: RunKind,
    period_ms: int,
) -> dict[Key, Explained]:
    """What each line of a customer's month at some premises is made of. Lines that follow from
    others (minimum, discount) are not there.

    Args:
        segments: All of the curve that touches the month, of the registers at these premises.

    Raises:
        As `settle`.
    """
    site = next(each for each in masters.sites if each.site_id == site_id)
    calendar = calendar_of(site, masters.holidays)
    its = month_of(month, calendar, site, masters.tax_rates)
    allocation = allocated(
        masters,
        site_id,
        registers,
        its.span,
        lambda day: calendar.day(day).begin_ms,
        edges_ms=its.changes_ms,
    )
    own = {
        place: each
        for place, each in enumerate(allocation.supplies)
        if each.customer_id == customer_id and each.premises_id in premises
    }
    terms = terms_of(masters, site, calendar, tuple(own.values()), its.span, period_ms)
    found: dict[Key, Explained] = {}
    for place, supply in own.items():
        if supply.plan is None:
            continue
        sides = {
            direction: _used(
                allocation, registers, segments, place, direction, its.span, period_ms, kind
            )
            for direction in ("import", "export")
        }
        if terms[supply.plan].weights.nets:
            sides = _netted(sides)
        for component, band, each in _parts(
            supply, terms[supply.plan], sides, its, calendar, period_ms
        ):
            key = (supply.premises_id, component, band)
            had = found.setdefault(key, Explained(each.unit, each.what))
            had.parts += each.parts
            if each.what in PEAKS and had.parts:
                # Of all parts of the month one has it (`peaks_once`).
                had.parts = [max(had.parts, key=lambda part: part.quantity)]
    return found


def _used(
    allocation: Allocation,
    registers: Registers,
    segments: Segments,
    supply: int,
    direction: str,
    month: Span,
    period_ms: int,
    kind: RunKind,
) -> _Used:
    periods = (month.end_ms - month.begin_ms) // period_ms
    energy = np.zeros(periods, dtype=np.int64)
    others: dict[int, dict[Letter, int]] = {}
    for stay in allocation.stays:
        if stay.supply != supply or registers[stay.register].direction != direction:
            continue
        near = segments.of(stay.register)
        edges = (stay.span.begin_ms, stay.span.end_ms)
        pieces = [
            (0, *piece[1:])
            for at in range(near.start, near.stop)
            for piece in cut(row(segments, at), edges)
            if stay.span.begin_ms <= piece[1] and piece[2] <= stay.span.end_ms
        ]
        of_stay = matrix(of_rows(pieces), 1, month.begin_ms, periods, period_ms)
        energy += of_stay.energy_mwh[0]
        other = of_stay.other
        for period, code, amount in zip(
            other.period.tolist(), other.letter.tolist(), other.energy_mwh.tolist(), strict=True
        ):
            letter = Letter(code)
            if kind == "final" and letter == Letter.E:
                letter = Letter.F
            letters = others.setdefault(period, {})
            letters[letter] = letters.get(letter, 0) + amount
    return _Used(energy, others)


def _netted(sides: Mapping[str, _Used]) -> dict[str, _Used]:
    imported, exported = sides["import"], sides["export"]
    taken, given = netted(imported.energy_mwh, exported.energy_mwh)
    # What was given is in the peak, too.
    unsure: dict[int, dict[Letter, int]] = {period: {} for period in exported.others}
    unsure |= left_of(imported.others, taken)
    return {
        "import": _Used(taken, unsure),
        "export": _Used(given, left_of(exported.others, given)),
    }


def _parts(
    supply: Supply,
    terms: Terms,
    sides: Mapping[str, _Used],
    month: Month,
    calendar: Calendar,
    period_ms: int,
) -> Iterator[tuple[str, str, Explained]]:
    plan = terms.plan
    changed = month.since(supply.span)
    since = f"{SINCE}{changed}" if changed else ""
    unit: Unit = "mwh" if plan.commodity == "electricity" else "ml"
    demands = 0
    for number, component in enumerate(plan.components):
        key = plan.key(number)
        side: Direction = plan.direction(number)
        used = sides[side]
        if isinstance(component, Energy | Export):
            weights = terms.weights.exported if side == "export" else terms.weights.imported
            for column, place in zip(
                (each for each in terms.meanings if each.what == "quantity"),
                terms.weights.quantities,
                strict=True,
            ):
                if column.component == number:
                    chosen = np.flatnonzero(weights[:, place])
                    parts = _periods(used, chosen, supply.span, month.span, period_ms)
                    yield key + since, column.band, Explained(unit, SUM, parts)
        elif isinstance(component, Tiers | Levy):
            everywhere = np.arange(len(used.energy_mwh))
            parts = _periods(used, everywhere, supply.span, month.span, period_ms)
            yield key + since, "", Explained(unit, SUM, parts)
        elif isinstance(component, Standing):
            days = [
                Part(calendar.day(day), 1, {})
                for day in calendar.days(month.span)
                if supply.span.begin_ms <= calendar.day(day).begin_ms < supply.span.end_ms
            ]
            yield key + since, "", Explained("days", DAYS, days)
        elif isinstance(component, Demand):
            window = terms.weights.windows[:, demands]
            demands += 1
            what = RATCHET if component.ratchet_months else PEAK
            yield key + since, "", Explained(unit, what, _peak(used, window, month.span, period_ms))


def _periods(
    used: _Used, chosen: Sequence[int] | Ints, supply: Span, month: Span, period_ms: int
) -> list[Part]:
    parts = []
    for period in map(int, chosen):
        begin_ms = month.begin_ms + period * period_ms
        first_ms = max(begin_ms, supply.begin_ms)
        last_ms = min(begin_ms + period_ms, supply.end_ms)
        if first_ms < last_ms:
            amount = int(used.energy_mwh[period])
            parts.append(Part(Span(first_ms, last_ms), amount, _letters(used, period, amount)))
    return parts


def _peak(used: _Used, window: NDArray[np.bool_], month: Span, period_ms: int) -> list[Part]:
    measured = window.copy()
    measured[list(used.others)] = False
    if not measured.any():
        return []
    period = int(np.where(measured, used.energy_mwh, -1).argmax())
    begin_ms = month.begin_ms + period * period_ms
    amount = int(used.energy_mwh[period])
    return [Part(Span(begin_ms, begin_ms + period_ms), amount, {Letter.A: amount})]


def _letters(used: _Used, period: int, amount: int) -> dict[Letter, int]:
    others = dict(used.others.get(period, {}))
    simply = amount - sum(others.values())
    return ({Letter.A: simply} if simply else {}) | others
