"""Documents that were issued, as PostgreSQL has them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import psycopg

from adapters.bills.ledger import shown_by
from contracts.issued import Document, DocumentSums, DocumentTax, NewDocument

_DOCUMENT: LiteralString = """
    SELECT number, document_id, run_id, epoch_ms(issued_at), document.kind, customer_id,
        document.month, currency, net_minor, tax_minor, gross_minor, content
    FROM document JOIN run USING (run_id)
"""


def document(connection: psycopg.Connection, number: str) -> Document | None:
    """A document with its lines and taxes, by its number."""
    row = connection.execute(_DOCUMENT + "WHERE number = %s", [number]).fetchone()
    return None if row is None else _document(connection, row, whole=True)


def documents(
    connection: psycopg.Connection,
    *,
    month: str | None = None,
    site_id: str | None = None,
    customer_id: int | None = None,
    run_id: int | None = None,
    whole: bool = False,
) -> list[Document]:
    """Documents in the order of their numbers, of all that is given.

    Args:
        whole: Whether to read lines and taxes, which are empty otherwise.
    """
    rows = connection.execute(
        _DOCUMENT
        + """
        WHERE (%(month)s::text IS NULL OR document.month = %(month)s)
            AND (%(site)s::text IS NULL OR run.site_id = %(site)s)
            AND (%(customer)s::bigint IS NULL OR customer_id = %(customer)s)
            AND (%(run)s::bigint IS NULL OR run_id = %(run)s)
        ORDER BY number
        """,
        {"month": month, "site": site_id, "customer": customer_id, "run": run_id},
    ).fetchall()
    return [_document(connection, row, whole=whole) for row in rows]


def sums(connection: psycopg.Connection, run_id: int) -> list[DocumentSums]:
    """What the documents of a run come to, by number."""
    taxes: dict[str, list[DocumentTax]] = defaultdict(list)
    for number, *tax in connection.execute(
        """
        SELECT number, tax_category, rate, document_tax.net_minor, document_tax.tax_minor
        FROM document_tax JOIN document USING (document_id) WHERE run_id = %s
        """,
        [run_id],
    ):
        taxes[number].append(DocumentTax(*tax))
    rows = connection.execute(
        """
        SELECT number, document.kind, document.customer_id, document.month, currency, net_minor,
            tax_minor, gross_minor, count(ledger_line_id), coalesce(sum(minor), 0)::bigint
        FROM document LEFT JOIN (
            SELECT document_id, ledger_line_id, minor FROM ledger_line
            WHERE run_id = %(run)s AND document_id IS NOT NULL
            UNION ALL
            SELECT later_line.document_id, ledger_line_id, minor
            FROM document JOIN later_line USING (document_id)
                JOIN ledger_line USING (ledger_line_id)
            WHERE document.run_id = %(run)s
        ) AS line USING (document_id)
        WHERE document.run_id = %(run)s GROUP BY document_id ORDER BY number
        """,
        {"run": run_id},
    )
    return [
        DocumentSums(
            *(number, *head, _sorted(taxes[number]), lines, lines_minor),
        )
        for number, *head, lines, lines_minor in rows
    ]


def _sorted(taxes: Iterable[DocumentTax]) -> tuple[DocumentTax, ...]:
    return tuple(sorted(taxes, key=lambda tax: (tax.category, tax.rate)))


def _document(connection: psycopg.Connection, row: Sequence[Any], *, whole: bool) -> Document:
    number, document_id, run_id, issued_at_ms, kind, customer_id, month, currency, *rest = row
    net_minor, tax_minor, gross_minor, content = rest
    lines = shown_by(connection, document_id) if whole else ()
    return Document(
        number,
        document_id,
        run_id,
        issued_at_ms,
        NewDocument(
            *(kind, customer_id, month, currency, net_minor, tax_minor, gross_minor),
            taxes=_taxes(connection, document_id) if whole else (),
            lines=tuple(each.line for each in lines),
            content=content or {},
        ),
        tuple(each.run_id for each in lines),
    )


def _taxes(connection: psycopg.Connection, document_id: int) -> tuple[DocumentTax, ...]:
    rows = connection.execute(
        """
        SELECT tax_category, rate, net_minor, tax_minor FROM document_tax
        WHERE document_id = %s ORDER BY tax_category, rate
        """,
        [document_id],
    )
    return tuple(DocumentTax(*row) for row in rows)
