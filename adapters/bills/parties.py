"""Who sells, who buys and where, in PostgreSQL: what documents keep of it when they are issued."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from contracts.issued import Earlier, Parties


def parties(
    connection: psycopg.Connection,
    *,
    customer_ids: Sequence[int],
    premises_ids: Sequence[str],
    month: str,
    time_zone: str,
) -> Parties:
    """All that documents of a month need, as it is known now.

    Args:
        time_zone: In which it is told whether a seller's first day has come.
    """
    rows = connection.execute(
        "SELECT customer_id, name, address FROM customer WHERE customer_id = ANY(%s)",
        [list(customer_ids)],
    )
    customers = {row[0]: {"name": row[1], "address": row[2]} for row in rows}
    addresses = connection.execute(
        "SELECT premises_id, address FROM premises_address WHERE premises_id = ANY(%s)",
        [list(premises_ids)],
    )
    return Parties(
        _seller_of_today(connection, time_zone),
        customers,
        dict(addresses.fetchall()),
        _earlier(connection, customer_ids, month),
    )


def first_seller(connection: psycopg.Connection) -> Mapping[str, Any] | None:
    """The one that was recorded first, which nothing can change any more."""
    row = connection.execute(
        "SELECT to_jsonb(seller) FROM seller ORDER BY seller_id LIMIT 1"
    ).fetchone()
    return None if row is None else dict(row[0])


def _seller_of_today(connection: psycopg.Connection, time_zone: str) -> Mapping[str, Any] | None:
    row = connection.execute(
        """
        SELECT to_jsonb(seller) FROM seller
        WHERE recorded_to IS NULL AND valid_from <= (clock_timestamp() AT TIME ZONE %s)::date
        ORDER BY valid_from DESC LIMIT 1
        """,
        [time_zone],
    ).fetchone()
    return None if row is None else dict(row[0])


def _earlier(
    connection: psycopg.Connection, customer_ids: Sequence[int], month: str
) -> Mapping[tuple[int, str], Sequence[Earlier]]:
    rows = connection.execute(
        """
        SELECT DISTINCT document.customer_id, premises_id, number, epoch_ms(issued_at)
        FROM ledger_line JOIN document USING (document_id)
        WHERE ledger_line.month = %s AND ledger_line.customer_id = ANY(%s)
        ORDER BY number
        """,
        [month, list(customer_ids)],
    )
    found: dict[tuple[int, str], list[Earlier]] = defaultdict(list)
    for customer_id, premises_id, number, issued_at_ms in rows:
        found[customer_id, premises_id].append(Earlier(number, issued_at_ms))
    return found
