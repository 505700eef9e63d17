"""Money in whole numbers: rounding, minor units, and tax once a document (EN 16931)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cache
from typing import Literal, Protocol

from billing.tariffs.errors import TariffError
from contracts.billing import EXACT_DECIMALS, NOT_TAXED, PRICE_DECIMALS, NotTaxed

MINOR_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""Decimals of currencies that do not have two (ISO 4217)."""

EIGHTHS: int = 10**PRICE_DECIMALS
"""A whole in the unit of prices."""

EIGHTH = Decimal(1).scaleb(-PRICE_DECIMALS)
MOST_DIGITS = 18
"""Before the point, of anything that has decimals."""
EXACT = Context(prec=MOST_DIGITS + PRICE_DECIMALS)
"""In which nothing of them is rounded."""

LARGEST_PRICE: int = 10**6
"""No price is as large: six digits before the point, `numeric(14,8)`."""

PER_CENT = 100 * EIGHTHS
"""A whole in the unit of rates: 10^-8 per cent."""

VatCategory = Literal["S", "Z"] | NotTaxed
"""UNTDID 5305: standard or reduced, zero, or a reason for no tax."""


def rounded(numerator: int, denominator: int) -> int:
    """The whole number that is nearest to a fraction, of two the one farther from zero.

    Raises:
        ValueError: the denominator is not above 0.
    """
    if denominator <= 0:
        raise ValueError(f"denominator is {denominator}: give a number above 0")
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size


def in_eighths(amount: Decimal) -> int:
    """A price or rate in 10^-8 of its unit.

    Raises:
        ValueError: it has more than eight decimals, is too large for any, or is no number.
    """
    if not amount.is_finite():
        raise ValueError(f"{amount} is no amount: give a number")
    # Before anything is made of its digits: an exponent of nine digits is quickly written.
    if amount and amount.adjusted() >= MOST_DIGITS:
        raise ValueError(f"{amount} is too much: give less than 10^{MOST_DIGITS}")
    whole = amount.quantize(EIGHTH, context=EXACT)
    if whole != amount:
        raise ValueError(f"{amount} has more than {PRICE_DECIMALS} decimals: round it to them")
    return int(whole.scaleb(PRICE_DECIMALS, context=EXACT))


def minor_digits(currency: str) -> int:
    """How many decimals a currency's minor unit has: 2 of GBP, 0 of JPY, 3 of KWD."""
    return MINOR_DIGITS.get(currency, 2)


@cache
def exact_in_minor(currency: str) -> int:
    """How many of the units of exact amounts (10^-14) a minor unit of the currency is."""
    return int(10 ** (EXACT_DECIMALS - minor_digits(currency)))


def minor(exact: int, currency: str) -> int:
    """An exact amount (10^-14) in whole minor units of the currency."""
    return rounded(exact, exact_in_minor(currency))


class Taxable(Protocol):
    """A line of a bill, as far as tax goes."""

    @property
    def tax_category(self) -> str: ...

    @property
    def minor(self) -> int: ...


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """What lines of one category and rate come to, in minor units (BG-23 of EN 16931)."""

    category: VatCategory
    rate: Decimal
    """Per cent."""
    net: int
    tax: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What a document comes to, in minor units."""

    groups: tuple[TaxGroup, ...]
    """Ordered by category and rate."""

    @property
    def net(self) -> int:
        return sum(group.net for group in self.groups)

    @property
    def tax(self) -> int:
        return sum(group.tax for group in self.groups)

    @property
    def gross(self) -> int:
        return self.net + self.tax


def vat_category(category: str, rate: Decimal) -> VatCategory:
    """What EN 16931 calls a category of a utility: the same where it says why there is no tax, else
    what follows from the rate, per cent."""
    if not rate and category in NOT_TAXED:
        return category
    return "S" if rate else "Z"


def tax(net: int, rate: Decimal) -> int:
    """Tax on an amount in minor units, by a rate in per cent; BR-CO-17 of EN 16931."""
    return rounded(net * in_eighths(rate), PER_CENT)


def totals(amounts: Iterable[tuple[str, Decimal, int]]) -> Totals:
    """What amounts in minor units, each with tax category and rate in per cent, come to: tax is
    rounded once for each category and rate as EN 16931 knows them (BR-CO-10, BR-CO-17), so that
    gas and electricity of one rate are one group, whatever a utility calls them."""
    nets: dict[tuple[VatCategory, Decimal], int] = {}
    for category, rate, net in amounts:
        group = vat_category(category, rate), rate
        nets[group] = nets.get(group, 0) + net
    return Totals(
        tuple(
            TaxGroup(category, rate, net, tax(net, rate))
            for (category, rate), net in sorted(nets.items())
        )
    )


def taxed(lines: Iterable[Taxable], rates: Mapping[str, Decimal]) -> Totals:
    """What the lines of a document come to, all of one time.

    Args:
        rates: Per cent by tax category. Where lines are of times with several rates, give them to
            `totals` with the rate of each.

    Raises:
        TariffError: a category has no rate.
    """
    return totals(
        (line.tax_category, rate_of(line.tax_category, rates), line.minor) for line in lines
    )


def rate_of(category: str, rates: Mapping[str, Decimal]) -> Decimal:
    """The rate of a tax category, per cent.

    Raises:
        TariffError: it has none.
    """
    try:
        return rates[category]
    except KeyError:
        known = ", ".join(sorted(rates)) or "none at all"
        raise TariffError(
            f"tax category {category!r} has no rate, known are {known}: give its rate in the "
            "table of tax rates, or mend tax_category in the plan"
        ) from None
