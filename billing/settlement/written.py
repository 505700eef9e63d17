"""Charges and lines as text: the bytes by which a run is compared with itself, and what people load
into their own tables (CSV, RFC 4180)."""

import csv
import io
from collections.abc import Iterable

from contracts.billing import Charge, ChargeKey
from contracts.issued import Document

KEY = ("customer_id", "premises_id", "month", "component", "band")
CHARGE_COLUMNS = (*KEY, "unit", "quantity", "exact", "minor", "tax_category", "by_letter")
DOCUMENT_COLUMNS = ("number", "kind", "run_id", "currency")
LINE_COLUMNS = (*KEY, "unit", "quantity", "minor", "tax_category", "reason")


def charges_text(charges: Iterable[Charge]) -> str:
    """A line for each charge, by key, below the names of columns. Whole numbers: quantities in
    thousandths, `exact` in 10^-14 of the currency's unit, `minor` in its minor unit."""
    return text(
        CHARGE_COLUMNS,
        (
            (
                *(*_key(each.key), each.unit, each.quantity, each.exact, each.minor),
                each.tax_category,
                " ".join(f"{letter.name}={quantity}" for letter, quantity in each.by_letter),
            )
            for each in sorted(charges, key=lambda charge: charge.key)
        ),
    )


def document_lines_text(documents: Iterable[Document]) -> str:
    """A line for each line of documents, with number, kind and run of its document."""
    return text(
        (*DOCUMENT_COLUMNS, *LINE_COLUMNS),
        (
            (
                *(each.number, each.said.kind, each.run_id, each.said.currency),
                *_key(line.key),
                *(line.unit, line.quantity, line.minor, line.tax_category, line.reason),
            )
            for each in documents
            for line in each.said.lines
        ),
    )


def text(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Rows below the names of their columns, as CSV whose lines end in a line feed."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return written.getvalue()


def _key(key: ChargeKey) -> tuple[int | str, ...]:
    return (key.customer_id, key.premises_id, key.month, key.component, key.band)
