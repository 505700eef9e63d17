"""Hours in which nobody is woken, by the clock on the receiver's wall."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from services.notifier.rules import Quiet

DAY = timedelta(days=1)


def quiet_until_ms(quiet: Quiet, at_ms: int) -> int | None:
    """When the quiet hours end that a time is in, epoch ms; None if it is in none.

    They begin with their first minute and end before that of `to`, of the same day or the next. A
    time that the clocks pass over is that at which they are put forward, one that they show twice
    is the first to begin and the last to end: a night with a change is quiet all the same.
    """
    zone = ZoneInfo(quiet.zone)
    at = datetime.fromtimestamp(at_ms / 1_000, UTC)
    today = at.astimezone(zone).date()
    for day in (today - DAY, today):
        over = day + DAY if quiet.end <= quiet.begin else day
        begin = _instant(datetime.combine(day, quiet.begin), zone, fold=0)
        end = _instant(datetime.combine(over, quiet.end), zone, fold=1)
        if begin <= at < end:
            return round(end.timestamp() * 1_000)
    return None


def _instant(local: datetime, zone: ZoneInfo, fold: int) -> datetime:
    instant = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    # Passed over: as far after the change as the clocks were put forward, by the one side's offset.
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return _change(before, after, zone)


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the offset changes between two."""
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
