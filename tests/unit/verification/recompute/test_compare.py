"""Spans of time, and what a batch's files mean."""

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from contracts.history import bucket_of
from contracts.settings import Settings
from contracts.time import DAY_MS
from verification.comparison.names import minute_name
from verification.recompute.compare import Table, check_archived, needed
from verification.recompute.computed import read_history
from verification.recompute.errors import RecomputeError
from verification.recompute.span import Span, SpanError, parse_span
from verification.rows import Minute

MINUTE: dict[str, str | int | float | None] = {
    "meter_id": "m",
    "minute": DAY_MS,
    "corrected_at": 0,
    "geohash": "gcpuyj2k41vd",
    "commodity": "gas",
    **dict.fromkeys(("readings", "expected", "first_seq", "last_seq"), 1),
    **dict.fromkeys(("first_at", "last_at"), DAY_MS),
    **dict.fromkeys(("first_register", "last_register", "low_register", "high_register"), 0.1),
    **dict.fromkeys(("demands", "estimated"), 1),
    **dict.fromkeys(("demand_sum", "demand_min", "demand_max"), -0.1),
    "energy": None,
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


def test_a_span_of_whole_windows_has_all_of_it() -> None:
    assert Span(61, 119).in_whole(60) == Span(60, 120)
    assert Span(60, 120).in_whole(60) == Span(60, 120)


def test_a_minute_may_be_missing_only_where_its_period_says_the_same() -> None:
    row = Minute._make(MINUTE[name] for name in Minute._fields)
    other = row._replace(readings=2)
    period_ms = 1_800_000
    alone, late = ("gcpuy", "m", "gas", DAY_MS + 60_000, 0), ("gcpuy", "m", "gas", DAY_MS, 60_000)
    minutes = {alone: row, late: row}

    periods = {("m", "gas", DAY_MS, 0): row, ("m", "gas", DAY_MS, 60_000): other}
    assert needed(minutes, {}, periods, period_ms) == {late: row}
    assert needed(minutes, {alone}, periods, period_ms) == minutes
    assert needed(minutes, {}, {}, period_ms) == minutes


def test_minutes_are_found_by_their_meters_hour_and_by_their_area(tmp_path: Path) -> None:
    write(tmp_path / "minute_rows", [MINUTE, {**MINUTE, "commodity": "water", "energy": 0.5}])

    period = {name: value for name, value in MINUTE.items() if name != "minute"}
    write(tmp_path / "period_rows", [{**period, "period": DAY_MS + 1_800_000}])

    history = read_history(tmp_path)

    bucket = bucket_of("m")
    (key,) = history.periods_by_meter
    assert key == (bucket, "1970-01-02", "m", "gas", DAY_MS + 1_800_000, 0)
    assert list(history.minutes_by_meter) == [
        (bucket, DAY_MS, "m", commodity, DAY_MS, 0) for commodity in ("gas", "water")
    ]
    assert list(history.minutes_by_area) == [
        ("gcpuy", "m", commodity, DAY_MS, 0) for commodity in ("gas", "water")
    ]
    assert history.minutes_by_area["gcpuy", "m", "gas", DAY_MS, 0].demand_max == -0.1
    assert history.minutes_by_area["gcpuy", "m", "gas", DAY_MS, 0].energy is None
    assert history.minutes_by_area["gcpuy", "m", "water", DAY_MS, 0].energy == 0.5


def test_history_of_a_day_that_the_archive_lacks_is_not_repaired() -> None:
    key = ("area", "meter_id", "commodity", "minute", "corrected_at")
    row = Minute._make(MINUTE[name] for name in Minute._fields)
    found = {("gcpuy", "m", "gas", n * DAY_MS, 0): row for n in range(3)}
    table = Table("minutes_by_area", key, tuple, minute_name, {}, found)

    check_archived(Settings(), [table], {"1970-01-01", "1970-01-02", "1970-01-03"})
    with pytest.raises(RecomputeError, match=r"rows of 1970-01-02, 1970-01-03, and .* no file"):
        check_archived(Settings(), [table], {"1970-01-01"})


def write(folder: Path, rows: list[dict[str, str | int | float | None]]) -> None:
    """A file as a batch leaves it."""
    folder.mkdir()
    pl.DataFrame(rows).write_parquet(folder / "part-1")
