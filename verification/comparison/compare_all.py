"""Each store against what must be in it."""

from collections.abc import Mapping

from contracts.history import bucket_of
from contracts.reading import AREA_LENGTH
from contracts.time import HOUR_MS
from verification.comparison.compare import (
    Comparison,
    compare_frames,
    compare_rejects,
    compare_rows,
)
from verification.comparison.names import (
    area_minute_name,
    day_text,
    live_area_name,
    live_name,
    merged_name,
    minute_name,
    record_name,
)
from verification.oracle.expected import Expected
from verification.oracle.merged import merged_rows
from verification.rows import AreaMinute, AreaMinuteKey, Minute, MinuteKey
from verification.stores.read_back import Found


def judge(expected: Expected, found: Found) -> list[Comparison]:
    """One comparison per store, and one of the minutes with their corrections added."""
    merged = merged_rows({key[-3:]: row for key, row in found.minutes_by_meter.items()})
    return [
        compare_rows(
            "minutes by meter", _by_bucket(expected.minutes), found.minutes_by_meter, minute_name
        ),
        compare_rows(
            "minutes by area", _by_area(expected.minutes), found.minutes_by_area, minute_name
        ),
        compare_rows(
            "minutes, corrections added",
            expected.merged,
            # What must not be there at all has been told of by the minutes themselves.
            {key: row for key, row in merged.items() if key in expected.merged},
            merged_name,
        ),
        compare_rows(
            "area minutes",
            _area_by_day(expected.area_minutes),
            found.area_minutes,
            area_minute_name,
        ),
        compare_rows("live meters", expected.live, found.live, live_name),
        compare_rows("live areas", expected.live_areas, found.live_areas, live_area_name),
        compare_rejects("rejects", expected.rejects, found.rejects, record_name),
        compare_frames(
            "archive",
            expected.archive,
            found.archive,
            ("kafka_partition", "kafka_offset"),
            record_name,
        ),
    ]


def _by_bucket(rows: Mapping[MinuteKey, Minute]) -> dict[tuple[int, int, str, int, int], Minute]:
    return {(bucket_of(key[0]), key[1] - key[1] % HOUR_MS, *key): row for key, row in rows.items()}


def _by_area(rows: Mapping[MinuteKey, Minute]) -> dict[tuple[str, str, int, int], Minute]:
    return {(row.geohash[:AREA_LENGTH], *key): row for key, row in rows.items()}


def _area_by_day(
    rows: Mapping[AreaMinuteKey, AreaMinute],
) -> dict[tuple[str, str, str, int], AreaMinute]:
    return {(day_text(key[2]), *key): row for key, row in rows.items()}
