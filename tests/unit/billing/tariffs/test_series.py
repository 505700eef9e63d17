from dataclasses import replace
from decimal import Decimal

import pytest

from billing.tariffs.errors import TariffError
from billing.tariffs.series import course
from contracts.masters import Price
from contracts.time import DAY_MS, HOUR_MS
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, prices

T = 1_709_251_200_000
"""2024-03-01, UTC."""


def price(begin: int, end: int, amount: str = "0.1", band: str | None = None) -> Price:
    """Of these half-hours."""
    return Price("s", T + begin * HALF_HOUR_MS, T + end * HALF_HOUR_MS, Decimal(amount), band)


def test_each_period_has_its_price_and_band() -> None:
    other = replace(price(0, 9, "9"), series_id="other")
    found = course("s", [price(2, 9, "-0.2", "b"), other, price(-5, 2)], T, 4, HALF_HOUR_MS)

    assert found.eighths.tolist() == [10_000_000, 10_000_000, -20_000_000, -20_000_000]
    assert [found.bands[band] for band in found.band] == ["", "", "b", "b"]


def test_a_price_of_an_hour_is_that_of_both_halves() -> None:
    assert course("s", [price(0, 2), price(2, 4, "0.2")], T, 2, HOUR_MS).eighths.tolist() == [
        10_000_000,
        20_000_000,
    ]


def test_london_has_a_price_for_all_of_2013() -> None:
    found = course("lcl-dtou", prices(), YEAR_BEGIN_MS, 365 * 48, HALF_HOUR_MS)

    assert found.bands == ("High", "Low", "Normal")
    assert set(found.eighths.tolist()) == {67_200_000, 3_990_000, 11_760_000}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "has no price from 2024-03-01T00:00.* to 2024-03-01T02:00.*: load"),
        ([price(1, 9)], "has no price from 2024-03-01T00:00.* to 2024-03-01T00:30"),
        ([price(0, 3)], "has no price from 2024-03-01T01:30.* to 2024-03-01T02:00"),
        ([price(0, 1), price(2, 9)], "has no price from 2024-03-01T00:30.* to 2024-03-01T01:00"),
        (
            [price(0, 3), price(2, 9, "7")],
            "has two prices at 2024-03-01T01:00.*, the later one 7: end",
        ),
        ([price(-2, 9), price(-1, 9, "7")], "has two prices at"),
        ([price(0, 9), price(0, 9)], "has two prices at"),
        ([price(0, 9, "1000000")], "price from 2024-03-01T00:00.*: 1000000 is too much: give"),
        (
            [price(0, 9, "0.123456789")],
            "price from 2024-03-01T00:00.*: 0.123456789 has more than 8",
        ),
    ],
)
def test_no_price_or_two_are_refused(given: list[Price], said: str) -> None:
    with pytest.raises(TariffError, match=f"series 's'.*{said}"):
        course("s", given, T, 4, HALF_HOUR_MS)


def test_a_price_that_changes_within_a_period_is_refused() -> None:
    quarter = replace(price(0, 9), end_ms=T + HALF_HOUR_MS // 2)
    rest = replace(price(0, 9), begin_ms=quarter.end_ms)

    with pytest.raises(TariffError, match=r"end_ms of the price 0.1 is 2024-03-01T00:15.*: give"):
        course("s", [quarter, rest], T, 4, HALF_HOUR_MS)
    assert len(course("s", [quarter, rest], T, 4, HALF_HOUR_MS // 2).eighths) == 4


def test_periods_of_a_quarter_take_prices_of_a_half_hour() -> None:
    found = course("s", [price(0, 1), price(1, 48, "0.2")], T, 96, DAY_MS // 96)

    assert found.eighths[:4].tolist() == [10_000_000, 10_000_000, 20_000_000, 20_000_000]
