"""When a month may be billed, against a calendar on paper."""

from datetime import date

import pytest

from billing.settlement.due import check_closed, check_due, check_grace, due_ms
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


def test_grace_is_at_least_as_long_as_readings_are_on_time() -> None:
    calendar = Calendar("Europe/London")
    month_end, due = ms("2013-03-31T23:00"), ms("2013-04-05T23:00")

    check_grace(calendar, "2013-03", due - month_end)
    with pytest.raises(RunError, match="the grace of 2013-03 is 432000000 ms"):
        check_grace(calendar, "2013-03", due - month_end + 1)


def test_a_month_is_issued_when_all_that_came_until_it_was_closed_is_archived() -> None:
    check_closed("first", "2013-03", (5, 9), (5, 7))
    check_closed("interim", "2013-03", (0, 0), (5, 7))
    with pytest.raises(RunError, match="readings_until of partition 1 is 6, and readings up to 7"):
        check_closed("first", "2013-03", (5, 6), (5, 7))
