"""Who sells, who buys and where, in PostgreSQL: what documents keep of it when they are issued."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import psycopg

from contracts.issued import Earlier, Parties


def parties(
    connection: psycopg.Connection,
    *,
    customer_ids: Sequence[int],
    premises_ids: Sequence[str],
    months: Collection[tuple[int, str]],
    time_zone: str,
) -> Parties:
    """All that documents need, as it is known now.

    Args:
        months: Customers, each with a month that a line of theirs is of.
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
        _earlier(connection, months),
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
    connection: psycopg.Connection, months: Collection[tuple[int, str]]
) -> Mapping[tuple[int, str, str], Sequence[Earlier]]:
    rows = connection.execute(
        """
        SELECT DISTINCT line.customer_id, premises_id, line.month, number, epoch_ms(issued_at)
        FROM unnest(%s::bigint[], %s::text[]) AS asked (customer_id, month)
            JOIN ledger_line AS line USING (customer_id, month)
            LEFT JOIN later_line AS later USING (ledger_line_id)
            JOIN document ON document.document_id = coalesce(line.document_id, later.document_id)
        ORDER BY number
        """,
        [[customer_id for customer_id, _ in months], [month for _, month in months]],
    )
    found: dict[tuple[int, str, str], list[Earlier]] = defaultdict(list)
    for customer_id, premises_id, month, number, issued_at_ms in rows:
        found[customer_id, premises_id, month].append(Earlier(number, issued_at_ms))
    return found
