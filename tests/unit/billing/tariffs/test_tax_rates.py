from datetime import date
from decimal import Decimal

import pytest

from billing.tariffs.errors import TariffError
from billing.tariffs.tax_rates import rates_on
from contracts.masters import TaxRate

RATES = [
    TaxRate("DE", "S", date(2007, 1, 1), date(2020, 7, 1), Decimal(19)),
    TaxRate("DE", "S", date(2020, 7, 1), date(2021, 1, 1), Decimal(16)),
    TaxRate("DE", "S", date(2021, 1, 1), None, Decimal(19)),
    TaxRate("DE", "Z", date(2007, 1, 1), None, Decimal(0)),
    TaxRate("GB", "S", date(2011, 1, 4), None, Decimal(20)),
]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2020, 6, 30), 19),
        (date(2020, 7, 1), 16),
        (date(2020, 12, 31), 16),
        (date(2021, 1, 1), 19),
    ],
)
def test_the_rate_of_the_day(day: date, expected: int) -> None:
    assert rates_on(RATES, "DE", day) == {"S": Decimal(expected), "Z": Decimal(0)}


def test_two_rates_at_once_are_refused() -> None:
    twice = [*RATES, TaxRate("DE", "S", date(2022, 1, 1), None, Decimal(21))]

    with pytest.raises(
        TariffError, match=r"'DE' has two rates of category 'S' on 2023-01-01, 19 and 21"
    ):
        rates_on(twice, "DE", date(2023, 1, 1))
    assert rates_on(twice, "DE", date(2021, 6, 1))["S"] == 19
