"""Rows of CSV: exact, and readable by who did not write them."""

import csv
from decimal import Decimal
from io import StringIO

import polars as pl

from billing.documents import table
from tests.unit.billing.documents.samples import CREDIT_NOTE, INVOICE


def test_each_line_is_a_row_with_all_that_it_says() -> None:
    rows = list(csv.DictReader(StringIO(table.csv([INVOICE, CREDIT_NOTE]))))
    assert len(rows) == 4
    assert rows[1] == {
        "document": "2013-000417",
        "kind": "invoice",
        "issued": "2013-04-08",
        "customer": "100002",
        "premises": "MAC000002",
        "commodity": "electricity",
        "month": "2013-03",
        "begin": "2013-03-01T00:00:00+00:00",
        "end": "2013-04-01T00:00:00+01:00",
        "component": "lcl-dtou/1/energy",
        "band": "Normal",
        "unit": "kWh",
        "quantity": "411.626000",
        "price": "0.1176",
        "currency": "GBP",
        "net": "48.41",
        "tax_category": "S",
        "tax_rate": "5",
        "reason": "",
        "A": "402.035000",
        "S": "9.591000",
        "E": "",
        "F": "",
        "X": "",
    }
    assert (rows[3]["net"], rows[3]["quantity"], rows[3]["reason"]) == (
        *("-6.03", "-44.658000", "move"),
    )


def test_net_adds_up_over_documents() -> None:
    read = pl.read_csv(StringIO(table.csv([INVOICE, CREDIT_NOTE])), infer_schema=False)
    total = sum(Decimal(net) for net in read["net"])
    assert total == Decimal("61.48") - Decimal("6.03")
