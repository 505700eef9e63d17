"""MAC000002 of London, from its registers to bills, and other homes for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from billing.curve.curve import segments
from billing.curve.points import Points
from billing.curve.segments import Segments
from billing.settlement.bills import Bill, bills, rates
from billing.settlement.ledger import deltas
from billing.settlement.settlement import Settlement
from billing.tariffs.plan import EXAMPLES
from contracts.billing import Charge, LedgerLine
from contracts.masters import (
    Contract,
    Installation,
    Masters,
    Occupancy,
    PlanVersion,
    Premises,
    Price,
    Site,
    Source,
    TaxRate,
)
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS

HOME = "MAC000002"
LONDON = Site("london", "Europe/London", "GBP", "GB-domestic")
VAT = TaxRate("GB-domestic", "S", date(2000, 1, 1), None, Decimal(5))
RATE = rates("GB-domestic", [VAT])
A, B = 1, 2


def installed(register_id: str = HOME, source: Source = "interval") -> Installation:
    """A half-hourly register of a home of the same name."""
    return Installation(
        register_id=register_id,
        premises_id=register_id,
        commodity="electricity",
        direction="import",
        source=source,
        boundary="interpolate",
        begin_ms=YEAR_BEGIN_MS,
        end_ms=None,
        cadence_ms=HALF_HOUR_MS,
        opening_mwh=0,
    )


def version(plan_id: str) -> PlanVersion:
    """The plan that comes with the project."""
    return PlanVersion(
        plan_id, 1, date(2000, 1, 1), None, (EXAMPLES / f"{plan_id}.toml").read_text()
    )


def masters(
    occupancies: Sequence[tuple[int, int, int | None]],
    *,
    plan_id: str = "lcl-dtou",
    registers: Sequence[Installation] | None = None,
    prices: Sequence[Price] = (),
    terms: Mapping[str, str] | None = None,
) -> Masters:
    """One home of customers who came and went, all of them on one plan."""
    installations = tuple(registers or [installed()])
    plans = [version(plan_id)] if terms is None else []
    plans += [
        PlanVersion(name, 1, date(2000, 1, 1), None, text) for name, text in (terms or {}).items()
    ]
    return Masters(
        as_of_ms=YEAR_BEGIN_MS,
        sites=(LONDON,),
        premises=(Premises(HOME, "london"),),
        occupancies=tuple(Occupancy(HOME, who, begin, end) for who, begin, end in occupancies),
        installations=tuple(replace(each, premises_id=HOME) for each in installations),
        contracts=tuple(
            Contract(HOME, who, "electricity", plan_id, 0, None)
            for who in {who for who, _, _ in occupancies}
        ),
        plans=tuple(plans),
        prices=tuple(prices),
        tax_rates=(VAT,),
    )


def points(
    energies_mwh: NDArray[np.int64], known: NDArray[np.bool_] | None = None, register: int = 0
) -> Points:
    """Registers at the ends of half-hours of 2013, from the first on; of those that are not known
    nothing was read, and nothing counted."""
    chosen = np.ones(len(energies_mwh), dtype=np.bool_) if known is None else known
    ends_ms = YEAR_BEGIN_MS + HALF_HOUR_MS * (1 + np.arange(len(energies_mwh)))
    return Points(
        np.full(int(chosen.sum()), register, dtype=np.int32),
        ends_ms[chosen],
        np.cumsum(energies_mwh[chosen]),
    )


def curve(
    energies_mwh: NDArray[np.int64],
    known: NDArray[np.bool_] | None = None,
    installation: Installation | None = None,
) -> Segments:
    """The segments of one register."""
    found, _ = segments(points(energies_mwh, known), [installation or installed()])
    return found


def billed(
    settled: Settlement,
    issued: Sequence[LedgerLine] = (),
    before: Sequence[Charge] = (),
) -> dict[int, Bill]:
    """What is issued to each customer."""
    lines = deltas(settled.charges, issued, RATE, before=before).lines
    return {bill.customer_id: bill for bill in bills(lines)}


def lines_of(settled: Settlement, customer_id: int) -> list[tuple[str, int, int]]:
    """Band, quantity and minor units."""
    return [
        (charge.key.band, charge.quantity, charge.minor)
        for charge in settled.charges
        if charge.key.customer_id == customer_id
    ]
