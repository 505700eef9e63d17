"""The lines of documents as CSV (RFC 4180), exact, for spreadsheets and other people's programs."""

import csv as rows_of
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

from billing.documents.invoice import Invoice, Line
from billing.documents.speech import DECIMALS
from contracts.billing import Letter

LETTERS = (Letter.A, Letter.S, Letter.E, Letter.F, Letter.X)
COLUMNS = (
    *("document", "kind", "issued", "customer", "premises", "commodity", "month", "begin", "end"),
    *("component", "band", "unit", "quantity", "price", "currency", "net"),
    *("tax_category", "tax_rate", "reason", *(letter.name for letter in LETTERS)),
)
"""`begin` and `end` are local, with their offset from UTC; `net` above zero is owed, in a credit
note too; a letter's column is the quantity that is known so."""

_UNITS = {"mwh": "kWh", "ml": "m3", "w": "kW", "days": "days", "none": ""}


def csv(invoices: Iterable[Invoice]) -> str:
    """A header, and a row for each line of each document."""
    text = StringIO()
    rows = rows_of.writer(text)
    rows.writerow(COLUMNS)
    for invoice in invoices:
        rows.writerows(_row(invoice, line) for line in invoice.lines)
    return text.getvalue()


def _row(invoice: Invoice, line: Line) -> list[str]:
    span = line.span or invoice.span
    known = dict(line.by_letter)

    def quantity(parts: int) -> str:
        return format(Decimal(parts).scaleb(-DECIMALS[line.unit]), "f")

    return [
        *(invoice.number, "provisional" if invoice.provisional else invoice.kind),
        *(invoice.issued.isoformat(), invoice.buyer.number, line.premises_id, line.commodity),
        *(line.month, _local(span.begin_ms, invoice), _local(span.end_ms, invoice)),
        *(line.component, line.band, _UNITS[line.unit], quantity(line.quantity)),
        format(line.price, "f") if line.price is not None and not line.sold else "",
        *(invoice.currency, format(invoice.major(line.minor), "f")),
        *(line.tax.category, format(line.tax.rate, "f"), line.reason or ""),
        *(quantity(known[letter]) if letter in known else "" for letter in LETTERS),
    ]


def _local(ms: int, invoice: Invoice) -> str:
    return datetime.fromtimestamp(ms / 1000, ZoneInfo(invoice.time_zone)).isoformat()
