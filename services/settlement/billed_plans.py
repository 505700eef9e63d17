"""Which plan would have been the cheapest for the months that a customer was billed: a year of them
at most, by the readings and masters of the last run that billed one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import psycopg

from adapters.bills import runs
from adapters.bills.listed import listed, premises_of
from contracts.settings import Settings
from services.settlement.compare import Compared, compare

MOST_MONTHS = 12
"""Every season once."""


@dataclass(frozen=True, slots=True)
class BilledMonths:
    """What a comparison follows from."""

    customer_id: int
    premises_id: str
    months: tuple[str, str]
    """The first and the last, `2013-03`."""
    run_id: int
    """The last one that billed one of them; ..."""
    issued_at_ms: int
    """... and when the last bill was issued, which makes no two of these alike."""


def billed_months(
    connection: psycopg.Connection, register_id: str, customer_id: int | None = None
) -> BilledMonths | None:
    """The months that somebody was billed for the premises of a register; None if there are none.

    Args:
        customer_id: Who; whoever was billed last if it is not said.
    """
    found = listed(connection, register_id=register_id, customer_id=customer_id)
    if not found:
        return None
    last = found[0]
    at = set(premises_of(connection, register_id))
    premises_id = next(each for each in last.premises if each in at)
    own = [
        each
        for each in found
        if each.customer_id == last.customer_id and premises_id in each.premises
    ]
    newest = max(each.month for each in own)
    oldest = max(min(each.month for each in own), _before(newest, MOST_MONTHS - 1))
    return BilledMonths(
        last.customer_id,
        premises_id,
        (oldest, newest),
        max(each.run_id for each in own),
        last.issued_at_ms,
    )


def compared(
    settings: Settings,
    connection: psycopg.Connection,
    billed: BilledMonths,
    among: Collection[str] | None = None,
) -> Compared:
    """The plans of these months side by side.

    Args:
        among: As of `compare`.

    Raises:
        ComparisonError, TariffError, RunError: as `compare`.
        ArchiveError: the archive cannot be read.
    """
    run = runs.run_of(connection, billed.run_id)
    assert run is not None
    return compare(
        settings,
        connection,
        billed.premises_id,
        billed.months,
        as_of_ms=run.arguments.masters_as_of_ms,
        until=run.arguments.readings_until,
        among=among,
        customer_id=billed.customer_id,
    )


def _before(month: str, count: int) -> str:
    day = date.fromisoformat(f"{month}-01")
    months = 12 * day.year + day.month - 1 - count
    return f"{months // 12:04}-{months % 12 + 1:02}"
