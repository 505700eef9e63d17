"""The ledger in PostgreSQL: what was issued, line by line, and its documents with their numbers.

All that writes is called within a transaction of the caller's.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

from contracts.billing import ChargeKey, LedgerLine
from contracts.issued import NewDocument, StoredLine

SERIES = "bill"
"""Of the numbers of documents; a namespace is one seller, and has one."""
DIGITS = 8
"""Of a number, at least."""


def lock(connection: psycopg.Connection) -> None:
    """Have nobody else issue until the transaction ends; readers go on."""
    connection.execute("LOCK TABLE ledger_line IN SHARE ROW EXCLUSIVE MODE")


def issued(connection: psycopg.Connection, site_id: str, month: str) -> tuple[LedgerLine, ...]:
    """All that was ever issued of a site's month, in the order in which it was."""
    return _lines(
        connection,
        """
        JOIN run USING (run_id)
        WHERE run.site_id = %(site)s AND line.month = %(month)s
        """,
        {"site": site_id, "month": month},
    )


def shown_by(connection: psycopg.Connection, document_id: int) -> tuple[StoredLine, ...]:
    """The lines of a document, by key: those that had waited for it, too."""
    found = _stored(
        connection,
        """
        FROM document_line JOIN ledger_line AS line USING (ledger_line_id)
        WHERE document_line.document_id = %(document)s
        """,
        {"document": document_id},
    )
    return tuple(sorted(found, key=lambda each: each.line.key))


def waiting(connection: psycopg.Connection, site_id: str | None = None) -> tuple[StoredLine, ...]:
    """What waits for its customer's next document, in the order in which it was issued; of all
    sites if none is given."""
    return tuple(
        _stored(
            connection,
            """
            FROM waiting_line AS line JOIN run USING (run_id)
            WHERE %(site)s::text IS NULL OR run.site_id = %(site)s
            """,
            {"site": site_id},
        )
    )


def of_customer(
    connection: psycopg.Connection, customer_id: int, months: Collection[str]
) -> tuple[StoredLine, ...]:
    """All that was ever issued to a customer of some months, on a document or not."""
    return tuple(
        _stored(
            connection,
            "FROM ledger_line AS line WHERE customer_id = %(customer)s AND month = ANY(%(months)s)",
            {"customer": customer_id, "months": list(months)},
        )
    )


def issued_to(
    connection: psycopg.Connection, customer_id: int, premises_ids: Collection[str], run_id: int
) -> tuple[LedgerLine, ...]:
    """What runs up to one have issued to a customer at some premises, of all months."""
    return _lines(
        connection,
        """
        WHERE customer_id = %(customer)s AND premises_id = ANY(%(premises)s)
            AND line.run_id <= %(run)s
        """,
        {"customer": customer_id, "premises": list(premises_ids), "run": run_id},
    )


def write(
    connection: psycopg.Connection,
    run_id: int,
    documents: Sequence[NewDocument],
    lines: Iterable[tuple[int | None, LedgerLine]],
    waited: Iterable[tuple[int, StoredLine]] = (),
) -> tuple[str, ...]:
    """Number and write documents, and lines with the place of their document among these.

    Args:
        lines: Of the run; without a place they are on no document.
        waited: Of earlier runs.

    Returns:
        The numbers, in the order of the documents.
    """
    numbers = _numbers(connection, len(documents))
    ids = _write_documents(connection, run_id, documents, numbers)
    write_lines(
        connection,
        run_id,
        ((None if place is None else ids[place], line) for place, line in lines),
    )
    with connection.cursor().copy(
        "COPY later_line (ledger_line_id, document_id) FROM STDIN"
    ) as copy:
        for place, each in waited:
            copy.write_row((each.line_id, ids[place]))
    return numbers


def write_lines(
    connection: psycopg.Connection,
    run_id: int,
    lines: Iterable[tuple[int | None, LedgerLine]],
) -> None:
    """Write lines, each with the id of its document."""
    with connection.cursor().copy(
        """
        COPY ledger_line (
            run_id, document_id, customer_id, premises_id, month, component, band, unit, quantity,
            minor, tax_category, reason, tax_rate
        ) FROM STDIN
        """
    ) as copy:
        for document_id, line in lines:
            key = line.key
            copy.write_row(
                (
                    *(run_id, document_id, key.customer_id, key.premises_id, key.month),
                    *(key.component, key.band, line.unit, line.quantity, line.minor),
                    *(line.tax_category, line.reason, line.tax_rate),
                )
            )


def _numbers(connection: psycopg.Connection, count: int) -> tuple[str, ...]:
    """The next numbers; they are taken again if the transaction does not end well."""
    if not count:
        return ()
    row = connection.execute(
        """
        INSERT INTO document_series AS known (series, newest) VALUES (%(series)s, %(count)s)
        ON CONFLICT (series) DO UPDATE SET newest = known.newest + %(count)s
        RETURNING newest
        """,
        {"series": SERIES, "count": count},
    ).fetchone()
    assert row is not None
    newest = int(row[0])
    return tuple(f"{number:0{DIGITS}}" for number in range(newest - count + 1, newest + 1))


def _write_documents(
    connection: psycopg.Connection,
    run_id: int,
    documents: Sequence[NewDocument],
    numbers: Sequence[str],
) -> list[int]:
    if not documents:
        return []
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO document (
                number, kind, customer_id, run_id, month, currency, net_minor, tax_minor,
                gross_minor, content
            ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            RETURNING document_id
            """,
            [
                (
                    *(number, each.kind, each.customer_id, run_id, each.month, each.currency),
                    *(each.net_minor, each.tax_minor, each.gross_minor, Jsonb(dict(each.content))),
                )
                for number, each in zip(numbers, documents, strict=True)
            ],
            returning=True,
        )
        ids: list[int] = []
        while True:
            ids += [int(row[0]) for row in cursor.fetchall()]
            if not cursor.nextset():
                break
        cursor.executemany(
            """
            INSERT INTO document_tax (document_id, tax_category, rate, net_minor, tax_minor)
            VALUES (%s, %s, %s, %s, %s)
            """,
            [
                (document_id, tax.category, tax.rate, tax.net_minor, tax.tax_minor)
                for document_id, each in zip(ids, documents, strict=True)
                for tax in each.taxes
            ],
        )
    return ids


def _lines(
    connection: psycopg.Connection, which: LiteralString, parameters: dict[str, Any]
) -> tuple[LedgerLine, ...]:
    found = _stored(connection, "FROM ledger_line AS line " + which, parameters)
    return tuple(each.line for each in found)


def _stored(
    connection: psycopg.Connection, which: LiteralString, parameters: dict[str, Any]
) -> Iterator[StoredLine]:
    rows = connection.execute(
        """
        SELECT ledger_line_id, run_id, customer_id, premises_id, line.month, component, band, unit,
            quantity, minor, tax_category, reason, tax_rate
        """
        + which
        + " ORDER BY ledger_line_id",
        parameters,
    )
    for row in rows:
        yield StoredLine(row[0], row[1], LedgerLine(ChargeKey(*row[2:7]), *row[7:]))
