from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from billing.tariffs.best_plan import best_plan
from billing.tariffs.errors import ComparisonError, TariffError
from billing.tariffs.usage import Periods
from contracts.energy import Span
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, home_mwh, ms, prices
from tests.unit.billing.tariffs.plans import LONDON, example

FLAT, DYNAMIC, BLOCKS = example("lcl-flat"), example("lcl-dtou"), example("blocks")
VAT = {"S": Decimal(5)}
YEAR = Periods(YEAR_BEGIN_MS, HALF_HOUR_MS, home_mwh())


def test_what_a_year_would_have_cost() -> None:
    found = best_plan(DYNAMIC, [FLAT, BLOCKS], LONDON, prices(), YEAR, VAT)

    assert (found.own, found.best.plan_id) == ("lcl-dtou", "lcl-flat")
    by_plan = {offer.plan_id: offer for offer in found.offers}
    kwh = Fraction(int(home_mwh().sum()), 10**6)
    assert Fraction(by_plan["lcl-flat"].net_exact, 10**14) == kwh * Fraction("0.14228")
    assert by_plan["lcl-dtou"].saving_minor == 0
    assert by_plan["lcl-flat"].saving_minor == (
        by_plan["lcl-dtou"].gross_minor - by_plan["lcl-flat"].gross_minor
    )
    assert by_plan["lcl-flat"].saving_minor > 0 > by_plan["blocks"].saving_minor
    assert (len(found.months), found.days, found.estimated) == (12, 365, Fraction(0))


def test_of_equal_plans_the_own_is_first() -> None:
    same = FLAT.model_copy(update={"id": "another"})

    for own, other in ((FLAT, same), (same, FLAT)):
        found = best_plan(own, [other], LONDON, (), YEAR, VAT)
        assert [offer.plan_id for offer in found.offers] == [own.id, other.id]


def test_what_there_is_is_compared_from_ninety_days_on() -> None:
    begin = ms("2013-01-01")
    ninety = YEAR.of(Span(begin, ms("2013-03-31T23:00")))
    found = best_plan(FLAT, [DYNAMIC], LONDON, prices(), ninety, VAT)
    assert (found.days, len(found.months)) == (90, 3)

    fewer = YEAR.of(Span(begin, ms("2013-03-31T00:00")))
    with pytest.raises(
        ComparisonError, match=r"there are 89 days to compare plans by: wait until .* 90"
    ):
        best_plan(FLAT, [DYNAMIC], LONDON, prices(), replace(fewer), VAT)


def test_a_tenth_may_be_estimated() -> None:
    total = int(home_mwh().sum())
    estimated = np.zeros_like(home_mwh())
    for share, said in (
        (10, None),
        (9, "11.1% of the energy is estimated: compare .* at most 10%"),
    ):
        estimated[0] = total // share
        its = replace(YEAR, estimated_mwh=estimated)
        if said is None:
            assert best_plan(FLAT, [], LONDON, (), its, VAT).estimated == Fraction(
                total // 10, total
            )
        else:
            with pytest.raises(ComparisonError, match=said):
                best_plan(FLAT, [], LONDON, (), its, VAT)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gas", "commodity is 'gas', .* 'electricity': compare"),
        ("solar", "currency is 'EUR', .* 'GBP'"),
    ],
)
def test_plans_for_something_else_are_refused(name: str, said: str) -> None:
    with pytest.raises(TariffError, match=f"plan {name}: {said}"):
        best_plan(FLAT, [example(name)], LONDON, (), YEAR, {**VAT, "Z": Decimal(0)})
