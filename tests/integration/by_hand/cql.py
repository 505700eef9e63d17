"""What a reader of the history finds with CQL."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from contracts.history import HOUR_MS, bucket_of

if TYPE_CHECKING:
    from cassandra.cluster import Session

Row = dict[str, Any]

HOUR = "SELECT * FROM minutes_by_meter WHERE bucket = %s AND hour = %s AND meter_id = %s"
MINUTE = f"{HOUR} AND minute = %s"
DAY_MS = 86_400_000


def minutes_of_day(cql: "Session", meter_id: str, day_ms: int) -> list[Row]:
    """A meter's rows of a UTC day, by minute and correction."""
    return [
        row
        for hour_ms in range(day_ms, day_ms + DAY_MS, HOUR_MS)
        for row in cql.execute(HOUR, (bucket_of(meter_id), utc(hour_ms), meter_id))
    ]


def rows_of_minute(cql: "Session", meter_id: str, minute_ms: int) -> list[Row]:
    """A minute's on-time row and its corrections, in the order of their arrival."""
    hour = utc(minute_ms - minute_ms % HOUR_MS)
    return list(cql.execute(MINUTE, (bucket_of(meter_id), hour, meter_id, utc(minute_ms))))


def utc(epoch_ms: int) -> datetime:
    """A time as the driver gives it: UTC, without a zone."""
    return datetime.fromtimestamp(epoch_ms / 1_000, UTC).replace(tzinfo=None)


def day_of(epoch_ms: int) -> date:
    """The UTC day."""
    return utc(epoch_ms).date()
