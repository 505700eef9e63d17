"""Who is sent a document by a run, and whose corrections wait.

A customer is sent one document a month: what is found of months that were billed is in the ledger
at once, and on the next document. At once are sent what is the first of its month; what belongs to
who has left, and will be sent nothing else; and what a person says.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from billing.settlement.bills import Bill, bills
from billing.settlement.ledger import NOBODY
from contracts.billing import LedgerLine
from contracts.issued import StoredLine
from contracts.masters import Masters


@dataclass(frozen=True, slots=True)
class Sending:
    """What becomes of the lines that customers are to see."""

    bills: tuple[Bill, ...]
    lines: tuple[LedgerLine, ...]
    """Of the run, those that wait for the next document of their customer."""
    waited: tuple[StoredLine, ...]
    """Of earlier runs, those that go on waiting."""


def sending(
    lines: Iterable[LedgerLine],
    issued: Iterable[LedgerLine],
    waited: Sequence[StoredLine],
    *,
    month: str,
    going_on: Collection[int],
    held: Collection[int] = (),
    now: bool = False,
) -> Sending:
    """Sort what a run issues, and what has waited, by who is sent a document.

    Args:
        lines: Of the run.
        issued: All that was issued of its month before.
        waited: All that waits at its site.
        month: The run's.
        going_on: Customers who will be sent a document of a later month.
        held: Customers whose bill waits for a person: nothing is sent to them.
        now: Send all that is of the month.
    """
    own = [line for line in lines if is_for_document(line)]
    known = {line.key.customer_id for line in issued if is_for_document(line)}
    due = {
        line.key.customer_id
        for line in own
        if now or line.reason == "first" or line.key.customer_id not in known
    }
    due |= {each.line.key.customer_id for each in waited if now and each.line.key.month == month}
    there = {line.key.customer_id for line in own}
    there |= {each.line.key.customer_id for each in waited}
    due = (due | there.difference(going_on)).difference(held)
    return Sending(
        bills(
            (line for line in own if line.key.customer_id in due),
            (each for each in waited if each.line.key.customer_id in due),
        ),
        tuple(line for line in own if line.minor and line.key.customer_id not in due),
        tuple(each for each in waited if each.line.key.customer_id not in due),
    )


def is_for_document(line: LedgerLine) -> bool:
    """Not what a shared month is off by rounding, nor energy that a customer took on no plan, which
    is in the ledger and costs nothing."""
    return line.key.customer_id != NOBODY and line.tax_rate is not None


def going_on(masters: Masters, site_id: str, after_ms: int) -> frozenset[int]:
    """Customers who have premises of a site, and a contract for them, after some time, epoch ms."""
    premises = {each.premises_id for each in masters.premises if each.site_id == site_id}
    supplied = {
        (each.premises_id, each.customer_id)
        for each in masters.contracts
        if each.end_ms is None or each.end_ms > after_ms
    }
    return frozenset(
        each.customer_id
        for each in masters.occupancies
        if each.premises_id in premises
        and (each.end_ms is None or each.end_ms > after_ms)
        and (each.premises_id, each.customer_id) in supplied
    )
