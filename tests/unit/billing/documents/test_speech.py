"""Numbers and times as languages write them; parts that add up."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.documents.invoice import Invoice
from billing.documents.speech import Speech, printed_quantities, shares, speech_of
from billing.documents.template import template
from contracts.billing import Letter
from contracts.energy import Span
from tests.unit.billing.documents.samples import CREDIT_NOTE, INVOICE, MARCH, in_currency


def speaking(locale: str, invoice: Invoice = INVOICE) -> Speech:
    return speech_of(replace(invoice, locale=locale), template(locale).words)


def plain(text: str) -> str:
    """With spaces that one can type."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("currency", "exponent", "locale", "text"),
    [
        ("GBP", 2, "en-GB", "£1,234,567.89"),
        ("GBP", 2, "de-DE", "1.234.567,89 £"),
        ("EUR", 2, "fr-FR", "1 234 567,89 €"),
        ("JPY", 0, "en-GB", "JP¥123,456,789"),
        ("KWD", 3, "en-GB", "KWD 123,456.789"),
    ],
)
def test_money_has_the_decimals_of_its_currency(
    currency: str, exponent: int, locale: str, text: str
) -> None:
    speech = speaking(locale, in_currency(currency, exponent))
    assert plain(speech.money(123_456_789)) == text


def test_credits_have_a_minus_sign() -> None:
    assert speaking("en-GB").money(-603) == "\N{MINUS SIGN}£6.03"


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("0.6720", "67.20 p/kWh"),
        ("0.0399", "3.99 p/kWh"),
        ("0.14228", "14.228 p/kWh"),
        ("4.5", "£4.50/kWh"),
    ],
)
def test_small_prices_are_in_hundredths(price: str, text: str) -> None:
    assert plain(speaking("en-GB").price(Decimal(price), "mwh")) == text


def test_a_price_without_hundredths_keeps_its_decimals() -> None:
    assert plain(speaking("en-GB", in_currency("KWD", 3)).price(Decimal("0.0125"), "mwh")) == (
        "KWD 0.0125/kWh"
    )


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en-GB", "1 March 2013 to 31 March 2013"),
        ("de-DE", "1. März 2013 bis 31. März 2013"),
        ("fr-FR", "du 1 mars 2013 au 31 mars 2013"),
    ],
)
def test_a_month_is_of_local_days(locale: str, text: str) -> None:
    assert speaking(locale).span(MARCH) == text


def test_a_move_within_a_day_has_its_times() -> None:
    moved = CREDIT_NOTE.lines[0].span
    assert moved is not None
    assert speaking("en-GB").span(moved) == "10 July 2013, 00:00 to 15 July 2013, 12:00"


def test_a_day_is_said_once() -> None:
    begin = MARCH.begin_ms
    assert speaking("en-GB").span(Span(begin, begin + 86_400_000)) == "1 March 2013"


def test_hours_are_those_that_passed() -> None:
    assert speaking("en-GB").hours(INVOICE.hours) == "743 hours, local time (Europe/London)"


def test_registers_are_cut_not_rounded() -> None:
    assert plain(speaking("en-GB").register(1_219_626_999, "mwh")) == "1,219.626 kWh"


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1))
def test_printed_quantities_add_up_to_the_printed_sum(quantities: list[int]) -> None:
    (whole,) = printed_quantities([sum(quantities)], "mwh")
    assert sum(printed_quantities(quantities, "mwh")) == whole


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1))
def test_no_printed_quantity_is_off_by_more_than_one(quantities: list[int]) -> None:
    for exact, printed in zip(quantities, printed_quantities(quantities, "mwh"), strict=True):
        assert abs(1_000 * printed - exact) <= 1_000


@given(st.dictionaries(st.sampled_from(Letter), st.integers(0, 10**15)))
def test_shares_are_of_one_whole_and_hide_nothing(by_letter: dict[Letter, int]) -> None:
    found = shares(by_letter)
    there = {letter for letter, part in by_letter.items() if part}
    assert set(found) == there
    assert not there or sum(found.values()) == 1
    assert all(share > 0 for share in found.values())
