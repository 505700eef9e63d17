"""What a month of a site comes to: shapes."""

from collections.abc import Mapping
from dataclasses import dataclass

from billing.curve.findings import Finding
from billing.settlement.allocation import Reason, Supply
from contracts.billing import MEASURED, Charge, Letter, RunKind
from contracts.energy import Span
from contracts.masters import Direction
from contracts.reading import Commodity

Letters = Mapping[Letter, int]
"""Energy (or volume) by how it is known, thousandths."""


def measured(letters: Letters) -> int:
    """What of it adds up to differences of registers."""
    return sum(letters.get(letter, 0) for letter in MEASURED)


def billed(letters: Letters) -> int:
    """All of it but what nothing can be said of."""
    return sum(letters.values()) - letters.get(Letter.N, 0)


@dataclass(frozen=True, slots=True)
class Supplied:
    """What a customer took, and gave, in one unbroken time at premises."""

    supply: Supply
    imported: Letters
    exported: Letters


@dataclass(frozen=True, slots=True)
class Unassigned:
    """What a register counted while it was nobody's."""

    register_id: str
    commodity: Commodity
    direction: Direction
    premises_id: str
    """Empty where it is not known."""
    span: Span
    reason: Reason
    letters: Letters


@dataclass(frozen=True, slots=True)
class Counted:
    """What a register counted while it was somebody's, or nobody's."""

    register: int
    """Place in the list of registers."""
    register_id: str
    commodity: Commodity
    direction: Direction
    premises_id: str
    customer_id: int | None
    span: Span
    letters: Letters


@dataclass(frozen=True, slots=True)
class Balance:
    """Energy of all registers of a commodity and direction, thousandths."""

    commodity: Commodity
    direction: Direction
    metered_mwh: int
    """Differences of registers, by the curve itself."""
    billed_mwh: int
    """Of it, what customers took or gave."""
    unassigned_mwh: int
    """Of it, what was nobody's."""
    estimated_mwh: int
    """Beside it: what was billed of which not even the total is known."""
    edited_mwh: int
    """Beside it: what persons said."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a run of a month comes to; all in a fixed order."""

    site_id: str
    month: str
    kind: RunKind
    currency: str
    charges: tuple[Charge, ...]
    """By key. Customer 0 has what was nobody's, without money; and of months that are shared, by
    how much their lines, each rounded, differ from the month, which is nobody's to pay."""
    supplied: tuple[Supplied, ...]
    unassigned: tuple[Unassigned, ...]
    balances: tuple[Balance, ...]
    losses_mwh: Mapping[Commodity, int | None]
    """What went in less what was taken, plus what was given; None: no register counts what goes
    in."""
    findings: tuple[Finding, ...]
    counted: tuple[Counted, ...] = ()
    """By register and time."""
