from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.tariffs.money import rounded
from billing.tariffs.printed import printed


def test_thirds_add_up() -> None:
    assert printed([333_333, 333_333, 333_334], 1_000_000) == (0, 0, 1)
    assert printed([1_500, 1_500], 1_000) == (2, 1)
    assert printed([16_404_000, 411_626_000, 51_444_000], 1_000) == (16_404, 411_626, 51_444)
    assert printed([], 1_000) == ()


@given(st.lists(st.integers(-(10**20), 10**20), max_size=20), st.integers(1, 10**9))
def test_printed_lines_add_up_to_the_printed_total(quantities: list[int], step: int) -> None:
    found = printed(quantities, step)

    assert sum(found) == rounded(sum(quantities), step)
    assert all(
        abs(steps - Fraction(quantity, step)) < 1
        for steps, quantity in zip(found, quantities, strict=True)
    )


def test_a_step_is_above_zero() -> None:
    with pytest.raises(ValueError, match="step is 0: give"):
        printed([1], 0)
