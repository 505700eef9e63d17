"""Bills of London homes in 2013, against figures worked out before (docs/tariffs.md)."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import pytest

from billing.tariffs.best_plan import Comparison, compared
from billing.tariffs.columns import Column
from billing.tariffs.money import taxed
from billing.tariffs.plan import Plan
from billing.tariffs.rating import Line, Usage, rated
from billing.tariffs.usage import Periods, usages
from contracts.energy import Span
from tests.support.london import (
    HALF_HOUR_MS,
    PRICES,
    YEAR_BEGIN_MS,
    HomeMonth,
    home_mwh,
    months,
    ms,
    prices,
)
from tests.unit.billing.tariffs.plans import LONDON, example, shown

FLAT, DYNAMIC = example("lcl-flat"), example("lcl-dtou")
VAT = {"S": Decimal(5)}
YEAR = Periods(YEAR_BEGIN_MS, HALF_HOUR_MS, home_mwh())


def of_month(plan: Plan, its: HomeMonth) -> Usage:
    """What a month of a home asks of a plan, by its sums of bands."""
    month = LONDON.local_month(its.month)
    total = sum(its.band_mwh.values())
    if plan is FLAT:
        sums = {Column(0, "", "quantity"): total}
    else:
        sums = {Column(0, band, "quantity"): amount for band, amount in its.band_mwh.items()}
        sums |= {
            Column(0, band, "cost"): amount * int(PRICES[band].scaleb(8))
            for band, amount in its.band_mwh.items()
        }
    return Usage(month, month, sums, total, days=len(LONDON.days(month)))


def bill(plan: Plan, span: Span) -> tuple[Line, ...]:
    """Of MAC000002."""
    (usage,) = usages(plan, LONDON, prices(), YEAR.of(span))
    return rated(plan, usage)


@pytest.mark.parametrize(
    ("month", "half_hours", "total_wh", "bands", "flat", "tax", "gross"),
    [
        (
            "2013-03",
            1_486,
            479_474,
            [("High", 1_102), ("Low", 205), ("Normal", 4_841)],
            6_822,
            307,
            6_455,
        ),
        (
            "2013-10",
            1_490,
            378_834,
            [("High", 1_710), ("Low", 107), ("Normal", 3_841)],
            5_390,
            283,
            5_941,
        ),
    ],
)
def test_a_month_of_a_home(
    month: str,
    half_hours: int,
    total_wh: int,
    bands: list[tuple[str, int]],
    flat: int,
    tax: int,
    gross: int,
) -> None:
    span = LONDON.local_month(month)
    lines = bill(DYNAMIC, span)

    assert (span.end_ms - span.begin_ms) // HALF_HOUR_MS == half_hours
    assert sum(line.quantity for line in lines) == total_wh * 1_000
    assert [(line.band, line.minor) for line in lines] == bands
    assert (taxed(lines, VAT).tax, taxed(lines, VAT).gross) == (tax, gross)
    assert [line.minor for line in bill(FLAT, span)] == [flat]


def test_energy_of_bands_in_march() -> None:
    lines = bill(DYNAMIC, LONDON.local_month("2013-03"))

    assert {line.band: line.quantity for line in lines} == {
        "High": 16_404_000,
        "Normal": 411_626_000,
        "Low": 51_444_000,
    }


def test_both_parts_of_a_month_are_the_month() -> None:
    july, move = LONDON.local_month("2013-07"), ms("2013-07-15T11:00")
    first, second = bill(DYNAMIC, Span(july.begin_ms, move)), bill(DYNAMIC, Span(move, july.end_ms))
    whole = bill(DYNAMIC, july)

    assert [sum(line.minor for line in lines) for lines in (first, second, whole)] == [
        1_494,
        1_875,
        3_370,
    ]
    assert sum(line.exact for line in (*first, *second)) == sum(line.exact for line in whole)
    assert sum(line.exact for line in whole) == 33_697_969_200_000 * 100
    assert [taxed(lines, VAT).tax for lines in (first, second)] == [75, 94]


def test_blocks_demand_and_days_of_a_january() -> None:
    assert shown(bill(example("blocks"), LONDON.local_month("2013-01"))) == [
        ("tiers", "tier 1", 100_000_000, 1_200),
        ("tiers", "tier 2", 200_000_000, 3_000),
        ("tiers", "tier 3", 59_872_000, 1_257),
        ("demand", "", 3_206, 1_443),
        ("standing", "", 31, 775),
    ]


def test_monthly_bills_of_a_hundred_homes() -> None:
    dynamic = [rated(DYNAMIC, of_month(DYNAMIC, each)) for each in months()]
    flat = [rated(FLAT, of_month(FLAT, each)) for each in months()]

    assert len(dynamic) == 1_151
    # Of 3,451 bands in which a home has half-hours, 18 have no energy.
    assert sum(map(len, dynamic)) == 3_433
    documents = [taxed(lines, VAT) for lines in dynamic]
    assert sum(each.net for each in documents) == 5_156_869
    assert sum(each.tax for each in documents) == 257_858
    assert sum(each.gross for each in documents) == 5_414_727
    assert sum(taxed(lines, VAT).net for lines in flat) == 5_288_118
    assert sum(taxed(lines, VAT).gross for lines in flat) == 5_552_553


def test_exact_sums_of_a_hundred_homes() -> None:
    exact = {plan.id: exact_of(plan, list(months())) for plan in (DYNAMIC, FLAT)}
    trial = {
        plan.id: exact_of(plan, [each for each in months() if each.is_tou])
        for plan in (DYNAMIC, FLAT)
    }

    assert exact == {
        "lcl-dtou": Fraction("51568.5508443"),
        "lcl-flat": Fraction("52881.05592952"),
    }
    assert trial["lcl-dtou"] / 18 == Fraction("490.93465365")
    assert round(trial["lcl-flat"] / 18, 10) == Fraction("508.9590836267")


def exact_of(plan: Plan, its: list[HomeMonth]) -> Fraction:
    """In GBP."""
    return Fraction(
        sum(line.exact for each in its for line in rated(plan, of_month(plan, each))), 10**14
    )


def test_the_months_of_the_home_are_its_half_hours() -> None:
    for plan in (DYNAMIC, FLAT):
        found = usages(plan, LONDON, prices(), YEAR)
        expected = [of_month(plan, each) for each in months() if each.home == "MAC000002"]
        assert [rated(plan, usage) for usage in found] == [rated(plan, usage) for usage in expected]


def test_the_best_plan_of_a_hundred_homes() -> None:
    homes = defaultdict(list)
    for each in months():
        homes[each.home].append(each)
    found: dict[str, Comparison] = {
        home: compared(
            (FLAT, DYNAMIC),
            [[of_month(plan, each) for each in its] for plan in (FLAT, DYNAMIC)],
            VAT,
        )
        for home, its in homes.items()
    }

    on_flat = sorted(home for home, each in found.items() if each.best.plan_id == "lcl-flat")
    numbers = "002 007 031 038 041 042 050 053 060 061 063 071 075 078 080 085 088 089 093 125"
    assert on_flat == [f"MAC000{number}" for number in numbers.split()]
    best = sum(each.best.net_exact for each in found.values())
    assert Fraction(best, 10**14) == Fraction("51420.13794266")

    def gain(comparison: Comparison) -> Fraction:
        by_plan = {offer.plan_id: offer.net_exact for offer in comparison.offers}
        return Fraction(by_plan["lcl-flat"] - by_plan["lcl-dtou"], 10**14)

    gains = {home: gain(each) for home, each in found.items()}
    assert gains["MAC000034"] == max(gains.values()) == Fraction("158.8418439")
    assert gains["MAC000085"] == min(gains.values()) == -Fraction("38.14174168")
