"""Exact amounts on their way into `numeric` and back."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from contracts.issued import decimal_of, exact_of


@given(st.integers(min_value=-(10**39), max_value=10**39))
def test_nothing_is_lost_in_any_digit(exact: int) -> None:
    assert exact_of(decimal_of(exact)) == exact


def test_the_unit_is_ten_to_the_minus_fourteen() -> None:
    assert decimal_of(3_369_796_920_000_000) == Decimal("33.69796920000000")
