"""What has to add up in every run; a run of which something does not is not to be issued.

Each function says what does not add up, and by how much; nothing where all does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from billing.settlement.bills import SINCE, Bill
from billing.settlement.ledger import NOBODY, Rate, deltas, is_issued, issued_sums
from billing.settlement.settlement import Settlement
from billing.tariffs.money import exact_in_minor, tax
from billing.tariffs.plan import Energy, Export, Levy, Plan, Tiers
from contracts.billing import Charge, ChargeKey, LedgerLine, Letter
from contracts.issued import DocumentSums

Plans: TypeAlias = Mapping[tuple[str, int], Plan]
"""By id and version, as `plans_of` has them."""

_Whole = tuple[int, str, str]
"""Customer, premises and component: all bands of it together."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something does not add up."""

    identity: str
    what: str
    found: int
    expected: int

    @property
    def by(self) -> int:
        """How much too large it is."""
        return self.found - self.expected

    def __str__(self) -> str:
        return f"{self.identity}: {self.what} is {self.found}, {self.by:+} from {self.expected}"


def energy(settlement: Settlement) -> list[Difference]:
    """Billed and unassigned energy is what registers counted, by commodity and direction."""
    return [
        wrong
        for each in settlement.balances
        if each.direction != "feeder"
        for wrong in _unless_equal(
            "energy",
            f"{each.commodity} {each.direction}, billed and unassigned",
            each.billed_mwh + each.unassigned_mwh,
            each.metered_mwh,
        )
    ]


def charged(settlement: Settlement, plans: Plans) -> list[Difference]:
    """Each part of a plan that prices energy has charges for all of it, and letters of all of
    these. Gas that is converted, and what is netted, have no such sum.
    """
    expected: dict[_Whole, int] = defaultdict(int)
    for each in settlement.supplied:
        if each.supply.plan is None:
            continue
        plan = plans[each.supply.plan.plan_id, each.supply.plan.version]
        if plan.net == "period" or (plan.commodity == "gas" and plan.counted == "mwh"):
            continue
        for place, component in enumerate(plan.components):
            if isinstance(component, Energy | Tiers | Levy | Export):
                letters = each.exported if isinstance(component, Export) else each.imported
                of = (each.supply.customer_id, each.supply.premises_id, plan.key(place))
                expected[of] += sum(letters.values()) - letters.get(Letter.N, 0)
    found: dict[_Whole, int] = defaultdict(int)
    wrong = []
    for charge in settlement.charges:
        key = charge.key
        component_key = key.component.partition(SINCE)[0]
        found[key.customer_id, key.premises_id, component_key] += charge.quantity
        if charge.by_letter:
            lettered = sum(quantity for _, quantity in charge.by_letter)
            if lettered != charge.quantity:
                wrong.append(Difference("letters", _named(key), lettered, charge.quantity))
    for whole, quantity in sorted(expected.items()):
        if abs(found[whole]) != quantity:
            what = " ".join(map(str, whole))
            wrong.append(Difference("charges", what, abs(found[whole]), quantity))
    return wrong


def ledger(charges: Iterable[Charge], lines: Iterable[LedgerLine]) -> list[Difference]:
    """Lines of a key add up to its charge of the latest issued run, those that were held too."""
    sums = issued_sums(lines)
    now = {each.key: each for each in charges if is_issued(each)}
    wrong = []
    for key in sorted(sums.keys() | now.keys()):
        had, charge = sums.get(key), now.get(key)
        for name in ("quantity", "minor"):
            wrong += _unless_equal(
                "ledger",
                f"{name} of {_named(key)}",
                getattr(had, name) if had else 0,
                getattr(charge, name) if charge else 0,
            )
    return wrong


def documents(
    bills: Sequence[Bill], lines: Iterable[LedgerLine], waiting: Iterable[LedgerLine] = ()
) -> list[Difference]:
    """A bill is its lines and their tax, and bills have all lines but of what nobody pays, and of
    what waits for the next one."""
    wrong = []
    for bill in bills:
        name = f"bill of customer {bill.customer_id}"
        totals = bill.totals
        net = sum(line.minor for line in bill.lines)
        wrong += _unless_equal("documents", f"net of the {name}", totals.net, net)
        taxes = sum(tax(group.net, group.rate) for group in totals.groups)
        wrong += _unless_equal("documents", f"gross of the {name}", totals.gross, net + taxes)
    of_bills = sum(bill.totals.gross - bill.totals.tax for bill in bills)
    of_lines = sum(line.minor for line in lines if line.key.customer_id != NOBODY)
    of_later = sum(line.minor for line in waiting)
    return wrong + _unless_equal(
        "documents", "net of all bills and of what waits", of_bills + of_later, of_lines
    )


def waiting(expected: Iterable[LedgerLine], read_back: Iterable[LedgerLine]) -> list[Difference]:
    """What waits for customers' next documents is what was to be left for them."""
    was, now = _by_customer(expected), _by_customer(read_back)
    return [
        wrong
        for customer_id in sorted(was.keys() | now.keys())
        for wrong in _unless_equal(
            "kept",
            f"what waits for the next document of customer {customer_id}",
            now.get(customer_id, 0),
            was.get(customer_id, 0),
        )
    ]


def kept(documents: Iterable[DocumentSums], read_back: Iterable[DocumentSums]) -> list[Difference]:
    """Documents that were written and read again are what they were."""
    was, now = ({each.number: each for each in its} for its in (documents, read_back))
    wrong = []
    for number in sorted(was.keys() | now.keys()):
        name, one, other = f"document {number}", was.get(number), now.get(number)
        if one is None or other is None:
            wrong += _unless_equal("kept", name, int(other is not None), int(one is not None))
            continue
        for what in (
            "customer_id",
            "net_minor",
            "tax_minor",
            "gross_minor",
            "lines",
            "lines_minor",
        ):
            found, expected = getattr(other, what), getattr(one, what)
            wrong += _unless_equal("kept", f"{what} of {name}", found, expected)
        for what in ("kind", "month", "currency"):
            found, expected = getattr(other, what), getattr(one, what)
            named = f"{name} that says {found} and not {expected}"
            wrong += _unless_equal("kept", named, int(found != expected), 0)
        groups, known = _groups(other), _groups(one)
        for group in sorted(groups.keys() | known.keys()):
            for place, what in enumerate(("net", "tax")):
                wrong += _unless_equal(
                    "kept",
                    f"{what} of {group[0]} {group[1].normalize():f} % of {name}",
                    groups.get(group, (0, 0))[place],
                    known.get(group, (0, 0))[place],
                )
    return wrong


def rounding(charges: Iterable[Charge], currency: str) -> list[Difference]:
    """Lines are rounded once each: together they are off by half a minor unit each at most."""
    unit = exact_in_minor(currency)
    own = [each for each in charges if each.key.customer_id != NOBODY]
    lines = sum(1 for each in own if each.exact or each.minor)
    off = abs(sum(each.minor * unit - each.exact for each in own))
    limit = lines * unit // 2
    return [] if off <= limit else [Difference("rounding", "sum of all lines", off, limit)]


def again(
    charges: Sequence[Charge],
    repeated: Sequence[Charge],
    lines: Sequence[LedgerLine],
    rate: Rate,
) -> list[Difference]:
    """Charges that were computed once more, or were kept and read again, are the same, and leave
    nothing to issue."""
    was, now = {each.key: each for each in charges}, {each.key: each for each in repeated}
    wrong = [
        Difference("again", f"charge of {_named(key)}", _minor(now, key), _minor(was, key))
        for key in sorted(was.keys() | now.keys())
        if was.get(key) != now.get(key)
    ]
    left = deltas(repeated, lines, rate)
    return wrong + [
        Difference("again", f"left to issue of {_named(line.key)}", line.minor, 0)
        for line in (*left.lines, *left.held)
    ]


def of_settlement(settlement: Settlement, plans: Plans) -> list[Difference]:
    """All that a settlement by itself must meet."""
    return [
        *energy(settlement),
        *charged(settlement, plans),
        *rounding(settlement.charges, settlement.currency),
    ]


def _unless_equal(identity: str, what: str, found: int, expected: int) -> list[Difference]:
    return [] if found == expected else [Difference(identity, what, found, expected)]


def _groups(document: DocumentSums) -> dict[tuple[str, Decimal], tuple[int, int]]:
    return {(tax.category, tax.rate): (tax.net_minor, tax.tax_minor) for tax in document.taxes}


def _by_customer(lines: Iterable[LedgerLine]) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for line in lines:
        found[line.key.customer_id] += line.minor
    return found


def _named(key: ChargeKey) -> str:
    parts = (str(key.customer_id), key.premises_id, key.month, key.component, key.band)
    return " ".join(part for part in parts if part)


def _minor(charges: Mapping[ChargeKey, Charge], key: ChargeKey) -> int:
    charge = charges.get(key)
    return charge.minor if charge else 0
