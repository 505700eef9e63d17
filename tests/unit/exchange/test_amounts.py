from decimal import ROUND_FLOOR, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.amounts import all_thousandths, thousandths

DECIMALS = st.decimals(-(10**9), 10**9, places=8, allow_nan=False)


@pytest.mark.parametrize(
    ("number", "amount"),
    [("1.111", 1_111_000), ("0E-20", 0), ("-0.0000005", 0), ("0.0000005", 1), ("1e3", 10**9)],
)
def test_kilowatt_hours(number: str, amount: int) -> None:
    assert thousandths(number, Decimal(1_000_000)) == amount
    assert all_thousandths([number.encode()], 1_000_000) == [amount]


@pytest.mark.parametrize("number", ["", " ", "nan", "inf", "-inf", "1_000", "1,5", "0x1", "1e99"])
def test_what_is_no_number(number: str) -> None:
    with pytest.raises(ValueError, match="is no number"):
        thousandths(number, Decimal(1))
    assert all_thousandths([b"1", number.encode()], 1) is None


@given(st.lists(DECIMALS, min_size=1, max_size=8), st.sampled_from([1, 1_000, 10**6, 10**9]))
def test_many_are_as_exact_as_one(numbers: list[Decimal], factor: int) -> None:
    # The definition, not the code under test.
    expected = [
        int((number * factor + Decimal("0.5")).to_integral_value(ROUND_FLOOR)) for number in numbers
    ]
    written = [format(number, "f").encode() for number in numbers]
    found = all_thousandths(written, factor)
    assert found is not None
    assert found.tolist() == expected


@given(st.integers(-(10**9), 10**9), st.integers(0, 3))
def test_halves_are_rounded_up(whole: int, power: int) -> None:
    number = (Decimal(whole) + Decimal("0.5")).scaleb(-power)
    written = format(number, "f")
    assert thousandths(written, Decimal(10**power)) == whole + 1
    assert all_thousandths([written.encode()], 10**power) == [whole + 1]
