"""What a unit costs, as it is printed beside a quantity."""

from decimal import Decimal

import pytest

from billing.tariffs.unit_price import unit_price
from contracts.billing import Charge, ChargeKey
from tests.unit.billing.tariffs.plans import example

NONE = Decimal(0)


def charge(band: str = "", quantity: int = 0, exact: int = 0) -> Charge:
    return Charge(ChargeKey(1, "home", "2013-07", "", band), "mwh", quantity, exact, 0)


@pytest.mark.parametrize(
    ("plan", "number", "band", "price"),
    [
        ("lcl-flat", 0, "", "0.14228"),
        ("evening-peak", 0, "night", "0.09"),
        ("evening-peak", 1, "", "0.25"),
        ("evening-peak", 2, "", "0.00775"),
        ("blocks", 0, "tier 3", "0.21"),
        ("blocks", 1, "", "4.50"),
        ("water", 0, "tier 1", "2.10"),
        # Of a per cent, and of what is missing.
        ("workshop", 2, "", None),
        ("workshop", 3, "", None),
    ],
)
def test_it_is_the_plans(plan: str, number: int, band: str, price: str | None) -> None:
    found = unit_price(example(plan), number, charge(band), NONE)

    assert found == (None if price is None else Decimal(price))


def test_of_a_series_it_is_what_it_came_to_if_that_is_one_price() -> None:
    plan = example("lcl-dtou")
    one = charge("High", 16_404_000, 16_404_000 * 67_200_000)
    several = charge("High", 16_404_000, 16_404_000 * 67_200_000 + 1)

    assert unit_price(plan, 0, one, NONE) == Decimal("0.672")
    assert unit_price(plan, 0, several, NONE) is None


def test_tax_is_taken_out() -> None:
    # 0.32 and 0.40 with 19 %.
    prices = [unit_price(example("solar"), number, charge(), Decimal(19)) for number in (0, 2)]

    assert prices == [Decimal("0.268908"), Decimal("0.336134")]
