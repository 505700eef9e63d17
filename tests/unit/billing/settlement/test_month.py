"""A month needs the holidays of its year."""

from dataclasses import replace
from datetime import date

import pytest

from billing.settlement.month import month_of
from billing.tariffs.calendar import calendar_of
from billing.tariffs.errors import TariffError
from contracts.masters import Holiday
from tests.unit.billing.settlement.homes import LONDON, VAT

SITE = replace(LONDON, holidays="GB-ENG")
CALENDAR = calendar_of(SITE, [Holiday("GB-ENG", date(2013, 12, 25))])


def test_a_year_of_which_no_holidays_are_known_is_refused() -> None:
    assert month_of("2013-07", CALENDAR, SITE, [VAT]).name == "2013-07"
    with pytest.raises(TariffError, match="'GB-ENG', of which none are known in 2014: load them"):
        month_of("2014-12", CALENDAR, SITE, [VAT])


def test_a_site_without_holidays_needs_none() -> None:
    assert month_of("2014-12", calendar_of(LONDON, []), LONDON, [VAT]).name == "2014-12"
