"""What PostgreSQL keeps of runs and of what they issued: shapes of the rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, Literal

from contracts.billing import EXACT_DECIMALS, LedgerLine, RunArguments
from contracts.masters import Direction
from contracts.reading import Commodity

RunState = Literal["computed", "broken", "issued"]
"""Nothing was issued: it is of a running month, or something does not add up; or it was issued."""
DocumentKind = Literal["invoice", "credit_note"]

_DIGITS = Context(prec=60)
"""More than `numeric(40, 14)` has."""


@dataclass(frozen=True, slots=True)
class RunEnergy:
    """Energy of all registers of a commodity and direction in a run, thousandths."""

    commodity: Commodity
    direction: Direction
    metered_mwh: int
    billed_mwh: int
    unassigned_mwh: int
    estimated_mwh: int
    edited_mwh: int
    lost_mwh: int | None
    """Of feeders; None: no register counts what goes in, or it is no feeder's row."""


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run as it is written."""

    arguments: RunArguments
    state: RunState
    exact: int
    """10^-14 of the currency's unit, of all that customers owe."""
    rounded_minor: int
    energies: tuple[RunEnergy, ...]
    broken: tuple[Mapping[str, Any], ...] = ()
    """Of each identity that it breaks: which, of what, found, expected and by how much."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as it was written."""

    run_id: int
    arguments: RunArguments
    state: RunState
    broken: tuple[Mapping[str, Any], ...]
    ended_at_ms: int


@dataclass(frozen=True, slots=True)
class DocumentTax:
    """What lines of one category and rate come to in a document, minor units."""

    category: str
    rate: Decimal
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line of the ledger, as it was written."""

    line_id: int
    run_id: int
    """Which computed it."""
    line: LedgerLine


@dataclass(frozen=True, slots=True)
class NewDocument:
    """An invoice or credit note, ready to be numbered. Amounts are minor units, and of a credit
    note below zero."""

    kind: DocumentKind
    customer_id: int
    month: str
    """Local, `2013-03`: the last one that it has lines of."""
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    taxes: tuple[DocumentTax, ...]
    lines: tuple[LedgerLine, ...]
    content: Mapping[str, Any]
    """What else is to be printed, as it was when it was issued."""


@dataclass(frozen=True, slots=True)
class Document:
    """One that was issued."""

    number: str
    document_id: int
    run_id: int
    issued_at_ms: int
    said: NewDocument
    runs: tuple[int, ...] = ()
    """Which run computed each of its lines: of what had waited, an earlier one."""


@dataclass(frozen=True, slots=True)
class DocumentSums:
    """What a document is and comes to, as far as it can be compared without reading all of it."""

    number: str
    kind: DocumentKind
    customer_id: int
    month: str
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    taxes: tuple[DocumentTax, ...]
    """By category and rate."""
    lines: int
    """How many it has, ..."""
    lines_minor: int
    """... and what they come to."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A document that others of the same premises and month come after."""

    number: str
    issued_at_ms: int


@dataclass(frozen=True, slots=True)
class Parties:
    """Who and where, as it is known while documents are issued: rows as JSON has them."""

    seller: Mapping[str, Any] | None
    """None: nobody has said who sells."""
    customers: Mapping[int, Mapping[str, Any]]
    """Name and address."""
    addresses: Mapping[str, Mapping[str, Any]]
    """Of premises."""
    earlier: Mapping[tuple[int, str, str], Sequence[Earlier]]
    """By customer, premises and month what was issued of it before, by number."""


@dataclass(frozen=True, slots=True)
class NewException:
    """What of readings a person should look at."""

    rule: str
    register_id: str
    """Empty where it is of premises."""
    commodity: Commodity
    """With the id it says which register."""
    premises_id: str
    """Empty where it is of a register."""
    begin_ms: int
    end_ms: int
    severity: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenException:
    """One that is still there."""

    exception_id: int
    site_id: str
    month: str
    opened_at_ms: int
    what: NewException


def decimal_of(exact: int) -> Decimal:
    """An exact amount (10^-14) in the currency's unit."""
    return Decimal(exact).scaleb(-EXACT_DECIMALS, context=_DIGITS)


def exact_of(amount: Decimal) -> int:
    """The reverse; what is finer is none of an exact amount's."""
    return int(amount.scaleb(EXACT_DECIMALS, context=_DIGITS))
