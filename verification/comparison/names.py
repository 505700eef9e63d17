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
    """Of (area, or bucket and hour; meter_id, minute, corrected_at)."""
    *derived, meter_id, minute, corrected_at = key
    kind = f"correction of {time_text(corrected_at)}" if corrected_at else "on-time row"
    partition = derived[0] if len(derived) == 1 else f"bucket {derived[0]}, {time_text(derived[1])}"
    return f"meter {meter_id}, minute {time_text(minute)}, {kind} (in {partition})"


def area_minute_name(key: tuple[str, str, str, int]) -> str:
    """Of (day, area, commodity, minute)."""
    day, area, commodity, minute = key
    return f"area {area}, {commodity}, minute {time_text(minute)} (in {day})"


def merged_name(key: tuple[str, int]) -> str:
    """Of (meter_id, minute)."""
    return f"meter {key[0]}, minute {time_text(key[1])}, on-time row and corrections added"


def live_name(key: tuple[str, str]) -> str:
    """Of (area, meter_id)."""
    return f"area {key[0]}, meter {key[1]}"


def live_area_name(key: tuple[str, str]) -> str:
    """Of (commodity, area)."""
    return f"{key[0]}, area {key[1]}"


def record_name(key: tuple[Any, ...]) -> str:
    """Of (partition, offset)."""
    return f"partition {key[0]} offset {key[1]}"
