from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.tariffs.columns import Column
from billing.tariffs.plan import Plan
from billing.tariffs.rating import Line, rated
from billing.tariffs.usage import Periods, usages
from contracts.billing import Letter
from contracts.energy import Span
from contracts.masters import Price
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, home_mwh, ms
from tests.unit.billing.tariffs.plans import LONDON, example, plan

YEAR = Periods(YEAR_BEGIN_MS, HALF_HOUR_MS, home_mwh())
EXPORT = (
    '[[component]]\nkind = "energy"\nprice = "0.3"\n[[component]]\nkind = "export"\nprice = "0.1"\n'
)
TAKEN, GIVEN = Column(0, "", "quantity"), Column(1, "", "quantity")


def with_net(its: Plan) -> Plan:
    return its.model_copy(update={"net": "period"})


def test_a_year_is_cut_into_local_months() -> None:
    found = usages(example("blocks"), LONDON, (), YEAR)

    assert [usage.days for usage in found] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert found[2].total == 479_474_000
    assert found[9].total == 378_834_000
    assert sum(usage.total for usage in found) == home_mwh().sum()
    assert all(usage.span == usage.month for usage in found)


def test_the_first_and_last_month_may_be_parts() -> None:
    span = Span(ms("2013-07-15T11:00"), ms("2013-08-01T22:00"))
    july, august = usages(example("lcl-flat"), LONDON, (), YEAR.of(span))

    assert july.span == Span(span.begin_ms, ms("2013-07-31T23:00"))
    assert (july.total, july.days) == (148_993_000, 16)
    assert (august.span.end_ms, august.days) == (span.end_ms, 1)


def test_peaks_are_of_measured_periods_in_the_window() -> None:
    january = YEAR.of(LONDON.local_month("2013-01"))
    largest = int(january.import_mwh.argmax())
    (usage,) = usages(example("blocks"), LONDON, (), january)
    assert usage.peaks == (1_603_000,)
    assert YEAR_BEGIN_MS + largest * HALF_HOUR_MS == ms("2013-01-26T20:00")

    estimated = np.zeros_like(january.import_mwh)
    estimated[largest] = january.import_mwh[largest]
    (usage,) = usages(example("blocks"), LONDON, (), replace(january, estimated_mwh=estimated))
    assert usage.peaks[0] is not None
    assert usage.peaks[0] < 1_603_000
    assert usage.by_letter == ((Letter.E, 1_603_000), (Letter.A, usage.total - 1_603_000))


def test_a_ratchet_has_the_months_before() -> None:
    demand = '[[component]]\nkind = "demand"\nprice = "10"\n'
    found = usages(plan(f"{demand}ratchet_months = 2\n{demand}"), LONDON, (), YEAR)
    peaks = [usage.peaks[0] or 0 for usage in found]

    assert [usage.earlier_peaks[0] for usage in found] == [
        None,
        *(max(peaks[max(0, month - 2) : month]) for month in range(1, 12)),
    ]
    assert max(peaks) not in peaks[-3:]
    assert {usage.earlier_peaks[1] for usage in found} == {None}


def test_export_is_netted_only_if_the_plan_says_so() -> None:
    periods = Periods(
        YEAR_BEGIN_MS, HALF_HOUR_MS, np.array([5, 0, 7]), export_mwh=np.array([2, 3, 9])
    )
    (usage,) = usages(plan(EXPORT), LONDON, (), periods)
    assert (usage.total, usage.sums) == (12, {TAKEN: 12, GIVEN: 14})

    (usage,) = usages(with_net(plan(EXPORT)), LONDON, (), periods)
    assert (usage.total, usage.sums) == (3, {TAKEN: 3, GIVEN: 5})


def test_a_month_of_200_mw_is_exact() -> None:
    # 100 MWh a half-hour at 10 GBP a kWh: 1.44e23 of 10^-14 GBP, and int64 ends at 9.2e18.
    june = LONDON.local_month("2013-06")
    periods = Periods(june.begin_ms, HALF_HOUR_MS, np.full(1_440, 10**11))
    series = [Price("lcl-dtou", june.begin_ms, june.end_ms, Decimal(10))]
    (usage,) = usages(example("lcl-dtou"), LONDON, series, periods)
    (line,) = rated(example("lcl-dtou"), usage)

    assert (line.quantity, line.exact) == (1_440 * 10**11, 1_440 * 10**20)
    assert line.minor == 144_000_000_000


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=96), st.integers(0, 10**12))
def test_a_plan_with_one_price_is_flat(energy: list[int], eighths: int) -> None:
    june = LONDON.local_month("2013-06")
    price = Decimal(eighths).scaleb(-8)
    periods = Periods(june.begin_ms, HALF_HOUR_MS, np.array(energy))
    series = [
        Price("lcl-dtou", june.begin_ms, june.begin_ms + 7 * HALF_HOUR_MS, price),
        Price("lcl-dtou", june.begin_ms + 7 * HALF_HOUR_MS, june.end_ms, price),
    ]
    flat = plan(f'[[component]]\nkind = "energy"\nprice = "{price:f}"\n')
    (by_price,) = usages(flat, LONDON, (), periods)
    (by_series,) = usages(example("lcl-dtou"), LONDON, series, periods)

    def amounts(lines: tuple[Line, ...]) -> list[tuple[int, int, int]]:
        return [(line.quantity, line.exact, line.minor) for line in lines]

    assert amounts(rated(flat, by_price)) == amounts(rated(example("lcl-dtou"), by_series))


def test_arrays_are_of_one_time() -> None:
    with pytest.raises(ValueError, match="export_mwh has 1 periods, import_mwh 2: give"):
        Periods(0, 1, np.array([1, 2]), export_mwh=np.array([1]))
