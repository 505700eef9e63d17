"""What a customer used in the months up to a document's, by the ledger of then."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from billing.documents.invoice import MonthUse
from billing.settlement.bills import SINCE
from contracts.billing import LedgerLine
from contracts.issued import Document

MONTHS = 13
"""A year, and the month a year ago."""
ENERGY = ("energy", "tiers")
"""Kinds of components whose quantity is all that was taken."""


def used(document: Document, lines: Iterable[LedgerLine]) -> tuple[MonthUse, ...]:
    """Months in their order; none where it would mislead: of what only adjusts, or of several
    commodities or units.

    Args:
        lines: All that runs up to the document's have issued to its customer at its premises.
    """
    details = document.said.content.get("lines", ())
    units = {line.unit for line in document.said.lines if _number(line)}
    is_first = any(not detail["adjusts"] for detail in details)
    if not is_first or len(units) > 1 or len({detail["commodity"] for detail in details}) > 1:
        return ()
    # Of several prices on the same energy one tells how much it was.
    sums: dict[tuple[str, str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for line in lines:
        key, number = line.key, _number(line)
        if number and line.unit in units and key.month <= document.said.month:
            plan_id = key.component.partition("/")[0]
            sums[key.month, key.premises_id, plan_id][number] += line.quantity
    months: dict[str, int] = defaultdict(int)
    for (month, _, _), by_number in sums.items():
        months[month] += by_number[min(by_number)]
    unit: Literal["mwh", "ml"] = "ml" if units == {"ml"} else "mwh"
    return tuple(MonthUse(month, months[month], unit) for month in sorted(months)[-MONTHS:])


def _number(line: LedgerLine) -> int:
    """The place of a line's component in its plan, if it prices all that was taken; else 0."""
    place, _, kind = line.key.component.partition(SINCE)[0].rpartition("/")
    return int(place.rpartition("/")[2]) if kind in ENERGY else 0
