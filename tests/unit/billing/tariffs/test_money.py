import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.tariffs.errors import TariffError
from billing.tariffs.money import TaxGroup, in_eighths, minor, rounded, tax, taxed, totals


@dataclass(frozen=True)
class Amount:
    tax_category: str
    minor: int


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (5, 2, 3),
        (-5, 2, -3),
        (-125, 1_000, 0),
        (-125, 10, -13),
        (125, 10, 13),
        (49, 100, 0),
        (0, 7, 0),
    ],
)
def test_halves_are_rounded_away_from_zero(numerator: int, denominator: int, expected: int) -> None:
    assert rounded(numerator, denominator) == expected


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**18))
def test_rounding_is_that_of_decimals(numerator: int, denominator: int) -> None:
    found = rounded(numerator, denominator)

    assert abs(found - Fraction(numerator, denominator)) <= Fraction(1, 2)
    assert found == -rounded(-numerator, denominator)


@given(st.decimals(-(10**9), 10**9, allow_nan=False, places=8))
def test_rounding_to_pence_is_that_of_decimal(amount: Decimal) -> None:
    expected = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)

    assert minor(int(amount.scaleb(14)), "GBP") == int(expected.scaleb(2))


def test_a_denominator_is_above_zero() -> None:
    with pytest.raises(ValueError, match="denominator is 0: give a number above 0"):
        rounded(1, 0)


@pytest.mark.parametrize(("currency", "expected"), [("JPY", 2), ("GBP", 235), ("KWD", 2_345)])
def test_minor_units_are_the_currencys(currency: str, expected: int) -> None:
    assert minor(234_500_000_000_000, currency) == expected


@pytest.mark.parametrize(
    "amount",
    # Of the last two, nobody has the digits in memory.
    ["0.123456789", "NaN", "Infinity", "1E+18", "1E-999999999", "1E+999999999"],
)
def test_eight_decimals_at_most(amount: str) -> None:
    with pytest.raises(ValueError, match=re.escape(amount)):
        in_eighths(Decimal(amount))


def test_eight_decimals_are_exact() -> None:
    assert in_eighths(Decimal("-999999.99999999")) == -99_999_999_999_999
    assert in_eighths(Decimal("999999999999999999.99999999")) == 10**26 - 1
    assert in_eighths(Decimal("1E-8")) == in_eighths(Decimal("0.000000010000")) == 1
    assert in_eighths(Decimal("0E+99")) == in_eighths(Decimal("-0.0")) == 0


def test_tax_of_half_a_cent_is_rounded_up() -> None:
    assert tax(40_250, Decimal(19)) == 7_648


def test_tax_is_rounded_once_for_all_lines_of_a_rate() -> None:
    # 5 % of each 0.10 is half a penny: one by one they would come to three pence.
    lines = [Amount("S", 10)] * 3
    found = taxed(lines, {"S": Decimal(5)})

    assert (found.net, found.tax, found.gross) == (30, 2, 32)


def test_each_category_and_rate_is_a_group() -> None:
    found = totals(
        [
            ("S", Decimal(20), 100),
            ("S", Decimal(5), 61),
            ("Z", Decimal(0), 7),
            ("S", Decimal(5), -20),
        ]
    )

    assert found.groups == (
        TaxGroup("S", Decimal(5), 41, 2),
        TaxGroup("S", Decimal(20), 100, 20),
        TaxGroup("Z", Decimal(0), 7, 0),
    )
    assert (found.net, found.tax, found.gross) == (148, 22, 170)


def test_categories_of_a_utility_that_are_taxed_alike_are_one_group() -> None:
    # 19 % of 103 is 19.57: of both together 39.14, one by one they would come to 40.
    found = totals([("gas", Decimal(19), 103), ("electricity", Decimal("19.0000"), 103)])

    assert found.groups == (TaxGroup("S", Decimal(19), 206, 39),)


def test_what_is_not_taxed_for_different_reasons_is_not_one_group() -> None:
    none = Decimal(0)
    found = totals([("AE", none, 100), ("S", none, 10), ("roof", none, 1), ("AE", Decimal(5), 20)])

    assert found.groups == (
        TaxGroup("AE", none, 100, 0),
        TaxGroup("S", Decimal(5), 20, 1),
        TaxGroup("Z", none, 11, 0),
    )


def test_a_category_without_rate_is_refused() -> None:
    with pytest.raises(TariffError, match="tax category 'Q' has no rate, known are S: give"):
        taxed([Amount("Q", 1)], {"S": Decimal(5)})
