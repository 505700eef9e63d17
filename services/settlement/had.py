"""What earlier bills had of the lines of one."""

from collections import defaultdict
from collections.abc import Sequence

import psycopg

from adapters.bills import ledger
from billing.settlement.ledger import had_before
from contracts.billing import ChargeKey, LedgerLine


def had_by(
    connection: psycopg.Connection, run_id: int, customer_id: int, lines: Sequence[LedgerLine]
) -> tuple[int, ...]:
    """Minor units that runs before one have issued of each line's charge, taxed as the line is.

    Args:
        lines: Of a document of that customer.
    """
    months = {line.key.month for line in lines}
    earlier: dict[ChargeKey, list[LedgerLine]] = defaultdict(list)
    for line in ledger.issued_before(connection, run_id, customer_id, months):
        earlier[line.key].append(line)
    return tuple(had_before(line, earlier[line.key]) for line in lines)
