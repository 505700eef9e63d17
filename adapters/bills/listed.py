"""Documents as people look for them, the newest first: of a customer, of a month, of a register."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from contracts.issued import DocumentKind


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document, and how far what it says is settled. Amounts are minor units."""

    document_id: int
    number: str
    kind: DocumentKind
    customer_id: int
    site_id: str
    time_zone: str
    month: str
    """Local, `2013-03`."""
    run_id: int
    issued_at_ms: int
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    premises: tuple[str, ...]
    is_provisional: bool
    """No final run of one of its months was issued, so that corrections may come."""
    is_estimated: bool
    """Of what the runs of its lines charge the customer, some is an estimate that something better
    replaces."""


def listed(
    connection: psycopg.Connection,
    *,
    number: str | None = None,
    customer_id: int | None = None,
    month: str | None = None,
    site_id: str | None = None,
    register_id: str | None = None,
    ids: Collection[int] | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[ListedDocument]:
    """Documents of all that is given, the newest first.

    Args:
        ids: Those of these.
        register_id: Those with a line of premises at which it was ever installed.
        before: Those that are older than the document of this id.
    """
    rows = connection.execute(
        """
        SELECT document_id, number, document.kind, customer_id, coalesce(run.site_id, ''),
            coalesce(content->>'time_zone', 'UTC'), document.month, run_id, epoch_ms(issued_at),
            currency, net_minor, tax_minor, gross_minor,
            ARRAY(SELECT jsonb_array_elements_text(coalesce(content->'premises', '[]'))),
            EXISTS (
                SELECT FROM unnest(months) AS told (month)
                WHERE NOT EXISTS (
                    SELECT FROM run AS final
                    WHERE final.month = told.month AND final.kind = 'final'
                        AND final.site_id = run.site_id AND final.state = 'issued'
                )
            ),
            EXISTS (
                SELECT FROM charge
                WHERE charge.run_id = ANY(runs)
                    AND charge.customer_id = document.customer_id AND by_letter ? 'E'
            )
        FROM document JOIN run USING (run_id)
            CROSS JOIN LATERAL (
                SELECT array_agg(DISTINCT line.month) || document.month AS months,
                    array_agg(DISTINCT line.run_id) || document.run_id AS runs
                FROM document_line JOIN ledger_line AS line USING (ledger_line_id)
                WHERE document_line.document_id = document.document_id
            ) AS of_lines
        WHERE (%(number)s::text IS NULL OR number = %(number)s)
            AND (%(customer)s::bigint IS NULL OR customer_id = %(customer)s)
            AND (%(month)s::text IS NULL OR document.month = %(month)s)
            AND (%(site)s::text IS NULL OR run.site_id = %(site)s)
            AND (%(before)s::bigint IS NULL OR document_id < %(before)s)
            AND (%(register)s::text IS NULL OR (
                customer_id = ANY(%(customers)s) AND EXISTS (
                    SELECT FROM document_line JOIN ledger_line USING (ledger_line_id)
                    WHERE document_line.document_id = document.document_id
                        AND premises_id = ANY(%(premises)s)
                )
            ))
            AND (%(ids)s::bigint[] IS NULL OR document_id = ANY(%(ids)s))
        ORDER BY document_id DESC LIMIT %(limit)s
        """,
        {
            "number": number,
            "customer": customer_id,
            "month": month,
            "site": site_id,
            "before": before,
            "ids": None if ids is None else list(ids),
            "register": register_id,
            **_at(connection, register_id),
            "limit": limit,
        },
    )
    return [ListedDocument(*(*row[:13], tuple(row[13]), *row[14:])) for row in rows]


def nets_of_month(
    connection: psycopg.Connection, customer_id: int, site_id: str, month: str
) -> dict[int | None, int]:
    """What each document has of a customer's month, without tax; None has what waits for the
    next one."""
    rows = connection.execute(
        """
        SELECT coalesce(line.document_id, later.document_id) AS shown_by, sum(minor)::bigint
        FROM ledger_line AS line JOIN run USING (run_id)
            LEFT JOIN later_line AS later USING (ledger_line_id)
        WHERE line.customer_id = %s AND line.month = %s AND run.site_id = %s
        GROUP BY shown_by
        """,
        [customer_id, month, site_id],
    )
    return dict(rows.fetchall())


def premises_of(connection: psycopg.Connection, register_id: str) -> tuple[str, ...]:
    """Where a register was ever installed, as is believed now."""
    rows = connection.execute(
        """
        SELECT DISTINCT premises_id FROM installation
        WHERE register_id = %s AND recorded_to IS NULL ORDER BY premises_id
        """,
        [register_id],
    )
    return tuple(row[0] for row in rows)


def _at(connection: psycopg.Connection, register_id: str | None) -> dict[str, Sequence[Any]]:
    """The premises of a register, and all who were ever said to have them: their documents are
    found by an index, and those of premises are not."""
    if register_id is None:
        return {"premises": [], "customers": []}
    premises = list(premises_of(connection, register_id))
    rows = connection.execute(
        "SELECT DISTINCT customer_id FROM occupancy WHERE premises_id = ANY(%s)", [premises]
    )
    return {"premises": premises, "customers": [row[0] for row in rows]}
