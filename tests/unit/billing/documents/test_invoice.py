"""What an invoice is: its sums, its kind, its hours, and what it refuses."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from billing.documents.invoice import DocumentError, Tax, TaxTotal, line_of, tax_on
from contracts.billing import Charge, ChargeKey, Letter
from contracts.energy import Span
from tests.unit.billing.documents.samples import (
    CREDIT_NOTE,
    INVOICE,
    LINES,
    REDUCED,
    SELLER,
    STANDARD,
)


def test_london_in_march_adds_up() -> None:
    assert (INVOICE.net_minor, INVOICE.tax_minor, INVOICE.gross_minor) == (6148, 307, 6455)
    assert INVOICE.hours == 743


@pytest.mark.parametrize(
    ("net", "rate", "tax"),
    [(40_250, "19", 7_648), (250, "1", 3), (-250, "1", -3), (6_148, "5", 307), (-603, "5", -30)],
)
def test_tax_is_rounded_half_away_from_zero(net: int, rate: str, tax: int) -> None:
    assert tax_on(net, Tax("S", Decimal(rate))) == tax


def test_a_document_below_zero_is_a_credit_note() -> None:
    assert (INVOICE.kind, INVOICE.sign) == ("invoice", 1)
    assert (CREDIT_NOTE.kind, CREDIT_NOTE.sign) == ("credit_note", -1)
    assert CREDIT_NOTE.gross_minor == -633


def test_what_is_paid_already_is_not_due() -> None:
    assert replace(INVOICE, paid_minor=7_000).payable_minor == -545


def test_a_line_says_a_charge() -> None:
    key = ChargeKey(7, "MAC000002", "2013-03", "lcl-dtou/1/energy", "High")
    charge = Charge(key, "mwh", 16_404_000, 0, 1102, "domestic", ((Letter.A, 16_404_000),))
    assert line_of(charge, REDUCED, price=Decimal("0.6720")) == LINES[0]
    assert LINES[0].kind == "energy"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"number": ""}, "number is ''"),
        ({"currency": "£"}, "currency is '£'"),
        ({"locale": "English"}, "locale is 'English'"),
        ({"exponent": -1}, "exponent is -1"),
        ({"span": Span(5, 5)}, "span is Span"),
        ({"lines": ()}, "lines is ()"),
        ({"seller": replace(SELLER, vat_id="")}, "seller: vat_id is ''"),
        (
            {"supplied": replace(SELLER.address, country="United Kingdom")},
            "supplied: country is 'United Kingdom'",
        ),
        ({"taxes": (TaxTotal(REDUCED, 6147, 307),)}, "net_minor is 6147: the lines have 6148"),
        ({"taxes": (TaxTotal(REDUCED, 6148, 308),)}, "tax_minor is 308: it must be 307"),
        ({"taxes": (TaxTotal(STANDARD, 6148, 1168),)}, "taxes is"),
        ({"taxes": (TaxTotal(REDUCED, 6148, 307),) * 2}, "taxes is"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        replace(INVOICE, **wrong)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("tax", "said"),
    [
        (Tax("E", Decimal(0)), "exemption is ''"),
        (Tax("S", Decimal(0)), "rate is Decimal('0')"),
        (Tax("AE", Decimal(19), "reverse charge"), "rate is Decimal('19')"),
    ],
)
def test_a_category_needs_what_en_16931_says(tax: Tax, said: str) -> None:
    line = replace(LINES[0], minor=0, tax=tax)
    with pytest.raises(DocumentError) as refusal:
        replace(INVOICE, lines=(line,), taxes=(TaxTotal(tax, 0, 0),))
    assert said in str(refusal.value)
