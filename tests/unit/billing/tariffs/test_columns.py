from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.tariffs.columns import Column, columns, netted, products
from billing.tariffs.errors import TariffError
from billing.tariffs.plan import Plan
from contracts.masters import Price
from contracts.time import HOUR_MS, MINUTE_MS
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, ms, prices
from tests.unit.billing.tariffs import naive
from tests.unit.billing.tariffs.plans import LONDON, example, plan

INT64 = st.integers(-(2**63), 2**63 - 1)


@given(st.data())
def test_products_are_those_of_whole_numbers(data: st.DataObject) -> None:
    registers, periods, width = (data.draw(st.integers(0, 4)) for _ in range(3))
    scale = data.draw(st.sampled_from([1, 2**20, 2**40, 2**62]))
    numbers = st.integers(-scale, scale) | INT64
    energy = [[data.draw(numbers) for _ in range(periods)] for _ in range(registers)]
    weights = [[data.draw(numbers) for _ in range(width)] for _ in range(periods)]
    found = products(
        np.array(energy, dtype=np.int64).reshape(registers, periods),
        np.array(weights, dtype=np.int64).reshape(periods, width),
    )

    assert found.tolist() == [
        [sum(row[p] * weights[p][c] for p in range(periods)) for c in range(width)]
        for row in energy
    ]


def test_what_fits_stays_fast() -> None:
    found = products(np.full((2, 48), 10**6), np.full((48, 1), 67_200_000))

    assert found.dtype == np.int64
    assert found.tolist() == [[48 * 67_200_000 * 10**6]] * 2


def test_a_site_of_200_mw_does_not_wrap() -> None:
    # 100 MWh a half-hour at 10 GBP a kWh: a day is 4.8e21 of 10^-14 GBP, 520 times int64.
    energy = np.array([[10**11] * 48, [10**5] * 48])
    found = products(energy, np.full((48, 1), 10 * 10**8))

    assert found.dtype == object
    assert found.tolist() == [[48 * 10**20], [48 * 10**14]]


def test_columns_of_bands_are_quantities() -> None:
    found = columns(example("evening-peak"), LONDON, (), ms("2013-01-07"), 48, HALF_HOUR_MS)

    assert found.meanings == tuple(Column(0, band, "quantity") for band in ("peak", "night", "day"))
    assert found.weights.sum(axis=1).tolist() == [1] * 48
    assert np.flatnonzero(found.weights[:, 0]).tolist() == list(range(32, 38))
    assert found.windows.shape == (48, 0)


def test_columns_of_a_series_are_quantities_and_costs() -> None:
    found = columns(example("lcl-dtou"), LONDON, prices(), YEAR_BEGIN_MS, 365 * 48, HALF_HOUR_MS)
    sums = dict(zip(found.meanings, found.weights.sum(axis=0).tolist(), strict=True))

    assert sum(sums[Column(0, band, "quantity")] for band in ("High", "Low", "Normal")) == 17_520
    for band, eighths in (("High", 67_200_000), ("Low", 3_990_000), ("Normal", 11_760_000)):
        assert sums[Column(0, band, "cost")] == eighths * sums[Column(0, band, "quantity")]


def test_windows_are_those_of_demand() -> None:
    found = columns(example("workshop"), LONDON, (), ms("2013-01-07"), 48, HALF_HOUR_MS)

    assert np.flatnonzero(found.windows[:, 0]).tolist() == list(range(16, 40))


def test_a_plan_without_linear_parts_has_no_columns() -> None:
    found = columns(example("blocks"), LONDON, (), ms("2013-01-07"), 48, HALF_HOUR_MS)

    assert (found.weights.shape, found.meanings) == ((48, 0), ())
    assert found.windows.all()


@pytest.mark.parametrize(
    "begin_ms", [ms("2013-03-30T22:00"), ms("2013-10-26T22:00"), ms("2013-12-31T22:00")]
)
@given(st.data())
def test_rating_by_columns_is_the_naive_loop(begin_ms: int, data: st.DataObject) -> None:
    kinds = st.sampled_from(["workday", "weekend", "free", "sun", "mon"])
    hours = st.sampled_from(["00:00", "01:00", "01:30", "02:00", "16:00", "23:30"])
    amounts = st.integers(-(10**9), 10**12)
    bands = [
        f'{{ name = "b{number}", days = "{data.draw(kinds)}", from = "{begin}", to = "{end}", '
        f'price = "{Decimal(data.draw(amounts)).scaleb(-8):f}" }}'
        for number in range(data.draw(st.integers(0, 3)))
        for begin, end in [
            data.draw(st.tuples(hours, hours).filter(lambda pair: pair[0] != pair[1]))
        ]
    ]
    bands.append(f'{{ name = "rest", price = "{Decimal(data.draw(amounts)).scaleb(-8):f}" }}')
    try:
        its = plan(f'[[component]]\nkind = "energy"\nbands = [{", ".join(bands)}]\n')
    except TariffError as error:
        assert "never applies" in str(error)
        return
    energy = data.draw(st.lists(st.integers(0, 10**12), min_size=12, max_size=12))

    assert by_columns(its, energy, begin_ms, ()) == naive.cost(
        its, 0, energy, begin_ms, HALF_HOUR_MS, LONDON.time_zone
    )


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=8), st.data())
def test_a_series_by_columns_is_the_naive_loop(energy: list[int], data: st.DataObject) -> None:
    series = [
        Price(
            "s",
            place * HOUR_MS,
            (place + 1) * HOUR_MS,
            Decimal(data.draw(st.integers(-(10**13), 10**13))).scaleb(-8),
            data.draw(st.sampled_from([None, "a", "b"])),
        )
        for place in range(8)
    ]
    its = plan('[[component]]\nkind = "energy"\nseries = "s"\n')

    assert by_columns(its, energy, 0, series) == naive.cost(
        its, 0, energy, 0, HALF_HOUR_MS, LONDON.time_zone, series
    )


def by_columns(
    its: Plan, energy: list[int], begin_ms: int, series: list[Price] | tuple[()]
) -> Fraction:
    """What columns say that energy costs, in the currency."""
    found = columns(its, LONDON, series, begin_ms, len(energy), HALF_HOUR_MS)
    (sums,) = products(np.array([energy]), found.weights).tolist()
    component = its.components[0]
    bands = {band.name: band.price for band in getattr(component, "bands", None) or ()}
    cost = Fraction(0)
    for column, amount in zip(found.meanings, sums, strict=True):
        if column.what == "cost":
            cost += Fraction(amount, 10**14)
        elif column.band in bands:
            cost += Fraction(amount, 10**6) * Fraction(bands[column.band])
    return cost


def test_import_and_export_are_netted_within_a_period_only() -> None:
    taken, given = netted(np.array([5, 0, 7]), np.array([2, 3, 7]))

    assert (taken.tolist(), given.tolist()) == ([3, 0, 0], [0, 3, 0])


def test_a_band_that_begins_within_a_period_is_refused() -> None:
    with pytest.raises(TariffError, match=r"plan evening-peak: to in component\[1\] is 19:00, wi"):
        columns(example("evening-peak"), LONDON, (), 0, 8, 2 * HOUR_MS)
    columns(example("evening-peak"), LONDON, (), ms("2013-01-07"), 8, 15 * MINUTE_MS)


@pytest.mark.parametrize(("begin_ms", "period_ms"), [(1, HALF_HOUR_MS), (0, 0), (0, -HALF_HOUR_MS)])
def test_periods_are_aligned(begin_ms: int, period_ms: int) -> None:
    with pytest.raises(
        TariffError, match=f"begin_ms is {begin_ms} and period_ms {period_ms}: give"
    ):
        columns(example("lcl-flat"), LONDON, (), begin_ms, 1, period_ms)
