from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.tariffs.calendar import Calendar
from billing.tariffs.errors import TariffError
from billing.tariffs.gas import Conversion, conversion, converted
from billing.tariffs.units import thousandths
from contracts.masters import CalorificValue
from tests.support.london import HALF_HOUR_MS, ms

BRITAIN = Calendar("Europe/London", gas_day_starts=time(5))
T = ms("2013-07-01")
"""01:00 in London, on the gas day of 30 June."""


def value(day: date, mj: str, zone: str = "EA") -> CalorificValue:
    return CalorificValue(zone, day, Decimal(mj))


def one_value(mj: str, periods: int, correction: str = "1.02264") -> Conversion:
    return conversion(
        [value(date(2013, 6, 30), mj)], "EA", BRITAIN, T, periods, HALF_HOUR_MS, Decimal(correction)
    )


@pytest.mark.parametrize(
    ("volume_ml", "mj", "expected"),
    [
        (100_000_000, "39.5", 1_122_063_333),
        (1_000_000, "39.2", 11_135_413),
        (thousandths(Fraction(10), "ccf"), "39.5", 317_732_946),
    ],
)
def test_energy_of_volumes(volume_ml: int, mj: str, expected: int) -> None:
    energy, _ = converted(np.array([[volume_ml]]), one_value(mj, 1))

    assert energy.tolist() == [[expected]]


def test_ten_ccf_in_one_fraction() -> None:
    # A register in ccf counts 10 ccf as 28,316,846.592 ml; whole ml lose 6 mWh of 317.732952 kWh.
    how = one_value("39.5", 1)
    factor = Fraction(how.numerators[0], how.denominator)

    assert floor(factor * 10 * Fraction("2831684.6592")) == 317_732_952
    assert factor * 100 == Fraction(336_619, 300)


def test_z_of_a_german_site_takes_the_place_of_the_correction() -> None:
    energy, _ = converted(np.array([[1_000_000]]), one_value("40.68", 1, "0.9512"))

    assert energy.tolist() == [
        [floor(Fraction("0.9512") * Fraction("40.68") / Fraction("3.6") * 10**6)]
    ]


def test_a_period_has_the_value_of_its_gas_day() -> None:
    values = [
        value(date(2013, 6, 30), "36"),
        value(date(2013, 7, 1), "72"),
        value(date(2013, 6, 30), "9", "X"),
    ]
    how = conversion(values, "EA", BRITAIN, T, 10, HALF_HOUR_MS, Decimal(1))
    energy, _ = converted(np.ones((1, 10), dtype=np.int64), how)

    # The gas day begins at 05:00 in London, 04:00 in UTC: the ninth half-hour.
    assert energy.tolist() == [[10] * 8 + [20] * 2]


@given(st.data())
def test_any_cut_adds_up_to_the_month_rounded_down(data: st.DataObject) -> None:
    periods = data.draw(st.integers(1, 20))
    largest = data.draw(st.sampled_from([10, 10**7, 10**14]))
    volumes = data.draw(st.lists(st.integers(0, largest), min_size=periods, max_size=periods))
    values = [
        value(day, data.draw(st.sampled_from(["39.5", "39.2", "38.137", "41"])))
        for day in (date(2013, 6, 30), date(2013, 7, 1))
    ]
    how = conversion(values, "EA", BRITAIN, T, periods, HALF_HOUR_MS)
    cut = data.draw(st.integers(0, periods))
    rows = np.array([volumes])
    first, rests = converted(rows[:, :cut], how.of(0, cut))
    second, _ = converted(rows[:, cut:], how.of(cut, periods), rests)
    whole, _ = converted(rows, how)

    assert first.tolist()[0] + second.tolist()[0] == whole.tolist()[0]
    exact = sum(
        volume * Fraction("1.02264") * Fraction(values[place >= 8].mj_per_m3) / Fraction("3.6")
        for place, volume in enumerate(volumes)
    )
    assert whole.sum() == floor(exact)
    assert (whole >= 0).all()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([value(date(2013, 6, 30), "39")], "has no calorific value of 2013-07-01: load it"),
        (
            [value(date(2013, 6, 30), "39"), value(date(2013, 6, 30), "40")],
            "has two calorific values of 2013-06-30, 39 and 40: keep one",
        ),
        ([value(date(2013, 6, 30), "0")], "mj_per_m3 of 2013-06-30 is 0: give a number above 0"),
    ],
)
def test_days_without_one_value_are_refused(values: list[CalorificValue], said: str) -> None:
    with pytest.raises(TariffError, match=f"gas_zone 'EA'.*{said}"):
        conversion(values, "EA", BRITAIN, T, 10, HALF_HOUR_MS)
