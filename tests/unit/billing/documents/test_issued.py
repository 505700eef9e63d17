"""An invoice is made of what was kept with a document, whatever plan it is of."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from billing.documents.electronic import xml
from billing.documents.invoice import Address, DocumentError, Preceding, Tax, TaxTotal
from billing.documents.issued import invoice_of
from billing.documents.pdf import pdf
from billing.tariffs.units import THOUSANDTHS
from contracts.issued import Document, DocumentTax, StoredLine
from contracts.masters import Contract, Occupancy, Premises
from contracts.time import DAY_MS
from tests.support.london import HALF_HOUR_MS, ms
from tests.unit.billing.documents.settled import PLANS, documents, earlier, home
from tests.unit.billing.documents.test_electronic import broken_rules
from tests.unit.billing.settlement.homes import HOME, A, B

FLAT = home(PLANS["lcl-flat"], [(A, 0, None)])
NOON = ms("2013-07-15T11:00")
TEN = ms("2013-07-09T23:00")
DAYS = 31
HALF_HOURS = DAYS * 48


def kept(document: Document, **others: Any) -> Document:  # noqa: ANN401
    """The same with other content."""
    content = {**document.said.content, **others}
    return replace(document, said=replace(document.said, content=content))


def text_of(document: Document, language: str = "en") -> str:
    pages = PdfReader(BytesIO(pdf(invoice_of(document, language)))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("plan_id", list(PLANS))
def test_every_kind_of_plan_is_printed(plan_id: str, language: str) -> None:
    (document,) = documents(home(PLANS[plan_id], [(A, 0, None)]))

    invoice = invoice_of(document, language)
    text = text_of(document, language)

    assert invoice.gross_minor == document.said.gross_minor
    assert invoice.plan == PLANS[plan_id].name and PLANS[plan_id].name in text
    assert {line.kind for line in invoice.lines} <= {
        each.kind for each in PLANS[plan_id].components
    }
    for component in PLANS[plan_id].components:
        assert component.label in text
    # What a price is printed for is what it makes of the quantity.
    scale = {"mwh": 10**6, "ml": 10**6, "w": 10**3, "days": 1}
    for line in invoice.lines:
        if line.price is not None:
            by = THOUSANDTHS[line.sold] if line.sold else scale[line.unit]
            minor = line.quantity * Fraction(line.price) / by * 100
            assert abs(abs(minor) - abs(line.minor)) <= Fraction(51, 100)


def test_prices_are_by_what_is_printed_and_without_tax() -> None:
    (water,) = documents(home(PLANS["water"], [(A, 0, None)]))
    (solar,) = documents(home(PLANS["solar"], [(A, 0, None)]))

    # By a hundred cubic feet, of which a month's 148.8 m3 are 52.548.
    text = text_of(water)
    for each in (
        *("Water · tier 1 1.000 ccf", "Water · tier 2 5.000 ccf", "Water · tier 3 46.548 ccf"),
        *("US$2.10/ccf", "US$3.75/ccf", "US$5.20/ccf", "Sewerage 52.548 ccf", "45.00 ¢/day"),
    ):
        assert each in text, each
    # 32 and 40 cents with 5 %, and what is given untaxed.
    prices = {line.kind: line.price for line in invoice_of(solar).lines}
    assert prices == {
        "energy": Decimal("0.304762"),
        "export": Decimal("0.0803"),
        "standing": Decimal("0.380952"),
    }


def test_all_of_it_is_said() -> None:
    (document,) = documents(FLAT)

    invoice = invoice_of(document)

    (line,) = invoice.lines
    assert (line.quantity, line.price) == (HALF_HOURS * 100_000, Decimal("0.14228"))
    # 148.8 kWh at 14.228 p.
    assert (invoice.net_minor, invoice.tax_minor, invoice.gross_minor) == (2_117, 106, 2_223)
    assert (invoice.issued, invoice.due) == (date(2013, 8, 9), date(2013, 8, 19))
    assert invoice.hours == DAYS * 24
    assert (invoice.seller.name, invoice.buyer.name) == ("Thames Light & Power", "Ada")
    assert invoice.buyer.address == Address(("48 Lavender Hill",), "", "London", "GB")
    assert invoice.payment is not None and invoice.payment.iban == "GB33BUKB20201555555555"
    assert (invoice.preceding, invoice.supplied, invoice.premises_id) == ((), None, HOME)


def test_a_correction_refers_to_what_it_corrects_and_says_why() -> None:
    told = home(PLANS["lcl-flat"], [(A, 0, NOON), (B, NOON, None)])
    later = home(PLANS["lcl-flat"], [(A, 0, TEN), (B, TEN, None)])
    of_a, of_b = documents(told)
    issued = [*of_a.said.lines, *of_b.said.lines]

    credit, more = documents(later, issued=issued, parties=earlier(of_a))

    note = invoice_of(credit)
    assert (note.kind, note.due) == ("credit_note", None)
    assert note.preceding == (Preceding(of_a.number, date(2013, 8, 9)),)
    (line,) = note.lines
    moved = (NOON - TEN) * 48 * 100_000 // DAY_MS
    assert (line.reason, line.quantity, line.price) == ("move", -moved, None)
    # Where nothing was issued before, it is no correction.
    first = invoice_of(more)
    assert (first.preceding, first.lines[0].reason) == ((), None)
    for each in (credit, more):
        assert each.number in text_of(each)
    assert "Corrects 00000001" in text_of(credit)
    assert "change of occupant" in text_of(credit)


def test_what_had_waited_is_an_adjustment_of_its_month() -> None:
    (june,) = documents(FLAT, month="2013-06")
    (line,) = june.said.lines
    found = replace(line, quantity=-2_000_000, minor=-28, reason="late_reading")

    (document,) = documents(FLAT, waited=[StoredLine(7, 3, found)], parties=earlier(june))

    invoice = invoice_of(document)
    assert (document.said.month, invoice.kind) == ("2013-07", "invoice")
    assert [(each.month, each.reason, each.minor) for each in invoice.lines] == [
        ("2013-06", "late_reading", -28),
        ("2013-07", None, 2_117),
    ]
    # 21.17 less 0.28, of which 5 % are 1.04.
    assert (invoice.net_minor, invoice.tax_minor, invoice.gross_minor) == (2_089, 104, 2_193)
    assert invoice.hours == DAYS * 24
    assert invoice.preceding == (Preceding(june.number, date(2013, 8, 9)),)
    text = text_of(document)
    for words in ("Adjustments of earlier months", "June 2013", "reading came late", "2.000 kWh"):
        assert words in text


def test_a_document_of_nothing_but_what_had_waited_is_of_its_month() -> None:
    (june,) = documents(FLAT, month="2013-06")
    (line,) = june.said.lines
    found = replace(line, quantity=-2_000_000, minor=-28, reason="late_reading")

    (document,) = documents(home(PLANS["lcl-flat"], []), waited=[StoredLine(7, 3, found)])

    note = invoice_of(document)
    assert (document.said.month, note.kind) == ("2013-06", "credit_note")
    assert note.hours == 30 * 24
    assert not note.registers
    assert [each.reason for each in note.lines] == ["late_reading"]
    assert "June 2013" in text_of(document)


@pytest.mark.parametrize("is_kept", [True, False])
def test_what_a_plan_has_no_more_is_given_back_under_its_name(is_kept: bool) -> None:
    told = home(PLANS["evening-peak"], [(A, 0, None)])
    (document,) = documents(told)
    (old,) = told.plans
    without = old.terms[: old.terms.index('[[component]]\nkind = "levy"')]
    new = replace(old, version=2, terms=without)
    # A version that another replaced whole may be known of, or not.
    plans = (replace(old, end=date(2013, 1, 1)), replace(new, begin=date(2013, 1, 1)))

    (credit,) = documents(
        replace(told, plans=plans if is_kept else (new,)),
        issued=document.said.lines,
        parties=earlier(document),
    )

    (line,) = invoice_of(credit).lines
    levy = [each for each in document.said.lines if each.key.component.endswith("/levy")]
    assert (line.kind, line.minor) == ("levy", -levy[0].minor)
    assert ("Climate levy" if is_kept else "Levy") in text_of(credit)


def test_less_than_what_was_estimated_is_a_credit() -> None:
    (document,) = documents(FLAT)
    (line,) = document.said.lines
    estimated = replace(line, quantity=line.quantity + 5_000_000, minor=line.minor + 71)

    (credit,) = documents(FLAT, issued=[estimated], parties=earlier(document))

    assert invoice_of(credit).kind == "credit_note"
    text = text_of(credit)
    assert "£0.75" in text and "5.000 kWh" in text and "Corrects 00000001" in text


def test_a_part_of_a_month_is_the_supply_period() -> None:
    of_a, of_b = documents(home(PLANS["lcl-flat"], [(A, 0, NOON), (B, NOON, None)]))

    assert invoice_of(of_a).span.end_ms == invoice_of(of_b).span.begin_ms == NOON
    assert "1 July 2013, 00:00 to 15 July 2013, 12:00" in text_of(of_a)
    # The registers of import and export go on from what they showed when the month began.
    a, b = (invoice_of(each).registers for each in (of_a, of_b))
    half_hours = (NOON - invoice_of(of_a).span.begin_ms) // HALF_HOUR_MS
    shown = 5_000_000 + half_hours * 100_000, 7_000_000 + half_hours * 25_000
    assert [each.opening for each in a] == [5_000_000, 7_000_000]
    assert tuple(each.closing for each in a) == tuple(each.opening for each in b) == shown
    assert [each.closing for each in b] == [
        5_000_000 + HALF_HOURS * 100_000,
        7_000_000 + HALF_HOURS * 25_000,
    ]
    assert [each.is_export for each in a] == [False, True]


def test_of_several_premises_each_line_is_told_where() -> None:
    other = "MAC000003"
    (installation, _) = FLAT.installations
    both = replace(
        FLAT,
        premises=(*FLAT.premises, Premises(other, "site")),
        occupancies=(*FLAT.occupancies, Occupancy(other, A, 0, None)),
        installations=(
            installation,
            replace(installation, register_id=other, premises_id=other),
        ),
        contracts=(*FLAT.contracts, Contract(other, A, "electricity", "lcl-flat", 0, None)),
    )

    (document,) = documents(both)

    invoice = invoice_of(document)
    assert (invoice.places, invoice.premises_id) == (2, "")
    text = text_of(document)
    assert f"{HOME} · Electricity" in text and f"{other} · Electricity" in text


def test_of_many_premises_all_registers_are_there_on_several_pages() -> None:
    (document,) = documents(FLAT)
    invoice = invoice_of(document)
    (first, *_) = invoice.registers
    names = [f"meter {place}" for place in range(80)]
    many = replace(invoice, registers=tuple(replace(first, register_id=each) for each in names))

    pages = PdfReader(BytesIO(pdf(many))).pages

    text = " ".join(page.extract_text() for page in pages)
    assert len(pages) > 2
    assert all(each in text for each in names)


def test_a_tax_that_changes_within_the_month_is_told_by_its_days() -> None:
    (rate, zero) = FLAT.tax_rates
    day = date(2013, 7, 16)
    two = replace(
        FLAT,
        tax_rates=(
            replace(rate, end=day),
            replace(rate, begin=day, rate=Decimal(20)),
            zero,
        ),
    )

    (document,) = documents(two)

    invoice = invoice_of(document)
    assert {total.tax.rate for total in invoice.taxes} == {5, 20}
    assert {line.kind for line in invoice.lines} == {"energy"}
    assert "16 July 2013 to 31 July 2013" in text_of(document)


def test_a_tax_that_is_put_right_is_told_by_both_rates() -> None:
    (rate, zero) = FLAT.tax_rates
    wrong = replace(FLAT, tax_rates=(replace(rate, rate=Decimal(20)), zero))
    (first,) = documents(wrong)

    (credit,) = documents(FLAT, issued=first.said.lines, parties=earlier(first))

    net, invoice = first.said.net_minor, invoice_of(credit)
    assert [(line.minor, line.tax.rate) for line in invoice.lines] == [
        (-net, Decimal(20)),
        (net, Decimal(5)),
    ]
    assert {each.tax.rate: each.net_minor for each in invoice.taxes} == {20: -net, 5: net}
    assert invoice.gross_minor == credit.said.gross_minor < 0
    text = text_of(credit)
    assert "VAT 20%" in text and "VAT 5%" in text


@pytest.mark.parametrize(
    ("category", "rate", "expected"),
    [
        ("S", "5", Tax("S", Decimal(5))),
        ("reduced", "5.5", Tax("S", Decimal("5.5"))),
        ("none", "0", Tax("Z", Decimal(0))),
        ("AE", "0", Tax("AE", Decimal(0), "Reverse charge: the customer accounts for VAT")),
    ],
)
def test_categories_of_a_utility_are_told_as_en_16931_knows_them(
    category: str, rate: str, expected: Tax
) -> None:
    (document,) = documents(FLAT)
    said = document.said
    (line,), (detail,) = said.lines, said.content["lines"]
    net = line.minor
    on_it = round(net * Decimal(rate) / 100)
    other = replace(
        said,
        lines=(replace(line, tax_category=category),),
        taxes=(DocumentTax(category, Decimal(rate).quantize(Decimal("0.0001")), net, on_it),),
        gross_minor=net + on_it,
        tax_minor=on_it,
        content={**said.content, "lines": [{**detail, "rate": rate}]},
    )

    invoice = invoice_of(replace(document, said=other))

    assert [total.tax for total in invoice.taxes] == [expected]
    assert pdf(invoice)


TWO_TAXES = """
id = "two-taxes"
name = "Two taxes"
commodity = "electricity"
currency = "GBP"
prices_include_tax = false

[[component]]
kind = "energy"
price = "0.14133"
tax_category = "{power}"

[[component]]
kind = "standing"
per_day = "0.13"
tax_category = "{network}"
"""
# 148.8 kWh at 14.133 p, and 31 days at 13 p.
POWER, NETWORK = 2_103, 403


def taxed_as(power: str, network: str, rate: str) -> Document:
    """A bill whose parts are of two categories of one rate."""
    terms = TWO_TAXES.format(power=power, network=network)
    (its,), (contract,), (tax, _) = FLAT.plans, FLAT.contracts, FLAT.tax_rates
    (document,) = documents(
        replace(
            FLAT,
            plans=(replace(its, plan_id="two-taxes", terms=terms),),
            contracts=(replace(contract, plan_id="two-taxes"),),
            tax_rates=tuple(
                replace(tax, category=each, rate=Decimal(rate)) for each in (power, network)
            ),
        )
    )
    return document


def test_two_categories_of_one_rate_are_one_tax_on_paper_and_for_machines() -> None:
    document = taxed_as("power", "network", "19")

    # 19 % of 25.06 is 4.7614; of its parts it would be 4.00 and 0.77.
    invoice = invoice_of(document)
    standard = Tax("S", Decimal(19))
    assert [line.minor for line in invoice.lines] == [POWER, NETWORK]
    assert invoice.taxes == (TaxTotal(standard, POWER + NETWORK, 476),)
    assert (document.said.tax_minor, document.said.gross_minor) == (476, 2_982)
    assert "VAT 19% on £25.06 £4.76" in text_of(document)
    assert broken_rules(xml(invoice)) == []


def test_two_reasons_for_no_tax_are_told_apart() -> None:
    document = taxed_as("S", "AE", "0")

    reverse = Tax("AE", Decimal(0), "Reverse charge: the customer accounts for VAT")
    assert {each.tax: each.net_minor for each in invoice_of(document).taxes} == {
        Tax("Z", Decimal(0)): POWER,
        reverse: NETWORK,
    }
    assert "VAT 0 % on £4.03 (Reverse charge" in text_of(document)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (None, Address((), "", "", "GB")),
        ({"city": "Betelgeuse"}, Address((), "", "Betelgeuse", "GB")),
        ({"lines": "x", "country": "Mars", "post_code": 7}, Address((), "7", "", "GB")),
        (
            {"lines": ["1", "2", "3", "4"], "country": "DE"},
            Address(("1", "2", "3"), "", "", "DE"),
        ),
    ],
)
def test_an_address_says_what_it_says(address: object, expected: Address) -> None:
    (document,) = documents(FLAT)

    invoice = invoice_of(kept(document, customer={"name": "Ada", "address": address}))

    assert invoice.buyer.address == expected
    assert pdf(invoice)


def test_who_is_not_known_has_a_number() -> None:
    (document,) = documents(FLAT)

    assert invoice_of(kept(document, customer=None)).buyer.name == f"{A}"


def test_what_cannot_be_printed_says_why() -> None:
    (document,) = documents(FLAT)
    seller = document.said.content["seller"]
    for content, language, message in (
        ({"seller": None}, None, "00000001 does not say who sells: load seller.csv"),
        ({}, "it", "language is 'it': give one of en, de, fr"),
        ({"seller": {**seller, "locale": "it-IT"}}, None, "there are no words for 'it'"),
        ({"seller": {**seller, "locale": "en-QX"}}, None, "locale is 'en-QX'"),
    ):
        with pytest.raises(DocumentError, match=message):
            pdf(invoice_of(kept(document, **content), language))
    old = replace(document, said=replace(document.said, content={"customer": None}))
    with pytest.raises(DocumentError, match="kept too little"):
        invoice_of(old)


def test_a_seller_of_another_language_prints_its_own() -> None:
    (document,) = documents(FLAT)
    austrian = kept(document, seller={**document.said.content["seller"], "locale": "de-AT"})

    locales = [invoice_of(austrian, each).locale for each in (None, "de", "fr")]

    assert locales == ["de-AT", "de-AT", "fr-FR"]


@pytest.mark.parametrize("plan_id", list(PLANS))
def test_the_rules_of_en_16931_find_nothing_in_what_was_issued(plan_id: str) -> None:
    told = home(PLANS[plan_id], [(A, 0, NOON), (B, NOON, None)])
    later = home(PLANS[plan_id], [(A, 0, TEN), (B, TEN, None)])
    of_a, of_b = documents(told)
    issued = [*of_a.said.lines, *of_b.said.lines]
    credit, *_ = documents(later, issued=issued, parties=earlier(of_a))

    for each in (of_a, kept(of_b, address={"lines": ["Flat 3"]}), credit):
        assert broken_rules(xml(invoice_of(each))) == []
