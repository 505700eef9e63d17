"""A PDF says what the invoice says, carries its XML, and is the same bytes each time."""

import os
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from facturx import get_xml_from_pdf
from pypdf import PdfReader

from billing.documents.electronic import xml
from billing.documents.invoice import DocumentError, Invoice
from billing.documents.pdf import pdf
from billing.documents.template import template
from contracts.settings import PROJECT
from tests.unit.billing.documents.samples import (
    CREDIT_NOTE,
    FRENCH,
    GERMAN,
    INVOICE,
    in_currency,
)


def read(document: bytes) -> PdfReader:
    return PdfReader(BytesIO(document), strict=True)


def text_of(invoice: Invoice) -> str:
    pages = read(pdf(invoice)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_it_says_what_a_customer_looks_for() -> None:
    text = text_of(INVOICE)
    for each in (
        *("Invoice", "2013-000417", "£64.55", "743 hours", "16.404 kWh", "67.20 p/kWh", "£11.02"),
        *("740.152 kWh", "1,219.626 kWh", "479.474 kWh", "VAT 5% on £61.48", "£3.07"),
        *("Ms Ada Fairweather", "22 April 2013", "98% measured"),
    ):
        assert each in text, each


@pytest.mark.parametrize(
    ("invoice", "said"),
    [
        (
            GERMAN,
            ("Rechnung", "745 Stunden", "Zu zahlen", "Grundpreis", "Schätzung durch Ablesung"),
        ),
        (FRENCH, ("Facture", "745 heures", "Montant à payer", "Abonnement")),
        (CREDIT_NOTE, ("Credit note", "£6.33", "change of occupant", "July 2013", "44.658 kWh")),
        (in_currency("KWD", 3), ("KWD 6.148",)),
        (replace(INVOICE, provisional=True), ("Provisional statement", "Not an invoice")),
    ],
)
def test_every_kind_and_language_can_be_set(invoice: Invoice, said: tuple[str, ...]) -> None:
    text = text_of(invoice).replace("\N{NO-BREAK SPACE}", " ")
    for each in said:
        assert each in text, each


def test_the_xml_is_in_it() -> None:
    name, attached = get_xml_from_pdf(pdf(INVOICE), check_xsd=True, check_schematron=False)
    assert name == "factur-x.xml"
    assert attached == xml(INVOICE)


@pytest.mark.parametrize(
    "invoice",
    [in_currency("KWD", 3), replace(INVOICE, provisional=True)],
    ids=["KWD", "provisional"],
)
def test_what_is_not_for_machines_has_no_xml(invoice: Invoice) -> None:
    assert "/AF" not in read(pdf(invoice)).root_object


def test_it_says_that_it_is_pdf_a_3_and_factur_x() -> None:
    root: Any = read(pdf(INVOICE)).root_object
    said = root["/Metadata"].get_object().get_data().decode()
    for each in (
        *("<pdfaid:part>3</pdfaid:part>", "<pdfaid:conformance>A</pdfaid:conformance>"),
        *("<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>", "<pdfuaid:part>1</pdfuaid:part>"),
    ):
        assert each in said, each
    assert said.count("<pdfaExtension:schemas>") == 1
    (attached,) = root["/AF"]
    assert attached.get_object()["/AFRelationship"] == "/Alternative"


def test_only_our_font_is_in_it() -> None:
    pages: Any = read(pdf(GERMAN)).pages
    names = {
        font.get_object()["/BaseFont"].partition("+")[2]
        for page in pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert names
    assert all(name.startswith("SourceSans3-") for name in names), names


AGAIN = """
import sys
from billing.documents.pdf import pdf
from tests.unit.billing.documents.samples import INVOICE
sys.stdout.buffer.write(pdf(INVOICE))
"""


def test_the_same_invoice_is_the_same_bytes_elsewhere() -> None:
    environment = os.environ | {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "7", "LANG": "C"}
    there = subprocess.run(
        [sys.executable, "-c", AGAIN],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    assert there == pdf(INVOICE)


def test_another_invoice_is_other_bytes() -> None:
    assert pdf(INVOICE) != pdf(replace(INVOICE, number="2013-000418"))


def test_a_utility_may_bring_its_own_layout_and_logo() -> None:
    own = replace(
        template("en"),
        layout='#let bill = json("/bill.json")\n#set text(font: "Source Sans 3")\n'
        '#image("/logo.svg", alt: "logo")\n= Pay #bill.summary.amount',
        logo='<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><g/></svg>',
    )
    (page,) = read(pdf(INVOICE, own)).pages
    assert page.extract_text().strip() == "Pay £64.55"


def test_a_layout_that_cannot_be_set_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"the layout cannot be set: .*unclosed delimiter"):
        pdf(INVOICE, replace(template("en"), layout="#text("))
