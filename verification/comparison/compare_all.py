"""Each store against what must be in it."""

from collections.abc import Mapping

from contracts.history import bucket_of
from contracts.live import GROUPS, Group
from contracts.reading import AREA_LENGTH
from contracts.time import HOUR_MS
from verification.comparison.alerts import compare_alerts
from verification.comparison.compare import (
    Comparison,
    compare_frames,
    compare_repeated,
    compare_rows,
)
from verification.comparison.facts import compare_facts, compare_judged
from verification.comparison.live import compare_live
from verification.comparison.names import (
    area_minute_name,
    day_text,
    feeder_minute_name,
    hour_name,
    largest_name,
    live_group_name,
    merged_name,
    merged_period_name,
    minute_name,
    period_name,
    record_name,
)
from verification.oracle.expected import Expected
from verification.oracle.merged import merged_rows
from verification.rows import (
    AreaMinute,
    AreaMinuteKey,
    LiveGroupKey,
    LiveGroupTotal,
    Minute,
    MinuteKey,
)
from verification.stores.read_back import Found


def judge(expected: Expected, found: Found) -> list[Comparison]:
    """One comparison per store, and one of the minutes and periods with their
    corrections added."""
    minutes = merged_rows({key[-4:]: row for key, row in found.minutes_by_meter.items()})
    periods = merged_rows({key[-4:]: row for key, row in found.periods_by_meter.items()})
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
            {key: row for key, row in minutes.items() if key in expected.merged},
            merged_name,
        ),
        compare_rows(
            "periods by meter", _by_day(expected.periods), found.periods_by_meter, period_name
        ),
        compare_rows(
            "periods, corrections added",
            expected.merged_periods,
            {key: row for key, row in periods.items() if key in expected.merged_periods},
            merged_period_name,
        ),
        compare_rows(
            "area minutes",
            _area_by_day(expected.area_minutes),
            found.area_minutes,
            area_minute_name,
        ),
        compare_live("live meters", expected, found.live),
        *(
            compare_rows(
                f"live {group}s",
                _of_group(expected.live_groups, group),
                _of_group(found.live_groups, group),
                live_group_name,
            )
            for group in GROUPS
        ),
        compare_rows("largest", expected.largest, found.largest, largest_name),
        compare_facts("facts", expected.facts, found.facts),
        compare_facts(
            "feeder minutes", expected.feeder_minutes, found.feeder_minutes, feeder_minute_name
        ),
        compare_facts("meter hours", expected.meter_hours, found.meter_hours, hour_name),
        compare_judged("judged hours", expected.judged_hours, found.judged_hours),
        compare_facts("feeder days", expected.feeder_days, found.feeder_days),
        compare_alerts("alerts", expected.alerts, expected.undecided, found.alerts),
        compare_repeated("rejects", expected.rejects, found.rejects, record_name),
        compare_frames(
            "archive",
            expected.archive,
            found.archive,
            ("kafka_partition", "kafka_offset"),
            record_name,
        ),
    ]


def _by_bucket(
    rows: Mapping[MinuteKey, Minute],
) -> dict[tuple[int, int, str, str, int, int], Minute]:
    return {
        (bucket_of(meter_id), minute - minute % HOUR_MS, meter_id, commodity, minute, at): row
        for (meter_id, commodity, minute, at), row in rows.items()
    }


def _by_area(rows: Mapping[MinuteKey, Minute]) -> dict[tuple[str, str, str, int, int], Minute]:
    return {(row.geohash[:AREA_LENGTH], *key): row for key, row in rows.items()}


def _by_day(
    rows: Mapping[MinuteKey, Minute],
) -> dict[tuple[int, str, str, str, int, int], Minute]:
    return {
        (bucket_of(meter_id), day_text(period), meter_id, commodity, period, at): row
        for (meter_id, commodity, period, at), row in rows.items()
    }


def _area_by_day(
    rows: Mapping[AreaMinuteKey, AreaMinute],
) -> dict[tuple[str, str, str, int], AreaMinute]:
    return {(day_text(key[2]), *key): row for key, row in rows.items()}


def _of_group(
    rows: Mapping[LiveGroupKey, LiveGroupTotal], group: Group
) -> dict[LiveGroupKey, LiveGroupTotal]:
    return {key: row for key, row in rows.items() if key[0] == group}
