"""Spans of time, and what a batch's files mean."""

from datetime import datetime
from pathlib import Path

import orjson
import polars as pl
import pytest

from contracts.history import bucket_of
from contracts.settings import Settings
from contracts.time import DAY_MS
from verification.comparison.names import area_minute_name
from verification.recompute.compare import Table, check_archived
from verification.recompute.computed import read_history, read_live
from verification.recompute.errors import RecomputeError
from verification.recompute.span import Span, SpanError, parse_span
from verification.rows import AreaMinute

MINUTE: dict[str, str | int | float] = {
    "meter_id": "m",
    "minute": DAY_MS,
    "corrected_at": 0,
    "geohash": "gcpuyj2k41vd",
    "commodity": "gas",
    **dict.fromkeys(("readings", "expected", "first_seq", "last_seq"), 1),
    **dict.fromkeys(("first_at", "last_at"), DAY_MS),
    **dict.fromkeys(("first_register", "last_register", "low_register", "high_register"), 0.1),
    **dict.fromkeys(("demand_sum", "demand_min", "demand_max"), -0.1),
}
LIVE: dict[str, str | int | float] = {
    "slice_end_ms": 5_000,
    "meters": 2,
    "readings": 3,
    "demand": 0.5,
}


def test_a_span_is_in_utc_and_touches_the_days_that_it_has_a_part_of() -> None:
    span = parse_span(datetime(1970, 1, 1, 23, 59), datetime(1970, 1, 3))

    assert span == Span(DAY_MS - 60_000, 2 * DAY_MS)
    days = ("1969-12-31", "1970-01-01", "1970-01-02", "1970-01-03")
    assert [span.touches(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("from_", "to", "message"),
    [
        (datetime(2013, 1, 2), datetime(2013, 1, 2), "--to is 2013-01-02"),
        (datetime(2013, 1, 2), datetime(2013, 1, 2, 0, 0, 30), "--to is .* whole minute"),
    ],
)
def test_a_span_that_is_none_is_refused(from_: datetime, to: datetime, message: str) -> None:
    with pytest.raises(SpanError, match=message):
        parse_span(from_, to)


@pytest.mark.parametrize(("end", "part"), [(5, Span(3, 5)), (9, Span(3, 8)), (1, Span(3, 3))])
def test_a_span_ends_where_the_stream_has_come_to(end: int, part: Span) -> None:
    assert Span(3, 8).until(end) == part
    assert bool(part) == (part.from_ms < part.to_ms)


def test_minutes_are_found_by_their_meters_hour_and_by_their_area(tmp_path: Path) -> None:
    write(tmp_path / "minute_rows", [MINUTE])

    history = read_history(tmp_path)

    assert list(history.minutes_by_meter) == [(bucket_of("m"), DAY_MS, "m", DAY_MS, 0)]
    assert list(history.minutes_by_area) == [("gcpuy", "m", DAY_MS, 0)]
    assert history.minutes_by_area["gcpuy", "m", DAY_MS, 0].demand_max == -0.1
    assert not history.area_minutes


def test_live_state_begins_with_the_slice_that_redis_compares(tmp_path: Path) -> None:
    write(tmp_path / "live_areas", [{"commodity": "gas", "area": "gcpuy", **LIVE}])

    live = read_live(tmp_path)

    assert live.areas == {"gas": {"gcpuy": orjson.dumps(LIVE)}}
    assert live.areas["gas"]["gcpuy"].startswith(b'{"slice_end_ms":5000,')
    assert not live.meters


def test_history_of_a_day_that_the_archive_lacks_is_not_repaired() -> None:
    key, row = ("day", "area", "commodity", "minute"), AreaMinute(1, 1, 0.5)
    found = {(f"1970-01-0{n + 1}", "gcpuy", "gas", n * DAY_MS): row for n in range(3)}
    table = Table("area_minutes", key, tuple, area_minute_name, {}, found)

    check_archived(Settings(), [table], {"1970-01-01", "1970-01-02", "1970-01-03"})
    with pytest.raises(RecomputeError, match=r"rows of 1970-01-02, 1970-01-03, and .* no file"):
        check_archived(Settings(), [table], {"1970-01-01"})


def write(folder: Path, rows: list[dict[str, str | int | float]]) -> None:
    """A file as a batch leaves it."""
    folder.mkdir()
    pl.DataFrame(rows).write_parquet(folder / "part-1")
