"""Redis: what a running month has cost so far, and what it takes to add what was counted since.

An interim run writes it every few minutes (`services/settlement`). `<namespace>:so_far` is a hash
with a field for each site, its value a `SiteSoFar` as JSON; `<namespace>:so_far:<site>` one with a
field for each customer, a `CustomerSoFar`. None of it is a document or a line of the ledger.
"""

from typing import Literal

from msgspec import Struct

from contracts.billing import Unit
from contracts.reading import Commodity

Taken = Literal["import", "export"]
"""Directions of registers that somebody pays for, or is paid for."""


class Step(Struct, frozen=True, array_like=True):
    """What a further thousandth of a Wh or litre costs from a time on, 10^-14 of the currency."""

    begin_ms: int
    net: int
    tax: int


class PricesSoFar(Struct, frozen=True):
    """What a plan asks for what comes next; steps in the order of time."""

    taken: list[Step]
    """Of registers of import."""
    given: list[Step]
    """Of those of export: below zero where it is paid for."""


class RegisterSoFar(Struct, frozen=True, omit_defaults=True):
    """Up to where what a register counted is in the interim run, and how what comes next counts."""

    register_id: str
    commodity: Commodity
    last_ms: int
    """Of the last reading that is archived."""
    last_mwh: int
    """What it said, thousandths of a Wh or litre, times the multiplier."""
    direction: Taken = "import"
    prices: int | None = None
    """Place in `SiteSoFar.prices`; None without a contract that can be priced."""
    begin_ms: int = 0
    """What it counts is the customer's from then on ..."""
    end_ms: int | None = None
    """... up to then; None is the month's end."""
    at_end: bool = False
    """What it counts belongs as a whole to the time of the later reading."""
    max_w: int | None = None
    """What it cannot exceed, W or litres per hour; None where nobody knows."""
    multiplier_millionths: int = 1_000_000


class LineSoFar(Struct, frozen=True, array_like=True):
    """A charge of the interim run."""

    premises_id: str
    component: str
    band: str
    unit: Unit
    quantity: int
    minor: int


class CustomerSoFar(Struct, frozen=True, omit_defaults=True):
    """What a customer's month comes to by the interim run. Money is minor units."""

    net_minor: int
    tax_minor: int
    gross_minor: int
    lines: list[LineSoFar]
    import_mwh: dict[Commodity, int] = {}
    export_mwh: dict[Commodity, int] = {}
    estimated_mwh: int = 0
    """How much of both is an estimate."""
    registers: list[RegisterSoFar] = []
    """Those that may count more of the month; none once it is closed."""
    unpriced: list[int] = []
    """Places in `SiteSoFar.unpriced` of contracts that cannot be priced: what is taken on these is
    among the energy, and costs nothing."""


class BalanceSoFar(Struct, frozen=True):
    """Energy of all registers of a commodity and direction, thousandths."""

    commodity: Commodity
    direction: str
    metered_mwh: int
    billed_mwh: int
    unassigned_mwh: int
    estimated_mwh: int


class UnpricedSoFar(Struct, frozen=True):
    """Why contracts on a plan cannot be priced in the month."""

    plan_id: str
    why: str


class SiteSoFar(Struct, frozen=True, omit_defaults=True):
    """What a site's month comes to by the interim run. Money is minor units."""

    site_id: str
    month: str
    """Local, `2013-03`."""
    begin_ms: int
    end_ms: int
    currency: str
    until_ms: int
    """How far the stream had come: days that begin later are not charged for yet."""
    archived_ms: int | None
    """Of the latest reading of the month that the run knew; None if it knew none."""
    masters_as_of_ms: int
    computed_ms: int
    """On the wall."""
    took_ms: int
    customers: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    balances: list[BalanceSoFar]
    prices: list[PricesSoFar]
    is_closed: bool = False
    """No reading of the month is on its way any more: these are the sums of its first bills."""
    broken: list[str] = []
    """What does not add up."""
    unpriced: list[UnpricedSoFar] = []


def so_far_key(namespace: str) -> str:
    """Hash: by site a `SiteSoFar` as JSON."""
    return f"{namespace}:so_far"


def customers_so_far_key(namespace: str, site_id: str) -> str:
    """Hash: by customer id a `CustomerSoFar` as JSON."""
    return f"{namespace}:so_far:{site_id}"


def so_far_problems_key(namespace: str) -> str:
    """Hash: by site why the last interim run came to nothing; no field where it did not."""
    return f"{namespace}:so_far_problems"
