"""Charges: of supplies, and of nobody. Those of one key are one; what rounding costs is told."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from billing.settlement.bills import SINCE
from billing.settlement.ledger import NOBODY
from billing.settlement.month import Month
from billing.settlement.peaks import Peaks
from billing.settlement.settlement import Letters, Supplied, Unassigned, billed
from billing.settlement.terms import Terms
from billing.settlement.used import Used
from billing.tariffs.money import minor
from billing.tariffs.rating import Line, Usage, rated
from contracts.billing import Charge, ChargeKey, Letter, Unit
from contracts.energy import Span
from contracts.masters import Direction
from contracts.reading import Commodity

NO_CONTRACT, NO_PRICE = "no_contract", "no_price"
"""The band of energy of which nobody knows what it costs: that a customer took on no plan, or on
one that cannot be priced."""

ByLetter = tuple[tuple[Letter, int], ...]


def of_supply(
    supplied: Supplied,
    terms: Terms | None,
    used: Used,
    peaks: Peaks,
    month: Month,
    period_ms: int,
    until_ms: int | None = None,
) -> Iterator[Charge]:
    """What a customer owes for a supply: by the lines of the plan, or energy alone without one.

    Args:
        peaks: Those that are charged here (`peaks_once`).
        until_ms: Days that begin later are not counted; all are without it.

    Raises:
        TariffError: prices include tax, and a category has no rate.
    """
    supply = supplied.supply
    changed = month.since(supply.span)
    since = f"{SINCE}{changed}" if changed else ""

    def key(component: str, band: str) -> ChargeKey:
        return ChargeKey(
            supply.customer_id, supply.premises_id, month.name, f"{component}{since}", band
        )

    if terms is None:
        sides: tuple[tuple[Direction, Letters], ...] = (
            ("import", supplied.imported),
            ("export", supplied.exported),
        )
        band = NO_CONTRACT if supply.unpriced is None else NO_PRICE
        for direction, letters in sides:
            if quantity := billed(letters):
                component = f"{supply.commodity}/{direction}"
                yield Charge(
                    key(component, band),
                    _unit(supply.commodity),
                    quantity,
                    0,
                    0,
                    by_letter=_known(letters),
                )
        return
    usage = Usage(
        span=supply.span,
        month=month.span,
        sums=dict(zip(terms.meanings, used.sums, strict=True)),
        total=used.total,
        peaks=peaks.own_mwh,
        earlier_peaks=peaks.earlier_mwh,
        days=month.days(supply.span if until_ms is None else _before(supply.span, until_ms)),
        by_letter=_known(supplied.imported),
        period_ms=period_ms,
    )
    for line in rated(terms.plan, usage, month.rates_of(supply.span)):
        yield Charge(
            key(line.component, line.band),
            line.unit,
            line.quantity,
            line.exact,
            line.minor,
            line.tax_category,
            _by_letter(line, terms, usage, used),
        )


def of_nobody(unassigned: Unassigned, month: str) -> Charge:
    """Energy that is nobody's, by its reason; without money."""
    return Charge(
        ChargeKey(
            NOBODY,
            unassigned.premises_id,
            month,
            f"{unassigned.commodity}/{unassigned.direction}",
            unassigned.reason,
        ),
        _unit(unassigned.commodity),
        billed(unassigned.letters),
        0,
        0,
        by_letter=_known(unassigned.letters),
    )


def merged(charges: Iterable[Charge]) -> list[Charge]:
    """One charge for each key, in their order. Several are of times that something divides: a
    version of the plan that ends, or a customer who came back."""
    found: dict[object, Charge] = {}
    for charge in charges:
        had = found.get(charge.key)
        if had is not None:
            charge = replace(
                charge,
                quantity=had.quantity + charge.quantity,
                exact=had.exact + charge.exact,
                minor=had.minor + charge.minor,
                by_letter=_added(had.by_letter, charge.by_letter),
            )
        found[charge.key] = charge
    # As tuples they are compared much faster, in the same order.
    return sorted(found.values(), key=lambda charge: _parts(charge.key))


def off_by_rounding(charges: Iterable[Charge], currency: str) -> list[Charge]:
    """What lines of a thing, each rounded, come to less the thing rounded as a whole, where a month
    of premises is shared: by two customers, or by two versions of a plan. Nobody's to pay: below
    zero it is lost.

    Args:
        charges: As they were rounded, before those of one key are one.
    """
    shared: dict[object, list[Charge]] = defaultdict(list)
    for charge in charges:
        _, *place = _parts(charge.key)
        shared[tuple(place)].append(charge)
    found = []
    for parts in shared.values():
        if len(parts) == 1:
            continue
        whole = minor(sum(part.exact for part in parts), currency)
        off = sum(part.minor for part in parts) - whole
        if off:
            key = replace(parts[0].key, customer_id=NOBODY)
            found.append(Charge(key, "none", 0, 0, off))
    return found


def _parts(key: ChargeKey) -> tuple[int, str, str, str, str]:
    return (key.customer_id, key.premises_id, key.month, key.component, key.band)


def _before(span: Span, until_ms: int) -> Span:
    return Span(span.begin_ms, max(span.begin_ms, min(span.end_ms, until_ms)))


def _unit(commodity: Commodity) -> Unit:
    return "mwh" if commodity == "electricity" else "ml"


def _known(letters: Letters) -> ByLetter:
    return tuple(sorted([(each, n) for each, n in letters.items() if n and each != Letter.N]))


def _by_letter(line: Line, terms: Terms, usage: Usage, used: Used) -> ByLetter:
    """How much of a line's quantity is known how; nothing where the plan does not tell which."""
    column = terms.column(line.component, line.band)
    if column is not None:
        others = used.others_mwh.get(column)
        # Most are simply measured, and there are many.
        if not others:
            return ((Letter.A, line.quantity),) if line.quantity else ()
        sign = 1 if line.quantity >= 0 else -1
        simply = abs(line.quantity) - sum(others.values())
        return _known({each: sign * n for each, n in {**others, Letter.A: simply}.items()})
    # Gas that is sold as energy is known by letter as volume.
    is_all = line.quantity == usage.total == sum(energy for _, energy in usage.by_letter)
    return usage.by_letter if is_all else ()


def _added(one: ByLetter, other: ByLetter) -> ByLetter:
    sums: dict[Letter, int] = defaultdict(int)
    for letter, quantity in (*one, *other):
        sums[letter] += quantity
    return tuple(sorted((letter, quantity) for letter, quantity in sums.items() if quantity))
