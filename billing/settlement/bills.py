"""What lines of the ledger come to for each customer: net, tax once for each category and rate, and
gross (EN 16931). How a document says so is another matter (`billing.documents`)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from billing.settlement.errors import MastersError
from billing.settlement.ledger import NOBODY, Rate
from billing.tariffs.money import Totals, totals
from billing.tariffs.tax_rates import rates_on
from contracts.billing import Charge, LedgerLine
from contracts.issued import StoredLine
from contracts.masters import TaxRate


@dataclass(frozen=True, slots=True)
class Bill:
    """What a run issues to a customer."""

    customer_id: int
    lines: tuple[LedgerLine, ...]
    """By key."""
    totals: Totals
    waited: tuple[StoredLine, ...] = ()
    """Of its lines, those of earlier runs."""

    @property
    def kind(self) -> Literal["invoice", "credit_note"]:
        """What is less than nothing is paid back by a credit note, in which signs are turned."""
        return "invoice" if self.totals.gross >= 0 else "credit_note"

    @property
    def month(self) -> str:
        """The last one that it is of."""
        return max(line.key.month for line in self.lines)


def bills(lines: Iterable[LedgerLine], waited: Iterable[StoredLine] = ()) -> tuple[Bill, ...]:
    """One bill for each customer with lines, by customer; of several premises and months, too. Who
    has only lines of no money, such as a thousandth of a Wh that is in another band now, is sent
    none.

    Args:
        waited: Lines of earlier runs, which come before those of this one of the same key.
    """
    own: dict[int, list[LedgerLine]] = defaultdict(list)
    earlier: dict[int, list[StoredLine]] = defaultdict(list)
    for each in waited:
        earlier[each.line.key.customer_id].append(each)
        own[each.line.key.customer_id].append(each.line)
    for line in lines:
        if line.key.customer_id != NOBODY:
            own[line.key.customer_id].append(line)
    return tuple(
        Bill(
            customer_id,
            tuple(sorted(its, key=lambda line: line.key)),
            totals((line.tax_category, tax_rate_of(line), line.minor) for line in its),
            tuple(earlier.get(customer_id, ())),
        )
        for customer_id, its in sorted(own.items())
        if any(line.minor for line in its)
    )


def tax_rate_of(line: LedgerLine) -> Decimal:
    """Per cent of tax on a line of a document.

    Raises:
        ValueError: the line is on none.
    """
    if line.tax_rate is None:
        raise ValueError(f"the line of {line.key} has no tax_rate, so that it is on no document")
    return line.tax_rate


def rates(tax_region: str, rows: Iterable[TaxRate]) -> Rate:
    """The rate of a charge by when the energy was supplied, not by when it is issued: that of its
    month's first day, or of the day from which on its component says that it is."""
    kept = tuple(rows)
    known: dict[date, Mapping[str, Decimal]] = {}
    found: dict[tuple[str, str, str], Decimal] = {}

    def rate(charge: Charge) -> Decimal:
        # Of many charges, few differ in this.
        what = (charge.key.month, charge.key.component.partition(SINCE)[2], charge.tax_category)
        if what not in found:
            found[what] = looked_up(charge)
        return found[what]

    def looked_up(charge: Charge) -> Decimal:
        day = supplied_from(charge)
        if day not in known:
            known[day] = rates_on(kept, tax_region, day)
        if charge.tax_category in known[day]:
            return known[day][charge.tax_category]
        raise MastersError(
            f"tax category {charge.tax_category!r} has no rate in {tax_region!r} on {day}, and "
            f"{charge.key.component} of {charge.key.month} needs it: load one"
        )

    return rate


SINCE = "@"
"""Between a component and the day of its month on which a rate of tax changed."""


def supplied_from(charge: Charge) -> date:
    """The local day whose rates of tax are the charge's."""
    _, changed, day = charge.key.component.partition(SINCE)
    return date.fromisoformat(day if changed else f"{charge.key.month}-01")
