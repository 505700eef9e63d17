"""What a look at a running month comes to, as readers find it (`contracts.so_far`)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.curve.registers import MICRO
from billing.settlement.allocation import Unpriced
from billing.settlement.bills import rates
from billing.settlement.further import Reached, further, reached
from billing.settlement.identities import of_settlement
from billing.settlement.ledger import NOBODY, Rate
from billing.settlement.settlement import Settlement, billed
from billing.settlement.terms import Terms
from billing.tariffs.money import Totals, totals
from billing.tariffs.plan import Tiers
from contracts.billing import Charge, Letter
from contracts.energy import Span
from contracts.masters import Masters, PlanVersion
from contracts.reading import Commodity
from contracts.so_far import (
    BalanceSoFar,
    CustomerSoFar,
    LineSoFar,
    PricesSoFar,
    RegisterSoFar,
    SiteSoFar,
    UnpricedSoFar,
)
from services.settlement.interim import SoFar

BROKEN_TOLD = 20


@dataclass(frozen=True, slots=True)
class Look:
    """When a look was, and of what."""

    until_ms: int
    """As of the look."""
    computed_ms: int
    """On the wall."""
    took_ms: int


def entries(
    found: SoFar, masters: Masters, look: Look, period_ms: int
) -> tuple[SiteSoFar, dict[int, CustomerSoFar]]:
    """The entry of a site, and those of its customers by their ids.

    Raises:
        MastersError: a category of tax has no rate.
    """
    settlement, site = found.run.settlement, found.settling.site
    rows = _Registers(found, period_ms)
    own_totals = _totals(settlement.charges, rates(site.tax_region, masters.tax_rates))
    lines: dict[int, list[LineSoFar]] = defaultdict(list)
    for charge in settlement.charges:
        if charge.key.customer_id != NOBODY:
            lines[charge.key.customer_id].append(_line(charge))
    energies = _energies(settlement)
    registers = {} if found.is_closed else rows.of_customers()
    unpriced, lacking = _unpriced(settlement)
    customers = {}
    for customer_id in sorted({*lines, *energies, *registers}):
        own = own_totals.get(customer_id, totals(()))
        its = energies.get(customer_id, _Energy({}, {}, 0))
        customers[customer_id] = CustomerSoFar(
            own.net,
            own.tax,
            own.gross,
            lines.get(customer_id, []),
            its.imported,
            its.exported,
            its.estimated,
            registers.get(customer_id, []),
            lacking.get(customer_id, []),
        )
    month = found.settling.month
    read = found.last_ms[found.last_ms >= month.span.begin_ms]
    plans = {
        (version.plan_id, version.version): each.plan
        for version, each in found.settling.terms.items()
    }
    entry = SiteSoFar(
        site_id=site.site_id,
        month=month.name,
        begin_ms=month.span.begin_ms,
        end_ms=month.span.end_ms,
        currency=site.currency,
        until_ms=look.until_ms,
        archived_ms=int(read.max()) if len(read) else None,
        masters_as_of_ms=masters.as_of_ms,
        computed_ms=look.computed_ms,
        took_ms=look.took_ms,
        customers=len(customers),
        net_minor=sum(each.net_minor for each in customers.values()),
        tax_minor=sum(each.tax_minor for each in customers.values()),
        gross_minor=sum(each.gross_minor for each in customers.values()),
        balances=[
            BalanceSoFar(
                each.commodity,
                each.direction,
                each.metered_mwh,
                each.billed_mwh,
                each.unassigned_mwh,
                each.estimated_mwh,
            )
            for each in settlement.balances
        ],
        prices=rows.prices,
        is_closed=found.is_closed,
        broken=[f"{each}" for each in of_settlement(settlement, plans)[:BROKEN_TOLD]],
        unpriced=unpriced,
    )
    return entry, customers


def _unpriced(settlement: Settlement) -> tuple[list[UnpricedSoFar], dict[int, list[int]]]:
    """Why contracts cannot be priced, and by customer the places of what is said of theirs."""
    places: dict[Unpriced, int] = {}
    own: dict[int, list[int]] = defaultdict(list)
    for each in settlement.supplied:
        if each.supply.unpriced is not None:
            place = places.setdefault(each.supply.unpriced, len(places))
            if place not in own[each.supply.customer_id]:
                own[each.supply.customer_id].append(place)
    return [UnpricedSoFar(each.plan_id, each.why) for each in places], own


def _line(charge: Charge) -> LineSoFar:
    key = charge.key
    return LineSoFar(
        key.premises_id, key.component, key.band, charge.unit, charge.quantity, charge.minor
    )


def _totals(charges: Iterable[Charge], rate: Rate) -> dict[int, Totals]:
    """What each customer would be sent if the month ended here, as `billing.settlement.bills`."""
    own: dict[int, list[tuple[str, Decimal, int]]] = defaultdict(list)
    for each in charges:
        if each.key.customer_id != NOBODY and each.tax_category:
            own[each.key.customer_id].append((each.tax_category, rate(each), each.minor))
    return {customer_id: totals(amounts) for customer_id, amounts in own.items()}


@dataclass(slots=True)
class _Energy:
    imported: dict[Commodity, int]
    exported: dict[Commodity, int]
    estimated: int


def _energies(settlement: Settlement) -> dict[int, _Energy]:
    found: dict[int, _Energy] = {}
    for each in settlement.supplied:
        supply = each.supply
        its = found.setdefault(supply.customer_id, _Energy({}, {}, 0))
        for sums, letters in ((its.imported, each.imported), (its.exported, each.exported)):
            if amount := billed(letters):
                sums[supply.commodity] = sums.get(supply.commodity, 0) + amount
            its.estimated += letters.get(Letter.E, 0) + letters.get(Letter.F, 0)
    return found


class _Registers:
    """The registers that may count more of a month, and the prices of that.

    Args:
        found: A look.
    """

    def __init__(self, found: SoFar, period_ms: int) -> None:
        self.prices: list[PricesSoFar] = []
        self._found, self._period_ms = found, period_ms
        self._totals: list[int] | None = None
        self._places: dict[tuple[PlanVersion, Reached, date | None], int] = {}
        month = found.settling.month.span
        known = found.last_ms[found.last_ms >= month.begin_ms]
        # What comes next begins with the register that is farthest behind, if it reads at all.
        first_ms = max(int(known.min()), month.begin_ms) if len(known) else month.begin_ms
        self._first = max((min(first_ms, month.end_ms - 1) - month.begin_ms) // period_ms, 0)

    def of_customers(self) -> dict[int, list[RegisterSoFar]]:
        """Those of each customer, by the customer's id."""
        rows: dict[int, list[RegisterSoFar]] = defaultdict(list)
        for customer_id, row in self._rows():
            rows[customer_id].append(row)
        return rows

    def _rows(self) -> Iterator[tuple[int, RegisterSoFar]]:
        settling, month = self._found.settling, self._found.settling.month.span
        last_ms, last_mwh = self._found.last_ms.tolist(), self._found.last_mwh.tolist()
        for stay in settling.allocation.stays:
            register = self._found.registers[stay.register]
            at_ms = last_ms[stay.register]
            if stay.supply is None or at_ms < 0 or at_ms >= stay.span.end_ms:
                continue
            if register.direction == "feeder":
                continue
            supply = settling.allocation.supplies[stay.supply]
            yield (
                supply.customer_id,
                RegisterSoFar(
                    register.register_id,
                    register.commodity,
                    at_ms,
                    last_mwh[stay.register],
                    register.direction,
                    self._place(stay.supply),
                    stay.span.begin_ms if stay.span.begin_ms > at_ms else 0,
                    stay.span.end_ms if stay.span.end_ms < month.end_ms else None,
                    register.boundary == "at_reading",
                    register.max_w,
                    int(register.multiplier * MICRO),
                ),
            )

    def _place(self, supply_place: int) -> int | None:
        settling = self._found.settling
        supply = settling.allocation.supplies[supply_place]
        if supply.plan is None:
            return None
        terms = settling.terms[supply.plan]
        in_tiers: Reached = ()
        if any(isinstance(each, Tiers) for each in terms.plan.components):
            if self._totals is None:
                self._totals = settling.totals()
            total = self._totals[supply_place]
            in_tiers = reached(terms.plan, supply.span, settling.month.span, total)
        key = (supply.plan, in_tiers, settling.month.since(supply.span))
        if key not in self._places:
            self._places[key] = len(self.prices)
            self.prices.append(self._prices(terms, in_tiers, supply.span))
        return self._places[key]

    def _prices(self, terms: Terms, in_tiers: Reached, span: Span) -> PricesSoFar:
        month = self._found.settling.month
        return further(
            terms,
            # No supply goes on over a change of them.
            month.rates_of(span),
            in_tiers,
            month.span.begin_ms,
            self._first,
            self._period_ms,
        )
