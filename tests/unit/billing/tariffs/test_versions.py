from dataclasses import replace
from datetime import date

import pytest

from billing.tariffs.errors import TariffError
from billing.tariffs.plan import EXAMPLES
from billing.tariffs.versions import on_offer, plans_of, version_on
from contracts.masters import PlanVersion

FLAT = (EXAMPLES / "lcl-flat.toml").read_text()
DEARER = FLAT.replace("0.14228", "0.15")
ONE = PlanVersion("lcl-flat", 1, date(2013, 1, 1), date(2013, 7, 15), FLAT)
TWO = PlanVersion("lcl-flat", 2, date(2013, 7, 15), None, DEARER)


def test_versions_follow_one_another() -> None:
    plans = plans_of([ONE, TWO], {("lcl-flat", 1): FLAT + "# said otherwise"})

    assert set(plans) == {("lcl-flat", 1), ("lcl-flat", 2)}
    assert version_on([ONE, TWO], "lcl-flat", date(2013, 7, 14)) == ONE
    assert version_on([ONE, TWO], "lcl-flat", date(2013, 7, 15)) == TWO


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        (
            [replace(ONE, terms=DEARER)],
            "version 1 was billed by, and its terms are others now: leave",
        ),
        (
            [replace(ONE, plan_id="other")],
            "plan other version 1: id is 'lcl-flat': give terms of 'other'",
        ),
        (
            [replace(ONE, end=None), TWO],
            "version 1: end is None, and version 2 begins on 2013-07-15: end",
        ),
        (
            [ONE, replace(TWO, begin=date(2013, 7, 14))],
            "version 1: end is 2013-07-15, and version 2",
        ),
        (
            [replace(ONE, end=ONE.begin)],
            "version 1: end is 2013-01-01, and begin 2013-01-01: give a later",
        ),
        (
            [ONE, replace(TWO, terms=DEARER.replace("GBP", "EUR"))],
            "plan lcl-flat: currency is 'GBP' in one version and 'EUR' in another",
        ),
        ([replace(ONE, terms="id = ")], "plan lcl-flat version 1: cannot be read as TOML"),
    ],
)
def test_versions_that_do_not_keep_their_word(versions: list[PlanVersion], said: str) -> None:
    with pytest.raises(TariffError, match=said):
        plans_of(versions, {("lcl-flat", 1): FLAT})


def test_a_day_without_version_is_refused() -> None:
    with pytest.raises(
        TariffError, match=r"'lcl-flat' has no version on 2012-12-31; known .* lcl-flat: load"
    ):
        version_on([ONE, TWO], "lcl-flat", date(2012, 12, 31))


def test_a_plan_is_on_offer_as_its_last_version_that_has_begun_says() -> None:
    closed = FLAT.replace("on_offer = true", "on_offer = false")
    silent = FLAT.replace("on_offer = true\n", "")
    assert closed != FLAT != silent
    later = replace(TWO, terms=closed)

    days = [date(2012, 12, 31), date(2013, 1, 1), date(2013, 7, 14), date(2013, 7, 15)]
    found = [on_offer([later, ONE], day, never) for day in days]

    assert found == [frozenset(), {"lcl-flat"}, {"lcl-flat"}, frozenset()]
    # Whoever says nothing of it keeps a plan to whom it was made for.
    assert on_offer([replace(TWO, terms=silent)], date(2014, 1, 1), never) == frozenset()
    # One that has ended is sold no more, though no other has taken over.
    assert on_offer([ONE], date(2013, 7, 15), never) == frozenset()


def test_a_plan_that_cannot_be_read_is_not_on_offer_and_others_are() -> None:
    other = replace(
        ONE, plan_id="other", end=None, terms=FLAT.replace('id = "lcl-flat"', 'id = "other"')
    )
    day = date(2013, 7, 14)
    wrong = (
        replace(TWO, terms="id = "),
        replace(TWO, terms=DEARER.replace("GBP", "EUR")),
        replace(TWO, plan_id="else"),
    )
    for each, said, offered in (
        (wrong[0], "plan lcl-flat version 2: cannot be read as TOML", {"other"}),
        (wrong[1], "plan lcl-flat: currency is 'GBP' in one version", {"other"}),
        (wrong[2], "plan else version 2: id is 'lcl-flat'", {"lcl-flat", "other"}),
    ):
        told: list[TariffError] = []
        assert on_offer([each, ONE, other], day, told.append) == offered
        (error,) = told
        assert said in str(error)


def never(error: TariffError) -> None:
    raise error
