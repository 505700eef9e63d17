"""When a month may be billed: once it is over, and what comes late has had its time."""

from collections.abc import Sequence
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


def check_grace(
    calendar: Calendar, month: str, horizon_ms: int, grace_days: int = GRACE_DAYS
) -> None:
    """Refuse a time of grace in which the stream may still have periods of the month open.

    Args:
        horizon_ms: For how long after a period readings of it may come on time, and be told.

    Raises:
        RunError: grace is shorter than that.
    """
    grace_ms = due_ms(calendar, month, grace_days) - calendar.local_month(month).end_ms
    if grace_ms < horizon_ms:
        raise RunError(
            f"the grace of {month} is {grace_ms} ms, and readings are on time for {horizon_ms} ms: "
            "set WATTSTREAM_ON_TIME_MS and WATTSTREAM_CORRECTION_WINDOW_MS below it, so that no "
            "bill is of a period that is still open"
        )


def check_closed(
    kind: RunKind, month: str, readings_until: Sequence[int], closed_from: Sequence[int]
) -> None:
    """Refuse to issue a month of which readings are still on their way to the archive.

    Args:
        readings_until: By partition, the first reading that the run leaves out.
        closed_from: The first one that came when the stream had closed the month.

    Raises:
        RunError: the run is no interim one, and leaves out what came before.
    """
    if kind == "interim":
        return
    for partition, (until, closed) in enumerate(zip(readings_until, closed_from, strict=True)):
        if until < closed:
            raise RunError(
                f"readings_until of partition {partition} is {until}, and readings up to {closed} "
                f"came before {month} was closed: wait until they are archived and give no "
                "earlier offsets, or give kind interim, which issues nothing"
            )
