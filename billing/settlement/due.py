"""When a month may be billed: once it is over, and what comes late has had its time."""

from datetime import timedelta

from billing.settlement.errors import RunError
from billing.tariffs.calendar import Calendar
from contracts.billing import RunKind

GRACE_DAYS = 5
"""Working days after the month."""
SATURDAY = 5


def due_ms(calendar: Calendar, month: str, grace_days: int = GRACE_DAYS) -> int:
    """When the first bill of a local month is due, epoch ms: so many working days after its end."""
    end_ms = calendar.local_month(month).end_ms
    day = calendar.days(calendar.local_month(calendar.month_of(end_ms)))[0]
    while grace_days:
        if day.weekday() < SATURDAY and day not in calendar.holidays:
            grace_days -= 1
        day += timedelta(days=1)
    return calendar.day(day).begin_ms


def check_due(
    kind: RunKind,
    calendar: Calendar,
    month: str,
    as_of_ms: int,
    grace_days: int = GRACE_DAYS,
) -> None:
    """Refuse what would bill time that is not over.

    Raises:
        RunError: the run is no interim one, and the month or its grace is not over.
    """
    if kind == "interim" or as_of_ms >= due_ms(calendar, month, grace_days):
        return
    raise RunError(
        f"kind is {kind!r}, and month {month} is billed {grace_days} working days after its end, "
        "when what comes late has come: wait, or give kind interim, which issues nothing"
    )
