"""The next version of a plan: a later one takes over, and what an id means stays."""

from datetime import date

import pytest

from billing.tariffs.errors import TariffError
from billing.tariffs.loading import following
from billing.tariffs.plan import EXAMPLES
from contracts.masters import PlanVersion

FLAT = (EXAMPLES / "lcl-flat.toml").read_text()
DEARER = FLAT.replace("0.14228", "0.16")
BEGIN, LATER = date(2013, 1, 1), date(2013, 6, 1)
ONE = PlanVersion("lcl-flat", 1, BEGIN, None, FLAT)


def test_the_first_version() -> None:
    assert following([], FLAT, "flat.toml", BEGIN) == ONE


def test_a_later_one_has_the_next_number() -> None:
    found = following([ONE], DEARER, "flat.toml", LATER)

    assert found == PlanVersion("lcl-flat", 2, LATER, None, DEARER)


def test_one_of_the_same_day_takes_its_place() -> None:
    found = following([ONE], DEARER, "flat.toml", BEGIN)

    assert found is not None
    assert (found.version, found.begin) == (2, BEGIN)


def test_the_same_again_is_none() -> None:
    assert following([ONE], f"# By another hand.\n{FLAT}", "flat.toml", BEGIN) is None


@pytest.mark.parametrize(
    ("text", "begin", "end", "message"),
    [
        (DEARER, date(2012, 6, 1), None, "version 1 of plan lcl-flat begins on 2013-01-01"),
        (DEARER, LATER, LATER, "end is 2013-06-01, and begin 2013-06-01"),
        (DEARER.replace("GBP", "EUR"), LATER, None, "currency is 'GBP' in one version"),
        (DEARER.replace("GBP", "EUR"), BEGIN, None, "currency is 'GBP' in one version"),
        ("id = ", LATER, None, "flat.toml: cannot be read as TOML"),
    ],
)
def test_what_is_refused(text: str, begin: date, end: date | None, message: str) -> None:
    with pytest.raises(TariffError, match=message):
        following([ONE], text, "flat.toml", begin, end)
