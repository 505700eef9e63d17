"""Shares with their uncertainty, and spreads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.score.figures import Share, Spread, spread


def test_nothing_of_nothing_has_no_value() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 0).bounds is None
    assert spread([]) is None


@pytest.mark.parametrize(
    ("part", "whole", "lowest", "highest"),
    [
        # Wilson 1927 by hand, z = 1.96: z2 = 3.8415.
        # 0 of 10: 0 and z2 / (10 + z2).
        (0, 10, 0.0, 0.27754),
        (10, 10, 0.72246, 1.0),
        # 8 of 10: (8 + z2 / 2 -+ z sqrt(8 * 2 / 10 + z2 / 4)) / (10 + z2).
        (8, 10, 0.49016, 0.94332),
        (193, 193, 0.98048, 1.0),
    ],
)
def test_the_bounds_of_a_share(part: int, whole: int, lowest: float, highest: float) -> None:
    bounds = Share(part, whole).bounds

    assert bounds is not None
    assert bounds[0] == pytest.approx(lowest, abs=1e-5)
    assert bounds[1] == pytest.approx(highest, abs=1e-5)


@given(st.integers(0, 1_000), st.integers(1, 1_000))
def test_a_share_is_within_its_bounds(part: int, more: int) -> None:
    share = Share(part, part + more)
    assert share.bounds is not None
    lowest, highest = share.bounds
    assert share.value is not None
    assert 0 <= lowest <= share.value <= highest <= 1


def test_a_spread() -> None:
    assert spread([3_000]) == Spread(3.0, 3.0, 3.0)
    found = spread(range(0, 101_000, 1_000))
    assert found == Spread(50.0, 99.0, 100.0)
