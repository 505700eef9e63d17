"""Amounts and documents as clerks read them."""

import io
from decimal import Decimal

import pytest
from rich.console import Console

from billing.curve.findings import Finding
from billing.settlement.holds import Hold
from billing.settlement.settlement import Settlement
from contracts.billing import ChargeKey, LedgerLine, RunArguments, Unit
from contracts.issued import Document, DocumentTax, NewDocument
from services.settlement.issue import Issued
from services.settlement.run import Run
from wattstream.bill_tables import amount, document_page, document_table, money, run_summary

LINE = LedgerLine(
    ChargeKey(1, "home", "2013-07", "lcl-dtou/1/energy", "High"),
    "mwh",
    -44_658_000,
    -603,
    "S",
    "move",
)
NOTE = Document(
    "00000003",
    3,
    2,
    1_376_179_200_000,
    NewDocument(
        *("credit_note", 1, "2013-07", "GBP", -603, -30, -633),
        (DocumentTax("S", Decimal("5.0000"), -603, -30),),
        (LINE,),
        {"customer": {"name": "Ada", "address": None}},
    ),
)


def shown(what: object) -> list[str]:
    """Its lines, in a wide terminal, without runs of spaces."""
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(what)
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(-633, "GBP", "-6.33"), (123_456, "JPY", "123,456"), (1_234_567, "KWD", "1,234.567")],
)
def test_money_has_the_currencys_decimals(minor: int, currency: str, text: str) -> None:
    assert money(minor, currency) == text


@pytest.mark.parametrize(
    ("quantity", "unit", "text"),
    [
        (479_474_000, "mwh", "479.474 kWh"),
        (33_333, "mwh", "0.033333 kWh"),
        (1_000_000, "ml", "1 m3"),
        (3_206, "w", "3.206 kW"),
        (31, "days", "31 days"),
        (0, "none", ""),
    ],
)
def test_amounts_are_exact(quantity: int, unit: Unit, text: str) -> None:
    assert amount(quantity, unit) == text


def test_a_page_says_lines_tax_and_why() -> None:
    page = shown(document_page(NOTE))

    assert page[0] == "Credit note 00000003"
    assert "customer 1, Ada; 2013-07; issued 2013-08-11 00:00:00 UTC by run 2" in page
    assert "home lcl-dtou/1/energy High -44.658 kWh -6.03 move" in page
    assert "tax S 5 % of -6.03 -0.30" in page
    assert "gross -6.33 GBP" in page


def test_a_list_adds_up() -> None:
    rows = shown(document_table([NOTE, NOTE]))

    assert rows[1] == "00000003 credit note 1 2013-07 2 -6.03 -0.30 -6.33 GBP"
    assert rows[3] == "2 documents -12.06 -0.60 -12.66 GBP"


def test_a_run_says_whose_bill_waits_and_why() -> None:
    finding = Finding("prolonged", "meter", "gas", 1_368_144_000_000, 1_372_633_200_000, "hold")
    settlement = Settlement("london", "2013-06", "first", "GBP", (), (), (), (), {}, ())
    waits = tuple(Hold(customer, "home", finding) for customer in range(1, 13))
    issued = Issued(1, "issued", (), (), (LINE,), (), waiting=waits)
    arguments = RunArguments("first", "london", "2013-06", (7,), 0, "")

    page = shown(run_summary(arguments, Run(settlement, (finding,)), issued))

    told = "held customer 1: prolonged, meter, gas, 2013-05-10 00:00 to 2013-06-30 23:00 UTC"
    assert told in page
    assert "held and 2 more: `wattstream exceptions --severity hold`" in page
    assert "not issued 1 line, -6.03 GBP" in page
    assert "exceptions 1: 1 prolonged; 1 of severity hold" in page
