"""What an invoice or a credit note says: the fields of EN 16931 that a utility needs (BT and BG are
its numbers), and what it lacks: registers, bands, qualities, adjustments.

Amounts are whole minor units as in the ledger: above zero is what the customer owes. A document
whose gross is below zero is a credit note; it turns the signs when it is written, not here.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from billing.tariffs.money import VatCategory
from billing.tariffs.units import Sold
from contracts.billing import NOT_TAXED, Charge, Letter, Unit
from contracts.energy import Span
from contracts.errors import RequestError
from contracts.reading import Commodity
from contracts.time import HOUR_MS

Reason = Literal["late_reading", "estimate_replaced", "edit", "move", "price", "plan", "rule"]
"""Why an amount of an earlier month changed."""
CODES = {"invoice": "380", "credit_note": "381"}
"""BT-3, of UNTDID 1001."""


class DocumentError(RequestError):
    """A document that would be wrong, or that cannot be written as was asked."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody is. At most three lines before the post code."""

    lines: tuple[str, ...]
    post_code: str
    city: str
    country: str
    """ISO 3166, two letters."""


@dataclass(frozen=True, slots=True)
class Party:
    """Seller (BG-4) or buyer (BG-7)."""

    name: str
    address: Address
    number: str = ""
    """Of the customer, as the seller counts them."""
    vat_id: str = ""
    tax_number: str = ""
    """BT-32, where there is no `vat_id`."""
    legal_id: str = ""
    """Of the register of companies."""
    email: str = ""
    phone: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True)
class Tax:
    """How something is taxed."""

    category: VatCategory
    rate: Decimal
    """Per cent."""
    exemption: str = ""
    """Why nothing is paid; needed for every category but S and Z."""


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """Of all lines that are taxed alike (BG-23)."""

    tax: Tax
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What a register showed when the time that is billed began and ended."""

    register_id: str
    commodity: Commodity
    unit: Literal["mwh", "ml"]
    span: Span
    opening: int
    closing: int
    used: int
    """More than the difference where it rolled over or was exchanged."""
    opening_letter: Letter = Letter.A
    closing_letter: Letter = Letter.A
    is_export: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One amount (BG-25), rounded once; with a `reason`, the adjustment of an earlier month."""

    premises_id: str
    month: str
    """Local, `2013-03`."""
    component: str
    """Of the plan, ends with its kind: `lcl-dtou/1/energy`."""
    band: str
    unit: Unit
    quantity: int
    minor: int
    tax: Tax
    price: Decimal | None = None
    """A kWh, m3, kW or day, or of what it is `sold` by; None where there were several."""
    name: str = ""
    """What the plan calls it; without one, its kind is named in the template's words."""
    span: Span | None = None
    """Of the supply, where it is not the whole document's."""
    commodity: Commodity = "electricity"
    by_letter: tuple[tuple[Letter, int], ...] = ()
    reason: Reason | None = None
    sold: Sold | None = None
    """What the quantity is printed in, where the plan sells by no kWh or m3: `ccf`."""

    @property
    def kind(self) -> str:
        """`energy`, `standing`, ..."""
        return self.component.rpartition("/")[2]


def line_of(
    charge: Charge,
    tax: Tax,
    *,
    price: Decimal | None = None,
    name: str = "",
    span: Span | None = None,
    commodity: Commodity = "electricity",
    reason: Reason | None = None,
) -> Line:
    """The line that says a charge, or with a reason the difference that a later run found."""
    key = charge.key
    return Line(
        *(key.premises_id, key.month, key.component, key.band),
        *(charge.unit, charge.quantity, charge.minor, tax),
        price=price,
        name=name,
        span=span,
        commodity=commodity,
        by_letter=charge.by_letter,
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class Payment:
    """How it is paid (BG-16)."""

    means: Literal["transfer", "debit"]
    reference: str = ""
    """BT-83, what the payer shall say."""
    iban: str = ""
    account: str = ""
    """Where it has no IBAN, as `20-00-00 55779911`."""
    account_name: str = ""
    bic: str = ""
    mandate: str = ""
    """BT-89, of a direct debit."""
    creditor_id: str = ""
    """BT-90, the seller's."""
    debtor_iban: str = ""
    """BT-91, of the account that is debited."""


@dataclass(frozen=True, slots=True)
class Preceding:
    """A document that this one adjusts (BG-3)."""

    number: str
    issued: date


@dataclass(frozen=True, slots=True)
class PlanCost:
    """What the customer's use of some months costs on a plan, taxes included."""

    name: str
    gross_minor: int
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same use on other plans, as it was: no change of habits."""

    months: int
    plans: tuple[PlanCost, ...]
    estimated_share: Decimal = Decimal(0)
    """Of the energy, 0 to 1."""


@dataclass(frozen=True, slots=True)
class MonthUse:
    """What was used in an earlier month, or in this one."""

    month: str
    quantity: int
    unit: Literal["mwh", "ml"] = "mwh"


@dataclass(frozen=True, slots=True)
class Invoice:
    """A document, whole.

    Raises:
        DocumentError: a field is not what it must be, or the sums are not those of the lines.
    """

    number: str
    issued: date
    currency: str
    exponent: int
    """Decimals of the minor unit: 0 for JPY, 2 for GBP, 3 for KWD."""
    locale: str
    """Of words, numbers and dates: `en-GB`."""
    seller: Party
    buyer: Party
    premises_id: str
    """Empty where there are several."""
    supplied: Address | None
    """Where the energy went (BG-15); None where that is not known, or at several places."""
    time_zone: str
    span: Span
    """Of the supply (BG-14)."""
    lines: tuple[Line, ...]
    taxes: tuple[TaxTotal, ...]
    due: date | None = None
    plan: str = ""
    contract: str = ""
    """BT-12."""
    registers: tuple[Counted, ...] = ()
    payment: Payment | None = None
    paid_minor: int = 0
    """Already, such as in advance (BT-113)."""
    preceding: tuple[Preceding, ...] = ()
    history: tuple[MonthUse, ...] = ()
    comparison: Comparison | None = None
    notes: tuple[str, ...] = ()
    provisional: bool = False
    """What the running month has cost until now: not an invoice, and not for machines."""

    def __post_init__(self) -> None:
        _must(bool(self.number), "number", self.number, "give every document one")
        _must_match("currency", self.currency, r"[A-Z]{3}", "three capitals of ISO 4217")
        _must_match("locale", self.locale, r"[a-z]{2,3}(-[A-Z]{2})?", "such as en-GB")
        _must(self.exponent in range(5), "exponent", self.exponent, "give 0 to 4")
        span = self.span
        _must(span.begin_ms < span.end_ms, "span", span, "give a time that is not empty")
        _must(bool(self.lines), "lines", self.lines, "a document says something")
        places = {"seller": self.seller.address, "buyer": self.buyer.address}
        supplied = {} if self.supplied is None else {"supplied": self.supplied}
        for name, place in (places | supplied).items():
            field = f"{name}: country"
            _must_match(field, place.country, r"[A-Z]{2}", "two capitals of ISO 3166")
            _must(len(place.lines) <= 3, f"{name}: lines", place.lines, "give three at most")
        known = bool(self.seller.vat_id or self.seller.tax_number)
        _must(known, "seller: vat_id", self.seller.vat_id, "give it, or tax_number")
        self._check_taxes()

    def _check_taxes(self) -> None:
        """BR-CO-10 and BR-CO-17 of EN 16931, and what its categories need."""
        net: Counter[Tax] = Counter()
        for line in self.lines:
            net[line.tax] += line.minor
        of = [total.tax for total in self.taxes]
        _must(len(set(of)) == len(of), "taxes", of, "give one total for each tax")
        _must(set(of) == set(net), "taxes", of, "give a total for each tax of the lines")
        for total in self.taxes:
            tax = total.tax
            name = f"taxes: {tax.category} {tax.rate} %"
            _must(
                total.net_minor == net[tax],
                *(f"{name}: net_minor", total.net_minor, f"the lines have {net[tax]}"),
            )
            right = tax_on(total.net_minor, tax)
            _must(
                total.tax_minor == right,
                *(f"{name}: tax_minor", total.tax_minor, f"it must be {right}"),
            )
            _must(
                (tax.rate > 0) == (tax.category == "S"),
                *(f"{name}: rate", tax.rate, "S has one, and no other category"),
            )
            _must(
                bool(tax.exemption) == (tax.category in NOT_TAXED),
                *(f"{name}: exemption", tax.exemption, "give the reason, but for S and Z"),
            )

    @property
    def net_minor(self) -> int:
        """The sum of the lines (BT-106, BT-109)."""
        return sum(line.minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """BT-110."""
        return sum(total.tax_minor for total in self.taxes)

    @property
    def gross_minor(self) -> int:
        """BT-112."""
        return self.net_minor + self.tax_minor

    @property
    def payable_minor(self) -> int:
        """BT-115."""
        return self.gross_minor - self.paid_minor

    @property
    def kind(self) -> Literal["invoice", "credit_note"]:
        """Which of the two it is."""
        return "credit_note" if self.gross_minor < 0 else "invoice"

    @property
    def sign(self) -> int:
        """What amounts are multiplied by when written: a credit note says what is given back."""
        return -1 if self.kind == "credit_note" else 1

    @property
    def places(self) -> int:
        """At how many premises something is billed."""
        return len({line.premises_id for line in self.lines})

    @property
    def hours(self) -> Decimal:
        """Of the supply, as they passed: 743 for March 2013 in London."""
        return Decimal(self.span.end_ms - self.span.begin_ms) / HOUR_MS

    def major(self, minor: int) -> Decimal:
        """An amount in the currency's unit."""
        return Decimal(minor).scaleb(-self.exponent)


def tax_on(net_minor: int, tax: Tax) -> int:
    """Rounded once, half away from zero (`decimal` calls that ROUND_HALF_UP)."""
    return int((net_minor * tax.rate / 100).quantize(Decimal(1), ROUND_HALF_UP))


def _must(holds: bool, field: str, value: object, remedy: str) -> None:
    if not holds:
        raise DocumentError(f"{field} is {value!r}: {remedy}")


def _must_match(field: str, value: str, pattern: str, remedy: str) -> None:
    _must(re.fullmatch(pattern, value) is not None, field, value, f"give {remedy}")
