"""What a reader of the history finds with CQL."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from contracts.history import bucket_of
from contracts.time import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from cassandra.cluster import Session

Row = dict[str, Any]

HOUR = "SELECT * FROM minutes_by_meter WHERE bucket = %s AND hour = %s AND meter_id = %s"
MINUTE = f"{HOUR} AND commodity = 'electricity' AND minute = %s"
BY_AREA = "SELECT * FROM minutes_by_area WHERE area = %s AND minute = %s AND meter_id = %s"


def minutes_of_day(cql: "Session", meter_id: str, day_ms: int) -> list[Row]:
    """A meter's rows of a UTC day, by minute and correction."""
    return [
        _flat(row)
        for hour_ms in range(day_ms, day_ms + DAY_MS, HOUR_MS)
        for row in cql.execute(HOUR, (bucket_of(meter_id), utc(hour_ms), meter_id))
    ]


def rows_of_minute(cql: "Session", meter_id: str, minute_ms: int) -> list[Row]:
    """An electricity meter's on-time row of a minute and its corrections, in the order of their
    arrival."""
    hour = utc(minute_ms - minute_ms % HOUR_MS)
    rows = cql.execute(MINUTE, (bucket_of(meter_id), hour, meter_id, utc(minute_ms)))
    return [_flat(row) for row in rows]


def rows_by_area(cql: "Session", area: str, meter_id: str, minute_ms: int) -> list[Row]:
    """The same by the other access path."""
    return [_flat(row) for row in cql.execute(BY_AREA, (area, utc(minute_ms), meter_id))]


def _flat(row: Row) -> Row:
    figures: Row = row.pop("figures")._asdict()
    return row | figures


def utc(epoch_ms: int) -> datetime:
    """A time as the driver gives it: UTC, without a zone."""
    return datetime.fromtimestamp(epoch_ms / 1_000, UTC).replace(tzinfo=None)


def day_of(epoch_ms: int) -> date:
    """The UTC day."""
    return utc(epoch_ms).date()
