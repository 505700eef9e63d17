"""What earlier bills had of the lines of one."""

from collections.abc import Iterable

import psycopg

from adapters.bills import ledger
from billing.settlement.ledger import had_before
from contracts.billing import LedgerLine


def had_by(
    connection: psycopg.Connection, run_id: int, lines: Iterable[LedgerLine]
) -> tuple[int, ...]:
    """Minor units that runs before one have issued of each line's charge, taxed as the line is."""
    return tuple(
        had_before(line, ledger.issued_before(connection, run_id, line.key)) for line in lines
    )
