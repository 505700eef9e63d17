"""Words and units of bills.

Energy is whole thousandths of a Wh (`_mwh`), volume of a litre (`_ml`, in the same fields). Exact
amounts of money are whole multiples of 10^-14 of a currency's unit: 10^-6 kWh by prices of eight
decimals. Amounts that are issued are whole minor units (pence).
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Literal, get_args

PRICE_DECIMALS = 8
EXACT_DECIMALS = 14
"""Of an exact amount: a price has eight, and a thousandth of a Wh is 10^-6 kWh."""

Unit = Literal["mwh", "ml", "w", "days", "none"]
RunKind = Literal["interim", "first", "reconciliation", "final"]

NotTaxed = Literal["E", "AE", "K", "G", "O"]
"""Of the categories of EN 16931 (UNTDID 5305) those that are a reason for no tax: exempt, reverse
charge, within the EU, export, none. An invoice says which."""
NOT_TAXED: tuple[NotTaxed, ...] = get_args(NotTaxed)


class Letter(IntEnum):
    """How an amount of energy is known. Larger ones replace smaller ones."""

    N = 1
    """Nothing can be said of it, and it is not billed."""
    E = 2
    """An estimate of which not even the total is known."""
    F = 3
    """Such an estimate, declared final."""
    S = 4
    """The total was measured, its shape is estimated."""
    A = 5
    """Measured."""
    X = 6
    """Edited by a person."""


MEASURED = (Letter.A, Letter.S)
"""What adds up to differences of the register: the rest is listed beside it."""


@dataclass(frozen=True, slots=True, order=True)
class ChargeKey:
    """What a charge is known by from run to run."""

    customer_id: int
    """0: nobody is known who used it."""
    premises_id: str
    month: str
    """Local, `2013-03`."""
    component: str
    """The plan's id, and of its components the kind and place: `lcl-dtou/1/energy`."""
    band: str


@dataclass(frozen=True, slots=True)
class Charge:
    """What a customer owes for one thing in one month, as a run computes it."""

    key: ChargeKey
    unit: Unit
    quantity: int
    exact: int
    """10^-14 of the currency's unit."""
    minor: int
    """Rounded once, half away from zero."""
    tax_category: str = ""
    by_letter: tuple[tuple[Letter, int], ...] = ()
    """How much of the quantity is known how, without letters that have none."""


LedgerReason = Literal[
    "first",
    "late_reading",
    "estimate_replaced",
    "edit",
    "move",
    "price",
    "plan",
    "rule",
    "rounding",
]
"""Why something is issued: it is the first of its premises and month; or what has changed since; or
lines of a month that is shared, each rounded, differ from the month."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What was issued of a charge. Lines of a key add up to what it is now, and none ever changes;
    so all but the first are differences, and may be below zero."""

    key: ChargeKey
    unit: Unit
    quantity: int
    minor: int
    tax_category: str
    reason: LedgerReason
    tax_rate: Decimal | None = None
    """Per cent, by which it is taxed; None of what nobody pays tax on, which is on no document."""


@dataclass(frozen=True, slots=True)
class RunArguments:
    """What a run is a function of: the same arguments give the same charges for ever."""

    kind: RunKind
    site_id: str
    month: str
    """Local, `2013-03`."""
    readings_until: tuple[int, ...]
    """By partition of the topic of readings, the first offset that is left out."""
    masters_as_of_ms: int
    rules: str
    """Versions of the code, of time zones, and of the rules of validation."""
