"""When a month may be billed, against a calendar on paper."""

from datetime import date

import pytest

from billing.settlement.due import check_due, due_ms
from billing.settlement.errors import RunError
from billing.tariffs.calendar import Calendar
from contracts.billing import RunKind
from tests.support.london import ms


@pytest.mark.parametrize(
    ("month", "holidays", "due"),
    [
        # 1 April 2013 is a Monday, so the sixth is the first day after five of work; BST begun.
        ("2013-03", [], "2013-04-05T23:00"),
        # With Easter Monday it is a working day more, over the weekend.
        ("2013-03", [date(2013, 4, 1)], "2013-04-08T23:00"),
        # 1 June 2013 is a Saturday: 3 to 7 June are the five.
        ("2013-05", [], "2013-06-07T23:00"),
        ("2012-12", [date(2013, 1, 1)], "2013-01-09T00:00"),
    ],
)
def test_five_working_days_after_the_month(month: str, holidays: list[date], due: str) -> None:
    calendar = Calendar("Europe/London", frozenset(holidays))

    assert due_ms(calendar, month) == ms(due)


@pytest.mark.parametrize("kind", ["first", "reconciliation", "final"])
def test_nothing_is_issued_before(kind: RunKind) -> None:
    calendar = Calendar("Europe/London")
    due = due_ms(calendar, "2013-03")

    check_due(kind, calendar, "2013-03", due)
    with pytest.raises(RunError, match="month 2013-03 is billed 5 working days after its end"):
        check_due(kind, calendar, "2013-03", due - 1)
    check_due("interim", calendar, "2013-03", 0)
