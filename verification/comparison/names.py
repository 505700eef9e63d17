"""How keys of the stores are called in a report."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from contracts.time import DAY_MS

_EPOCH = date(1970, 1, 1)


def time_text(epoch_ms: int) -> str:
    """ISO 8601 in UTC, to the second or, where it has any, the millisecond."""
    at = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    precision = "milliseconds" if epoch_ms % 1000 else "seconds"
    return at.isoformat(timespec=precision).replace("+00:00", "Z")


@lru_cache(maxsize=4096)
def _day_text(days: int) -> str:
    return (_EPOCH + timedelta(days=days)).isoformat()


def day_text(epoch_ms: int) -> str:
    """The UTC day, `YYYY-MM-DD`."""
    return _day_text(epoch_ms // DAY_MS)


def minute_name(key: tuple[Any, ...]) -> str:
    """Of (area, or bucket and hour; meter_id, commodity, minute, corrected_at)."""
    *derived, meter_id, commodity, minute, corrected_at = key
    kind = _row_name(corrected_at)
    partition = derived[0] if len(derived) == 1 else f"bucket {derived[0]}, {time_text(derived[1])}"
    return f"meter {meter_id}, {commodity}, minute {time_text(minute)}, {kind} (in {partition})"


def period_name(key: tuple[int, str, str, str, int, int]) -> str:
    """Of (bucket, day, meter_id, commodity, period, corrected_at)."""
    bucket, day, meter_id, commodity, period, corrected_at = key
    row = f"period {time_text(period)}, {_row_name(corrected_at)}"
    return f"meter {meter_id}, {commodity}, {row} (in bucket {bucket}, {day})"


def _row_name(corrected_at: int) -> str:
    return f"correction of {time_text(corrected_at)}" if corrected_at else "on-time row"


def area_minute_name(key: tuple[str, str, str, int]) -> str:
    """Of (day, area, commodity, minute)."""
    day, area, commodity, minute = key
    return f"area {area}, {commodity}, minute {time_text(minute)} (in {day})"


def merged_name(key: tuple[str, str, int]) -> str:
    """Of (meter_id, commodity, minute)."""
    return _merged_name("minute", key)


def merged_period_name(key: tuple[str, str, int]) -> str:
    """Of (meter_id, commodity, period)."""
    return _merged_name("period", key)


def _merged_name(span: str, key: tuple[str, str, int]) -> str:
    meter_id, commodity, start = key
    of_span = f"meter {meter_id}, {commodity}, {span} {time_text(start)}"
    return f"{of_span}, on-time row and corrections added"


def live_name(key: tuple[str, str, str]) -> str:
    """Of (commodity, area, meter_id)."""
    return f"{key[0]}, area {key[1]}, meter {key[2]}"


def live_group_name(key: tuple[str, str, str]) -> str:
    """Of (group, commodity, name)."""
    return f"{key[1]}, {key[0]} {key[2]}"


def largest_name(key: tuple[str, str]) -> str:
    """Of (commodity, measure)."""
    return f"{key[0]}, the largest by {key[1]}"


def fact_name(key: tuple[str, int]) -> str:
    """Of (subject, at_ms)."""
    return f"feeder {key[0]}, as of {time_text(key[1])}"


def feeder_minute_name(key: tuple[str, int]) -> str:
    """Of (feeder, at_ms)."""
    return f"feeder {key[0]}, minute to {time_text(key[1])}"


def hour_name(key: tuple[str, int]) -> str:
    """Of (meter_id, at_ms)."""
    return f"meter {key[0]}, hour to {time_text(key[1])}"


def alert_name(key: tuple[str, int]) -> str:
    """Of (id, version)."""
    return f"{key[0]}, version {key[1]}"


def record_name(key: tuple[Any, ...]) -> str:
    """Of (partition, offset)."""
    return f"partition {key[0]} offset {key[1]}"
