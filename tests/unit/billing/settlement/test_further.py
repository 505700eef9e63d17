"""What a further thousandth costs is by how much a bill of more is dearer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from billing.settlement.carried import carried_on
from billing.settlement.further import further, reached
from billing.settlement.settle import Settling
from billing.settlement.terms import Terms
from billing.tariffs.calendar import Calendar
from billing.tariffs.rating import Usage, rated
from contracts.energy import Span
from contracts.masters import CalorificValue, Contract, Installation, Masters, Price
from contracts.so_far import Step
from contracts.time import DAY_MS
from tests.support.london import HALF_HOUR_MS
from tests.unit.billing.settlement.homes import HOME, LONDON, A, installed, masters

ITS = Calendar("Europe/London")
JULY = ITS.local_month("2013-07")
RATES = {"S": Decimal(20), "Z": Decimal(0)}
MINOR = 10**12
HEAD = 'id = "p"\nname = "P"\ncommodity = "electricity"\ncurrency = "GBP"\n'
TIERS = """
[[component]]
kind = "tiers"
tiers = [{to = "2000", price = "0.12"}, {price = "0.21"}]
[[component]]
kind = "levy"
price = "0.00775"
[[component]]
kind = "discount"
price = "0.01"
[[component]]
kind = "discount"
percent = "10"
[[component]]
kind = "standing"
per_day = "0.25"
"""
BANDS = """
[[component]]
kind = "energy"
bands = [
    {name = "peak", from = "16:00", to = "19:00", price = "0.3"},
    {name = "rest", price = "0.1"},
]
[[component]]
kind = "export"
price = "0.05"
tax_category = "Z"
"""


def terms_of(
    text: str,
    registers: Sequence[Installation] = (),
    **others: Any,  # noqa: ANN401
) -> Terms:
    own = registers or [installed("m", "counter")]
    its = masters([(A, 0, None)], plan_id="p", registers=own, terms={"p": text})
    (terms,) = Settling(replace(its, **others), "london", own, "2013-07").terms.values()
    return terms


def dearer(terms: Terms, base: int, more: int, period: int) -> int:
    """By how much, 10^-14 GBP without tax."""

    def bill(energy: int) -> int:
        counts = (terms.weights.imported[period].astype(object) * energy).tolist()
        sums = dict(zip(terms.meanings, counts, strict=True))
        usage = Usage(JULY, JULY, sums, energy, (None,) * len(terms.plan.demands))
        return sum(line.exact for line in rated(terms.plan, usage, RATES))

    return bill(base + more) - bill(base)


@pytest.mark.parametrize("with_tax", ["false", "true"])
@pytest.mark.parametrize(("text", "base"), [(TIERS, 0), (TIERS, 3 * 10**9), (BANDS, 10**9)])
@pytest.mark.parametrize("period", [0, 29, 30, 33, 34])
def test_it_is_what_a_bill_of_more_is_dearer_by(
    text: str, base: int, period: int, with_tax: str
) -> None:
    terms = terms_of(f"{HEAD}prices_include_tax = {with_tax}\n{text}")
    in_tiers = reached(terms.plan, JULY, JULY, base)
    more = 10**9

    its = further(terms, RATES, in_tiers, JULY.begin_ms, 0, HALF_HOUR_MS)

    step = step_at(its.taken, JULY.begin_ms + period * HALF_HOUR_MS)
    expected = dearer(terms, base, more, period)
    # Prices are whole in 10^-14 a thousandth, and a discount is of printed pence.
    assert abs(step.net * more - expected) <= more + 4 * MINOR
    assert abs(step.tax * 5 - step.net) <= 5
    assert expected > 0


def step_at(steps: Sequence[Step], at_ms: int) -> Step:
    return [step for step in steps if step.begin_ms <= at_ms][-1]


def test_steps_are_the_evenings_peaks_and_what_is_given_is_paid_for() -> None:
    terms = terms_of(f"{HEAD}prices_include_tax = false\n{BANDS}")

    its = further(terms, RATES, (), JULY.begin_ms, 10, HALF_HOUR_MS)

    # From 5:00 in London: each day begins and ends a peak.
    assert its.taken[0] == Step(JULY.begin_ms + 5 * 3_600_000, 10_000_000, 2_000_000)
    assert its.taken[1] == Step(JULY.begin_ms + 16 * 3_600_000, 30_000_000, 6_000_000)
    assert len(its.taken) == 1 + 2 * 31
    assert its.given == [Step(JULY.begin_ms + 5 * 3_600_000, -5_000_000, 0)]


def test_tiers_are_reached_by_what_a_stay_has_of_them() -> None:
    plan = terms_of(f"{HEAD}prices_include_tax = false\n{TIERS}").plan
    half = Span(JULY.begin_ms, (JULY.begin_ms + JULY.end_ms) // 2)

    assert reached(plan, JULY, JULY, 2 * 10**9 - 1) == (0,)
    assert reached(plan, JULY, JULY, 2 * 10**9) == (1,)
    assert reached(plan, half, JULY, 10**9) == (1,)


def test_gas_is_priced_by_what_it_heats_that_day() -> None:
    text = (
        HEAD.replace("electricity", "gas")
        + 'unit = "kWh"\nprices_include_tax = false\n'
        + '[[component]]\nkind = "energy"\nprice = "0.05"\n'
    )
    register = replace(installed("m", "counter"), commodity="gas")
    values = tuple(
        CalorificValue("south", date(2013, 6, 29) + timedelta(days=day), Decimal("39.5"))
        for day in range(40)
    )
    terms = terms_of(
        text,
        [register],
        sites=(replace(LONDON, gas_zone="south"),),
        contracts=(Contract(HOME, A, "gas", "p", 0, None),),
        calorific_values=values,
    )

    its = further(terms, RATES, (), JULY.begin_ms, 0, HALF_HOUR_MS)

    # A m3 has 1.02264 * 39.5 / 3.6 kWh; a thousandth of a litre is a millionth of it.
    a_litre = Fraction(5_000_000) * Fraction("1.02264") * Fraction("39.5") / Fraction("3.6")
    assert its.taken == [Step(JULY.begin_ms, round(a_litre), round(a_litre / 5))]


def test_prices_that_are_not_known_yet_go_on_and_others_do_not() -> None:
    begin, end = JULY.begin_ms, JULY.end_ms
    known = Price("now", begin, begin + DAY_MS, Decimal("0.2"), "High")
    past = Price("past", begin - 2 * DAY_MS, begin - DAY_MS, Decimal("0.3"))
    whole = Price("whole", begin, end, Decimal("0.1"))
    values = (CalorificValue("south", date(2013, 7, 30), Decimal("39.5")),)
    its = Masters(0, prices=(known, past, whole), calorific_values=values)

    found = carried_on(its, ITS, JULY)

    assert found.prices == (
        known,
        past,
        whole,
        Price("now", begin + DAY_MS, end, Decimal("0.2"), "High"),
    )
    assert found.calorific_values == (*values, replace(values[0], gas_day=date(2013, 7, 31)))
    same = Masters(0, prices=(whole, past))
    assert carried_on(same, ITS, JULY) is same
