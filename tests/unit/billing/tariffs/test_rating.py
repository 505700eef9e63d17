from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.tariffs.columns import Column
from billing.tariffs.errors import TariffError
from billing.tariffs.rating import Usage, prorated, rated, without_tax
from contracts.energy import Span
from contracts.time import DAY_MS
from tests.unit.billing.tariffs.plans import LONDON, example, plan, shown, usage

KWH = 1_000_000
JULY = LONDON.local_month("2013-07")
FLAT = '[[component]]\nkind = "energy"\nprice = "0.14228"\n'
WHOLE = Column(0, "", "quantity")


def flat(total: int, **others: object) -> Usage:
    return usage(total, sums={WHOLE: total}, **others)


def test_a_price_is_one_line() -> None:
    (line,) = rated(plan(FLAT), flat(479_474_000))

    assert line.component == "test/1/energy"
    assert (line.unit, line.quantity, line.exact, line.minor) == (
        *("mwh", 479_474_000),
        *(479_474_000 * 14_228_000, 6_822),
    )
    assert (line.tax_category, line.price) == ("S", Decimal("0.14228"))


def test_nothing_has_no_line() -> None:
    assert rated(plan(FLAT), flat(0)) == ()


def test_a_series_has_a_line_a_band() -> None:
    sums = {
        Column(0, "High", "quantity"): 3,
        Column(0, "High", "cost"): 3 * 67_200_000,
        Column(0, "Low", "quantity"): 2,
        Column(0, "Low", "cost"): -5,
        Column(0, "Normal", "quantity"): 0,
        Column(0, "Normal", "cost"): 0,
    }
    high, low = rated(example("lcl-dtou"), usage(5, sums=sums))

    assert (high.band, high.quantity, high.exact, high.price) == (
        "High",
        3,
        201_600_000,
        Decimal("0.672"),
    )
    assert (low.band, low.quantity, low.exact, low.price) == ("Low", 2, -5, None)


def test_tiers_demand_and_standing_of_a_january() -> None:
    january = LONDON.local_month("2013-01")
    lines = rated(
        example("blocks"),
        Usage(january, january, {}, 359_872_000, peaks=(1_603_000,), days=31),
    )

    assert shown(lines) == [
        ("tiers", "tier 1", 100 * KWH, 1_200),
        ("tiers", "tier 2", 200 * KWH, 3_000),
        ("tiers", "tier 3", 59_872_000, 1_257),
        ("demand", "", 3_206, 1_443),
        ("standing", "", 31, 775),
    ]


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (300, [(100, 1_200), (200, 3_000)]),
        (361, [(100, 1_200), (200, 3_000), (61, 1_281)]),
        (40, [(40, 480)]),
    ],
)
def test_tiers_are_filled_in_order(total: int, expected: list[tuple[int, int]]) -> None:
    lines = rated(example("blocks"), usage(total * KWH, peaks=(None,)))

    assert [(line.quantity // KWH, line.minor) for line in lines] == expected


def test_tiers_are_prorated_by_time() -> None:
    half = Span(JULY.begin_ms, JULY.begin_ms + 17 * DAY_MS)
    lines = rated(example("blocks"), usage(60 * KWH, span=half, peaks=(None,)))

    assert [line.quantity for line in lines] == [54_838_709, 60 * KWH - 54_838_709]


def test_a_month_with_a_change_of_clocks_is_prorated_by_its_hours() -> None:
    march = LONDON.local_month("2013-03")
    last_day = Span(march.end_ms - 23 * DAY_MS // 24, march.end_ms)

    assert prorated(Fraction(743), usage(span=last_day, month=march)) == 23


@given(st.integers(0, 10**12), st.integers(0, 31 * 24))
def test_tiers_share_all_of_the_energy(total: int, hours: int) -> None:
    its = Span(JULY.begin_ms, JULY.begin_ms + hours * DAY_MS // 24)
    lines = rated(example("blocks"), usage(total, span=its, peaks=(None,)))

    assert sum(line.quantity for line in lines) == total
    assert sum(line.exact for line in lines) >= total * 12_000_000


RATCHET = (
    '[[component]]\nkind = "demand"\nprice = "10"\nratchet_months = 11\nratchet_percent = "80"\n'
)


@pytest.mark.parametrize(
    ("peak", "earlier", "expected_w"),
    [
        (5_000_000, None, 10_000),
        (5_000_000, 5_000_000, 10_000),
        (5_000_000, 10_000_000, 16_000),
        (None, 10_000_000, 16_000),
    ],
)
def test_a_ratchet_looks_back(peak: int | None, earlier: int | None, expected_w: int) -> None:
    (line,) = rated(plan(RATCHET), usage(peaks=(peak,), earlier_peaks=(earlier,)))

    assert (line.unit, line.quantity, line.minor) == ("w", expected_w, expected_w)


def test_without_ratchet_earlier_months_do_not_count() -> None:
    demand = plan('[[component]]\nkind = "demand"\nprice = "10"\n')

    assert rated(demand, usage(peaks=(None,), earlier_peaks=(10**7,))) == ()


def test_demand_is_by_the_length_of_periods() -> None:
    demand = plan('[[component]]\nkind = "demand"\nprice = "10"\n')
    (line,) = rated(demand, usage(peaks=(1_000_000,), period_ms=900_000))

    assert (line.quantity, line.minor) == (4_000, 4_000)


def test_exports_are_credits() -> None:
    solar = example("solar")
    sums = {Column(0, "", "quantity"): 100 * KWH, Column(1, "", "quantity"): 40 * KWH}
    lines = rated(solar, usage(100 * KWH, sums=sums, days=31), {"S": Decimal(19), "Z": Decimal(0)})

    # 32.00 and 12.40 with tax of 19 %; the credit has none.
    assert shown(lines) == [
        ("energy", "", 100 * KWH, 2_689),
        ("export", "", -40 * KWH, -321),
        ("standing", "", 31, 1_042),
    ]
    assert lines[0].price is None


def test_tax_is_taken_out_to_the_nearest() -> None:
    assert without_tax(119 * 10**14, Decimal(19)) == 100 * 10**14
    assert without_tax(100, Decimal(5)) == 95
    assert without_tax(-100, Decimal(5)) == -95
    assert without_tax(7, Decimal(0)) == 7


def test_tax_in_prices_needs_a_rate() -> None:
    with pytest.raises(TariffError, match="tax category 'S' has no rate"):
        rated(example("solar"), usage())


LEVY = '[[component]]\nkind = "levy"\nprice = "0.00775"\n'


def test_a_levy_is_on_all_that_is_taken() -> None:
    _, levy = rated(plan(FLAT + LEVY), flat(200 * KWH))

    assert (levy.component, levy.quantity, levy.minor) == ("test/2/levy", 200 * KWH, 155)


@pytest.mark.parametrize(
    ("discount", "expected"),
    [('percent = "10"', -157), ('price = "0.01"', -100), ('per_day = "0.05"', -155)],
)
def test_discounts(discount: str, expected: int) -> None:
    # 14.23 and 1.50 come before it: 10 % of 15.73 is 1.573.
    standing = '[[component]]\nkind = "standing"\nper_day = "0.048387"\n'
    its = plan(FLAT + standing + f'[[component]]\nkind = "discount"\n{discount}\n')
    lines = rated(its, flat(100 * KWH, days=31))

    assert [line.minor for line in lines] == [1_423, 150, expected]


def test_a_discount_is_not_off_exports() -> None:
    export = '[[component]]\nkind = "export"\nprice = "0.1"\n'
    its = plan(FLAT + export + '[[component]]\nkind = "discount"\npercent = "10"\n')
    sums = {WHOLE: 100 * KWH, Column(1, "", "quantity"): 50 * KWH}

    assert [line.minor for line in rated(its, usage(100 * KWH, sums=sums))] == [1_423, -500, -142]


MINIMUM = '[[component]]\nkind = "minimum"\nper_month = "31"\n'


@pytest.mark.parametrize(
    ("kwh", "days", "expected"),
    [(0, 31, [3_100]), (100, 31, [1_423, 1_677]), (300, 31, [4_268]), (0, 10, [1_000])],
)
def test_a_minimum_fills_up(kwh: int, days: int, expected: list[int]) -> None:
    its = Span(JULY.begin_ms, JULY.begin_ms + days * DAY_MS)

    assert [
        line.minor for line in rated(plan(FLAT + MINIMUM), flat(kwh * KWH, span=its))
    ] == expected


def test_a_minimum_is_what_the_bill_says_to_the_penny() -> None:
    # Two lines of 4.994 are 4.99 each.
    both = "".join(
        f'[[component]]\nkind = "{kind}"\nprice = "4.994"\n' for kind in ("energy", "levy")
    )
    its = plan(both + '[[component]]\nkind = "minimum"\nper_month = "10"\n')
    lines = rated(its, flat(KWH))

    assert [line.minor for line in lines] == [499, 499, 2]


def test_a_minimum_in_prices_with_tax_is_without_it() -> None:
    its = plan(
        FLAT + MINIMUM,
        'id = "test"\nname = "Test"\ncommodity = "electricity"\ncurrency = "GBP"\n'
        "prices_include_tax = true\n",
    )
    lines = rated(its, flat(0), {"S": Decimal(24)})

    assert [line.minor for line in lines] == [2_500]


def test_water_in_blocks_of_ccf_and_sewerage() -> None:
    # 20 m3 are 7.0629 ccf.
    lines = rated(example("water"), usage(20_000_000, days=31))

    assert shown(lines) == [
        ("tiers", "tier 1", 2_831_684, 210),
        ("tiers", "tier 2", 14_158_423, 1_875),
        ("tiers", "tier 3", 3_009_893, 553),
        ("levy", "", 20_000_000, 3_108),
        ("standing", "", 31, 1_395),
    ]
    assert {line.unit for line in lines} == {"ml", "days"}
    assert lines[3].exact == round(Fraction(20_000_000 * 440 * 10**12) / Fraction("2831684.6592"))


def test_months_of_parts_have_their_own_lines() -> None:
    cut = JULY.begin_ms + 14 * DAY_MS
    whole = flat(100 * KWH, days=31)
    first = replace(flat(40 * KWH, days=14), span=Span(JULY.begin_ms, cut))
    second = replace(flat(60 * KWH, days=17), span=Span(cut, JULY.end_ms))
    its = plan(FLAT + '[[component]]\nkind = "standing"\nper_day = "0.25"\n')

    parts = [*rated(its, first), *rated(its, second)]
    for kind in ("energy", "standing"):
        assert sum(line.exact for line in parts if line.component.endswith(kind)) == sum(
            line.exact for line in rated(its, whole) if line.component.endswith(kind)
        )


def test_a_currency_without_pence() -> None:
    its = plan(FLAT, plans_head("JPY"))

    assert rated(its, flat(1_000 * KWH))[0].minor == 142


def plans_head(currency: str) -> str:
    return (
        f'id = "test"\nname = "Test"\ncommodity = "electricity"\ncurrency = "{currency}"\n'
        "prices_include_tax = false\n"
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (flat(1, span=Span(JULY.begin_ms - 1, JULY.end_ms)), "not within month"),
        (flat(1, peaks=(1,)), r"peaks is \(1,\) for 0 components of demand of plan test"),
        (
            usage(2, sums={WHOLE: 1}),
            r"sums of component\[1\] of plan test are 1 in all, and total is 2",
        ),
    ],
)
def test_usage_that_does_not_fit_is_refused(wrong: Usage, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rated(plan(FLAT), wrong)


def test_peaks_are_needed_for_demand() -> None:
    with pytest.raises(ValueError, match=r"peaks is .* for 1 components of demand"):
        rated(example("blocks"), usage(1))
