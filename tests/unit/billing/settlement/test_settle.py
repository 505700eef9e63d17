"""Everything that a register counted is somebody's, or nobody's for a reason, exactly once."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from billing.curve.segments import Segment, Segments, of_rows
from billing.settlement.errors import MastersError, RunError
from billing.settlement.identities import of_settlement
from billing.settlement.settle import Settling, settle
from billing.settlement.settlement import Settlement
from billing.tariffs.errors import TariffError
from billing.tariffs.plan import load
from billing.tariffs.versions import plans_of
from contracts.billing import Letter
from contracts.masters import (
    CalorificValue,
    Contract,
    Masters,
    Occupancy,
    PlanVersion,
    Premises,
    Price,
    TaxRate,
)
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from tests.support.chance import examples
from tests.support.london import ms
from tests.unit.billing.settlement.homes import (
    HOME,
    LONDON,
    A,
    B,
    installed,
    lines_of,
    masters,
    version,
)

HALF_HOUR_MS = 30 * MINUTE_MS
JULY, END = ms("2013-06-30T23:00"), ms("2013-07-31T23:00")
NIGHT = """
id = "night"
name = "Night"
commodity = "electricity"
currency = "GBP"
prices_include_tax = false
[[component]]
kind = "energy"
bands = [
    {name = "night", from = "00:00", to = "07:00", price = "0.1"},
    {name = "day", price = "0.3"},
]
[[component]]
kind = "demand"
price = "4.50"
[[component]]
kind = "standing"
per_day = "0.25"
[[component]]
kind = "levy"
price = "0.00775"
"""
PLAN = load(NIGHT, "night.toml")
PLANS = {(PLAN.id, 1): PLAN, (PLAN.id, 2): PLAN}


def segment(begin_ms: int, end_ms: int, energy_mwh: int, letter: Letter = Letter.A) -> Segment:
    return (0, begin_ms, end_ms, energy_mwh, int(letter), 0, 0, False)


def of_home(segments: Segments, its: Masters) -> Settlement:
    found = settle(its, "london", [installed(source="counter")], [segments], "2013-07")
    assert not of_settlement(found, PLANS)
    return found


def upto(one: Segment, at_ms: int) -> int:
    _, begin_ms, end_ms, energy_mwh, *_ = one
    within = min(max(at_ms, begin_ms), end_ms) - begin_ms
    return energy_mwh * within // (end_ms - begin_ms)


minutes = st.integers(-2 * 24 * 60, 33 * 24 * 60).map(lambda n: JULY + n * MINUTE_MS)


@st.composite
def curves(draw: st.DrawFn) -> list[Segment]:
    """Steps of any length, from before July until after it."""
    edges = sorted(draw(st.sets(minutes, min_size=2, max_size=12)))
    return [
        segment(
            begin,
            end,
            draw(st.integers(0, 10**9)),
            draw(st.sampled_from([Letter.A, Letter.A, Letter.S, Letter.E, Letter.X])),
        )
        for begin, end in pairwise(edges)
    ]


# Who comes is there only after July, and nobody is in it.
@example([segment(JULY, JULY + MINUTE_MS, 1)], [END + MINUTE_MS], True)
@settings(max_examples=examples(30))
@given(curves(), st.lists(minutes, max_size=4, unique=True), st.booleans())
def test_any_cut_by_occupants_adds_up(rows: list[Segment], moves: list[int], leaves: bool) -> None:
    edges = sorted(moves)
    spans: list[tuple[int, int | None]] = list(zip([0, *edges], [*edges, None], strict=True))
    if leaves and len(spans) > 1:
        del spans[0]
    its = masters(
        [(A + place, begin, end) for place, (begin, end) in enumerate(spans)],
        plan_id="night",
        terms={"night": NIGHT},
    )

    found = of_home(of_rows(rows), its)

    for place, (begin, end) in enumerate(spans):
        first, last = max(begin, JULY), END if end is None else min(end, END)
        expected = sum(upto(row, last) - upto(row, first) for row in rows) if first < last else 0
        levied = [
            charge.quantity
            for charge in found.charges
            if charge.key.customer_id == A + place and charge.key.component == "night/4/levy"
        ]
        assert sum(levied) == expected
    counted = sum(
        upto(row, END) - upto(row, JULY) for row in rows if row[4] in (Letter.A, Letter.S)
    )
    (balance,) = found.balances
    assert balance.metered_mwh == counted
    assert balance.billed_mwh + balance.unassigned_mwh == counted


# A half-hour that one piece has the measured part of, and the next the part that was not.
@example(
    [
        segment(JULY, JULY + 5 * HOUR_MS + MINUTE_MS, 1),
        segment(JULY + 5 * HOUR_MS + MINUTE_MS, JULY + 5 * HOUR_MS + 2 * MINUTE_MS, 1, Letter.S),
    ],
    [JULY + 5 * HOUR_MS + MINUTE_MS],
    [],
)
@settings(max_examples=examples(30))
@given(curves(), st.lists(minutes, max_size=3), st.lists(minutes, max_size=3, unique=True))
def test_any_pieces_of_the_curve_give_the_same(
    rows: list[Segment], cuts: list[int], moves: list[int]
) -> None:
    edges = sorted(moves)
    its = masters(
        [
            (A + place, begin, end)
            for place, (begin, end) in enumerate(zip([0, *edges], [*edges, None], strict=True))
        ],
        plan_id="night",
        terms={"night": NIGHT},
    )
    whole = of_rows(rows)
    registers = [installed(source="counter")]
    bounds = [-(10**15), *sorted(cuts), 10**15]
    pieces = [
        whole.take((whole.end_ms > one) & (whole.end_ms <= other))
        for one, other in pairwise(bounds)
    ]

    in_pieces = settle(its, "london", registers, pieces, "2013-07")

    assert in_pieces == settle(its, "london", registers, [whole], "2013-07")


def test_a_night_is_local_and_days_belong_to_who_is_there_at_their_begin() -> None:
    move = ms("2013-07-15T22:30")
    rows = [segment(JULY + n * HOUR_MS, JULY + (n + 1) * HOUR_MS, 1_000_000) for n in range(744)]
    its = masters([(A, 0, move), (B, move, None)], plan_id="night", terms={"night": NIGHT})

    found = of_home(of_rows(rows), its)

    # A: 14 whole days and one until 23:30; B: half an hour, and 16 days. A's 15 days are those
    # that began while A was there. Hours of 1 kWh are half-hours of 1 kW.
    assert lines_of(found, A) == [
        ("day", (15 * 17 * 1_000_000) - 500_000, 7_635),
        ("night", 15 * 7 * 1_000_000, 1_050),
        ("", 1_000, 450),
        ("", 15, 375),
        ("", 15 * 24 * 1_000_000 - 500_000, 279),
    ]
    assert [quantity for _, quantity, _ in lines_of(found, B)][1::2] == [16 * 7 * 1_000_000, 16]


def test_the_largest_period_is_of_all_registers_together_and_measured() -> None:
    registers = [installed("one", "counter"), installed("two", "counter")]
    ten = JULY + 10 * HOUR_MS
    rows = [
        (0, ten, ten + HALF_HOUR_MS, 3_000_000, int(Letter.A), 0, 0, False),
        (1, ten, ten + HALF_HOUR_MS, 2_000_000, int(Letter.A), 0, 0, False),
        (1, ten + HALF_HOUR_MS, ten + HOUR_MS, 4_000_000, int(Letter.A), 0, 0, False),
        (0, ten + HOUR_MS, ten + 2 * HOUR_MS, 50_000_000, int(Letter.S), 0, 0, False),
    ]
    its = masters([(A, 0, None)], plan_id="night", registers=registers, terms={"night": NIGHT})

    found = settle(its, "london", registers, [of_rows(rows)], "2013-07")

    assert not of_settlement(found, PLANS)
    (demand,) = [each for each in found.charges if each.key.component == "night/2/demand"]
    assert demand.quantity == 10_000


def test_the_largest_period_is_of_all_registers_whatever_pieces_they_come_in() -> None:
    registers = [installed("one", "counter"), installed("two", "counter")]
    ten = JULY + 10 * HOUR_MS
    rows = [
        (0, ten, ten + HALF_HOUR_MS, 3_000_000, int(Letter.A), 0, 0, False),
        (0, ten + HOUR_MS, ten + 2 * HOUR_MS, 9_000_000, int(Letter.A), 0, 0, False),
        (1, ten, ten + HALF_HOUR_MS, 2_000_000, int(Letter.A), 0, 0, False),
        (1, ten + HALF_HOUR_MS, ten + HOUR_MS, 1_000_000, int(Letter.S), 0, 0, False),
        (1, ten + HOUR_MS, ten + 2 * HOUR_MS, 9_000_000, int(Letter.S), 0, 0, False),
    ]
    its = masters([(A, 0, None)], plan_id="night", registers=registers, terms={"night": NIGHT})
    # The second one had a gap, and was read again as a whole when the month was over.
    pieces = [of_rows(rows[:2]), of_rows(rows[2:])]

    found = settle(its, "london", registers, pieces, "2013-07")

    assert found == settle(its, "london", registers, [of_rows(rows)], "2013-07")
    assert not of_settlement(found, PLANS)
    # 3 and 2 kWh in a half-hour. What the hour after has is more, and not measured.
    (demand,) = [each for each in found.charges if each.key.component == "night/2/demand"]
    assert demand.quantity == 10_000
    (day,) = [each for each in found.charges if each.key.band == "day"]
    assert dict(day.by_letter) == {Letter.A: 14_000_000, Letter.S: 10_000_000}


def test_a_period_that_comes_in_two_pieces_is_one_for_its_demand() -> None:
    begin = JULY + 23 * HOUR_MS + HALF_HOUR_MS
    rows = [
        segment(begin - HALF_HOUR_MS, begin + 17 * MINUTE_MS, 470_000),
        segment(begin + 17 * MINUTE_MS, begin + 47 * MINUTE_MS, 3_000_000),
    ]
    its = masters([(A, 0, None)], plan_id="night", terms={"night": NIGHT})
    registers = [installed(source="counter")]

    found = settle(its, "london", registers, [of_rows([row]) for row in rows], "2013-07")

    # 10 Wh a minute until :17, then 100: 170 and 1,300 of the first half-hour, 1,700 of the next.
    (demand,) = [each for each in found.charges if each.key.component == "night/2/demand"]
    assert demand.quantity == 2 * 1_700
    # Without what follows, the half-hour in which both meet is the largest.
    rows[1] = segment(begin + 17 * MINUTE_MS, begin + HALF_HOUR_MS, 650_000)
    found = settle(its, "london", registers, [of_rows([row]) for row in rows], "2013-07")
    (demand,) = [each for each in found.charges if each.key.component == "night/2/demand"]
    assert demand.quantity == 2 * (170 + 650)


def test_export_is_a_credit_of_its_own() -> None:
    text = NIGHT + '[[component]]\nkind = "export"\nprice = "0.05"\n'
    plan = load(text, "night.toml")
    registers = [
        installed("m", "counter"),
        replace(installed("m:export", "counter"), direction="export"),
    ]
    noon = JULY + 12 * HOUR_MS
    rows = [
        (0, noon, noon + HOUR_MS, 2_000_000, int(Letter.A), 0, 0, False),
        (1, noon, noon + HOUR_MS, 3_000_000, int(Letter.A), 0, 0, False),
    ]
    its = masters([(A, 0, None)], plan_id="night", registers=registers, terms={"night": text})

    found = settle(its, "london", registers, [of_rows(rows)], "2013-07")

    assert not of_settlement(found, {(plan.id, 1): plan})
    lines = {charge.key.component: charge for charge in found.charges}
    assert (lines["night/5/export"].quantity, lines["night/5/export"].minor) == (-3_000_000, -15)
    assert lines["night/5/export"].by_letter == ((Letter.A, -3_000_000),)
    assert lines["night/4/levy"].quantity == 2_000_000
    assert [(each.direction, each.metered_mwh) for each in found.balances] == [
        ("export", 3_000_000),
        ("import", 2_000_000),
    ]
    assert found.losses_mwh == {"electricity": None}


@pytest.mark.parametrize("together", [True, False])
def test_export_is_taken_off_import_within_a_period_where_the_plan_says_so(together: bool) -> None:
    text = NIGHT.replace("prices_include", 'net = "period"\nprices_include')
    text += '[[component]]\nkind = "export"\nprice = "0.05"\n'
    registers = [
        installed("m", "counter"),
        replace(installed("m:export", "counter"), direction="export"),
    ]
    ten = JULY + 10 * HOUR_MS
    a, e = int(Letter.A), int(Letter.E)
    rows = [
        # 2 kWh less 0.5; 1 kWh of which 3 are given; 6 kWh of an estimate, less 1.
        (0, ten, ten + HALF_HOUR_MS, 2_000_000, a, 0, 0, False),
        (1, ten, ten + HALF_HOUR_MS, 500_000, a, 0, 0, False),
        (0, ten + HALF_HOUR_MS, ten + HOUR_MS, 1_000_000, a, 0, 0, False),
        (1, ten + HALF_HOUR_MS, ten + HOUR_MS, 3_000_000, a, 0, 0, False),
        (0, ten + HOUR_MS, ten + 3 * HALF_HOUR_MS, 6_000_000, e, 0, 0, False),
        (1, ten + HOUR_MS, ten + 3 * HALF_HOUR_MS, 1_000_000, a, 0, 0, False),
    ]
    pieces = [of_rows(rows)] if together else [of_rows(rows[place::2]) for place in (0, 1)]
    its = masters([(A, 0, None)], plan_id="night", registers=registers, terms={"night": text})

    found = settle(its, "london", registers, pieces, "2013-07")

    assert not of_settlement(found, plans_of(its.plans))
    lines = {(each.key.component, each.key.band): each for each in found.charges}
    day = lines["night/1/energy", "day"]
    assert (day.quantity, dict(day.by_letter)) == (
        1_500_000 + 5_000_000,
        {Letter.A: 1_500_000, Letter.E: 5_000_000},
    )
    assert lines["night/2/demand", ""].quantity == 3_000
    assert lines["night/4/levy", ""].quantity == 6_500_000
    assert lines["night/5/export", ""].quantity == -2_000_000
    # What registers counted is what it was: netting is a matter of prices.
    sums = {each.direction: (each.metered_mwh, each.estimated_mwh) for each in found.balances}
    assert sums == {"import": (3_000_000, 6_000_000), "export": (4_500_000, 0)}


def test_losses_are_what_went_in_less_what_came_out() -> None:
    feeder = replace(installed("f", "counter"), direction="feeder", premises_id="substation")
    registers = [installed(source="counter"), feeder]
    rows = [
        (0, JULY, JULY + HOUR_MS, 900_000, int(Letter.A), 0, 0, False),
        (1, JULY, JULY + HOUR_MS, 1_000_000, int(Letter.A), 0, 0, False),
    ]
    its = masters([(A, 0, None)], plan_id="night", terms={"night": NIGHT})

    found = settle(its, "london", registers, [of_rows(rows)], "2013-07")

    assert found.losses_mwh == {"electricity": 100_000}
    assert found.unassigned == ()
    assert not of_settlement(found, PLANS)


def test_a_tax_that_changes_within_a_month_makes_lines_of_its_own() -> None:
    its = replace(
        masters([(A, 0, None)], plan_id="night", terms={"night": NIGHT}),
        tax_rates=(
            TaxRate("GB-domestic", "S", date(2000, 1, 1), date(2013, 7, 11), Decimal(5)),
            TaxRate("GB-domestic", "S", date(2013, 7, 11), None, Decimal(8)),
        ),
    )
    rows = [segment(JULY, END, 744_000_000)]

    found = of_home(of_rows(rows), its)

    days = {
        charge.key.component: charge.quantity for charge in found.charges if charge.unit == "days"
    }
    assert days == {"night/3/standing": 10, "night/3/standing@2013-07-11": 21}


def test_a_tax_that_stays_what_it_was_makes_no_lines_of_its_own() -> None:
    whole = masters([(A, 0, None)], plan_id="night", terms={"night": NIGHT})
    again = (
        TaxRate("GB-domestic", "S", date(2000, 1, 1), date(2013, 7, 11), Decimal(5)),
        TaxRate("GB-domestic", "S", date(2013, 7, 11), None, Decimal("5.0")),
    )
    rows = of_rows([segment(JULY, END, 744_000_000)])

    assert of_home(rows, replace(whole, tax_rates=again)) == of_home(rows, whole)


@pytest.mark.parametrize(
    ("what", "key"),
    [("tax", "night/2/demand@2013-07-11"), ("plan", "night/2/demand"), ("away", "night/2/demand")],
)
def test_a_demand_is_charged_once_a_month(what: str, key: str) -> None:
    its = masters([(A, 0, None)], plan_id="night", terms={"night": NIGHT})
    eleventh = ms("2013-07-10T23:00")
    if what == "tax":
        taxes = (
            TaxRate("GB-domestic", "S", date(2000, 1, 1), date(2013, 7, 11), Decimal(5)),
            TaxRate("GB-domestic", "S", date(2013, 7, 11), None, Decimal(8)),
        )
        its = replace(its, tax_rates=taxes)
    elif what == "plan":
        versions = (
            PlanVersion("night", 1, date(2000, 1, 1), date(2013, 7, 11), NIGHT),
            PlanVersion("night", 2, date(2013, 7, 11), None, NIGHT.replace('"4.50"', '"4.60"')),
        )
        its = replace(its, plans=versions)
    else:
        stays = (Occupancy(HOME, A, 0, eleventh), Occupancy(HOME, A, eleventh + DAY_MS, None))
        its = replace(its, occupancies=stays)
    # 2 kW on the 5th, 3 kW on the 20th.
    rows = [
        segment(at_ms, at_ms + HALF_HOUR_MS, energy_mwh)
        for at_ms, energy_mwh in (
            (ms("2013-07-05T10:00"), 1_000_000),
            (ms("2013-07-20T10:00"), 1_500_000),
        )
    ]

    found = of_home(of_rows(rows), its)

    (demand,) = [each for each in found.charges if each.unit == "w"]
    assert (demand.key.component, demand.quantity) == (key, 3_000)
    assert demand.minor == (1_380 if what == "plan" else 1_350)


def test_estimates_and_edits_are_beside_what_was_metered() -> None:
    hour = [JULY + n * HOUR_MS for n in range(6)]
    rows = [
        segment(hour[0], hour[1], 1_000),
        segment(hour[1], hour[2], 2_000, Letter.S),
        segment(hour[2], hour[3], 4_000, Letter.E),
        segment(hour[3], hour[4], 8_000, Letter.X),
        segment(hour[4], hour[5], 0, Letter.N),
    ]
    its = masters([(A, 0, None)], plan_id="night", terms={"night": NIGHT})

    found = of_home(of_rows(rows), its)

    (balance,) = found.balances
    assert (balance.metered_mwh, balance.billed_mwh) == (3_000, 3_000)
    assert (balance.estimated_mwh, balance.edited_mwh) == (4_000, 8_000)
    (night,) = [each for each in found.charges if each.key.band == "night"]
    assert night.quantity == 15_000
    assert night.by_letter == (
        (Letter.E, 4_000),
        (Letter.S, 2_000),
        (Letter.A, 1_000),
        (Letter.X, 8_000),
    )
    final = settle(
        its, "london", [installed(source="counter")], [of_rows(rows)], "2013-07", kind="final"
    )
    (night,) = [each for each in final.charges if each.key.band == "night"]
    assert dict(night.by_letter) == {
        Letter.F: 4_000,
        Letter.S: 2_000,
        Letter.A: 1_000,
        Letter.X: 8_000,
    }


@pytest.mark.parametrize("kind", ["flat", "series"])
def test_a_large_site_at_a_large_price_is_exact(kind: str) -> None:
    # 200 MW at 10 GBP a kWh for a month: 1.488 * 10^14 thousandths by 10^9 wraps 64 bits.
    price = {"flat": 'price = "10"', "series": 'series = "s"'}[kind]
    text = NIGHT.split("bands")[0] + price
    its = masters(
        [(A, 0, None)],
        plan_id="night",
        terms={"night": text},
        prices=[Price("s", JULY - DAY_MS, END + DAY_MS, Decimal(10))],
    )
    hours = (END - JULY) // HOUR_MS
    energy_mwh = 200_000_000 * 1_000 * hours
    rows = [segment(JULY, END, energy_mwh)]

    found = settle(its, "london", [installed(source="counter")], [of_rows(rows)], "2013-07")

    (charge,) = found.charges
    assert charge.exact == Fraction(energy_mwh, 10**6) * 10 * 10**14
    assert charge.minor == 200_000 * hours * 10 * 100


def test_gas_is_sold_by_its_heat() -> None:
    text = """
id = "gas"
name = "Gas"
commodity = "gas"
currency = "GBP"
prices_include_tax = false
[[component]]
kind = "energy"
price = "0.05"
"""
    gas = replace(installed(source="counter"), commodity="gas")
    days = [date(2013, 6, 30), *(date(2013, 7, day) for day in range(1, 32)), date(2013, 8, 1)]
    its = replace(
        masters([(A, 0, None)], plan_id="gas", registers=[gas], terms={"gas": text}),
        sites=(replace(LONDON, gas_zone="NW"),),
        contracts=(Contract(HOME, A, "gas", "gas", 0, None),),
        calorific_values=tuple(CalorificValue("NW", day, Decimal("39.5")) for day in days),
    )
    # 100 m3, of which each hour is a piece of the curve by itself.
    rows = [
        (0, JULY + n * HOUR_MS, JULY + (n + 1) * HOUR_MS, 10**8 // 744, int(Letter.A), 0, 0, False)
        for n in range(744)
    ]
    left = 10**8 - 743 * (10**8 // 744)
    rows[-1] = (0, END - HOUR_MS, END, left, int(Letter.A), 0, 0, False)
    segments = of_rows([rows[0]]), of_rows(rows[1:700]), of_rows(rows[700:])

    found = settle(its, "london", [gas], segments, "2013-07")

    (charge,) = found.charges
    assert (charge.unit, charge.quantity) == ("mwh", 1_122_063_333)
    (balance,) = found.balances
    assert balance.billed_mwh == balance.metered_mwh == 10**8


def test_nobody_is_charged_for_what_nobody_had_and_each_reason_is_told() -> None:
    registers = [
        installed(source="counter"),
        installed("unknown", "counter"),
        installed("lost", "counter"),
        installed("elsewhere", "counter"),
    ]
    begin, end = ms("2013-07-10T00:00"), ms("2013-07-20T00:00")
    its = replace(
        masters([(A, begin, end)], plan_id="night", terms={"night": NIGHT}),
        premises=(Premises(HOME, "london"), Premises("far", "paris")),
        installations=(
            replace(registers[0], premises_id=HOME),
            replace(registers[2], premises_id="nowhere"),
            replace(registers[3], premises_id="far"),
        ),
    )
    day = [
        (place, JULY + n * DAY_MS, JULY + (n + 1) * DAY_MS, 1_000_000, int(Letter.A), 0, 0, False)
        for place in range(4)
        for n in range(31)
    ]

    found = settle(its, "london", registers, [of_rows(day)], "2013-07")

    assert not of_settlement(found, PLANS)
    told = {
        (each.register_id, each.reason): sum(each.letters.values()) for each in found.unassigned
    }
    # The tenth in London begins an hour before it does in UTC.
    assert told == {
        (HOME, "not_recorded_yet"): 9_000_000 + 1_000_000 * 1 // 24,
        (HOME, "vacant"): 12_000_000 - 1_000_000 * 1 // 24,
        ("unknown", "unknown_register"): 31_000_000,
        ("lost", "unknown_premises"): 31_000_000,
        ("elsewhere", "other_site"): 31_000_000,
    }
    nobodys = [charge for charge in found.charges if charge.key.customer_id == 0]
    assert {charge.minor for charge in nobodys} == {0}


def test_two_in_one_place_at_once_are_refused() -> None:
    its = masters([(A, 0, END), (B, JULY, None)], plan_id="night", terms={"night": NIGHT})
    with pytest.raises(MastersError, match=f"occupancy of the premises {HOME}"):
        settle(its, "london", [installed()], [], "2013-07")


def test_a_plan_without_a_version_is_refused() -> None:
    its = masters([(A, 0, None)], plan_id="night", terms={"night": NIGHT})
    late = PlanVersion("night", 1, date(2013, 7, 15), None, NIGHT)
    with pytest.raises(MastersError, match="the plan night has no version at"):
        settle(replace(its, plans=(late,)), "london", [installed()], [], "2013-07")


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (version("lcl-dtou"), "series 'lcl-dtou' has no price from 2013-07-15T12:00"),
        (replace(version("lcl-dtou"), begin=date(2014, 1, 1)), "the plan lcl-dtou has no version"),
    ],
)
def test_a_contract_that_cannot_be_priced_can_be_left(plan: PlanVersion, why: str) -> None:
    move = ms("2013-07-15T12:00")
    its = masters([(A, 0, move), (B, move, None)], plan_id="lcl-flat")
    ada, ben = sorted(its.contracts, key=lambda each: each.customer_id)
    its = replace(its, contracts=(ada, replace(ben, plan_id="lcl-dtou")), plans=(*its.plans, plan))
    settling = Settling(its, "london", [installed()], "2013-07", leave_unpriced=True)
    settling.add(
        of_rows([segment(JULY, move, 100_000_000), segment(move, END, 300_000_000)]),
    )

    found = settling.settled()

    assert lines_of(found, A) == [("", 100_000_000, 1_423)]
    assert lines_of(found, B) == [("no_price", 300_000_000, 0)]
    one, other = (each.supply.unpriced for each in found.supplied)
    assert one is None and other is not None
    assert other.plan_id == "lcl-dtou" and other.why.startswith(why)
    assert found.findings == ()
    assert not of_settlement(found, plans_of(its.plans))
    with pytest.raises((TariffError, MastersError), match=why):
        settle(its, "london", [installed()], [], "2013-07")


def test_versions_of_a_plan_each_have_their_part_of_the_month() -> None:
    its = masters([(A, 0, None)], plan_id="night", terms={"night": NIGHT})
    both = (
        PlanVersion("night", 1, date(2000, 1, 1), date(2013, 7, 11), NIGHT),
        PlanVersion("night", 2, date(2013, 7, 11), None, NIGHT.replace('"0.25"', '"0.35"')),
    )

    found = of_home(of_rows([segment(JULY, END, 744_000_000)]), replace(its, plans=both))

    (standing,) = [each for each in found.charges if each.unit == "days"]
    assert (standing.quantity, standing.minor) == (31, 10 * 25 + 21 * 35)


def test_versions_of_a_plan_may_have_their_parts_in_another_order() -> None:
    energy, standing = NIGHT.partition("[[component]]")[0], '[[component]]\nkind = "standing"\n'
    flat = '[[component]]\nkind = "energy"\nprice = "0.2"\n'
    one = energy + flat + standing + 'per_day = "0.25"\n'
    other = energy + standing + 'per_day = "0.25"\n' + flat
    its = replace(
        masters([(A, 0, None)], plan_id="night", terms={"night": NIGHT}),
        plans=(
            PlanVersion("night", 1, date(2000, 1, 1), date(2013, 7, 11), one),
            PlanVersion("night", 2, date(2013, 7, 11), None, other),
        ),
    )

    found = settle(its, "london", [installed()], [of_rows([segment(JULY, END, 744)])], "2013-07")

    assert not of_settlement(found, plans_of(its.plans))
    assert [charge.quantity for charge in found.charges if charge.unit == "mwh"] == [240, 504]


def test_an_unknown_site_is_refused() -> None:
    with pytest.raises(RunError, match="site_id is 'paris'"):
        settle(masters([(A, 0, None)], plan_id="lcl-flat"), "paris", [installed()], [], "2013-07")


def test_occupants_of_other_premises_change_nothing() -> None:
    its = masters([(A, 0, None)], plan_id="night", terms={"night": NIGHT})
    more = replace(
        its,
        premises=(*its.premises, Premises("other", "london")),
        occupancies=(*its.occupancies, Occupancy("other", B, 0, None)),
    )
    segments = of_rows([segment(JULY, END, 744_000_000)])

    assert lines_of(of_home(segments, more), A) == lines_of(of_home(segments, its), A)
