"""What a reader of the history finds with CQL."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cassandra.cluster import Session

Row = dict[str, Any]

DAY = "SELECT * FROM minutes_by_meter WHERE meter_id = %s AND day = %s"
MINUTE = f"{DAY} AND minute = %s"


def minutes_of_day(cql: "Session", meter_id: str, day_ms: int) -> list[Row]:
    """A meter's rows of a UTC day, by minute and correction."""
    return list(cql.execute(DAY, (meter_id, day_of(day_ms))))


def rows_of_minute(cql: "Session", meter_id: str, minute_ms: int) -> list[Row]:
    """A minute's on-time row and its corrections, in the order of their arrival."""
    return list(cql.execute(MINUTE, (meter_id, day_of(minute_ms), utc(minute_ms))))


def utc(epoch_ms: int) -> datetime:
    """A time as the driver gives it: UTC, without a zone."""
    return datetime.fromtimestamp(epoch_ms / 1_000, UTC).replace(tzinfo=None)


def day_of(epoch_ms: int) -> date:
    """The UTC day."""
    return utc(epoch_ms).date()
