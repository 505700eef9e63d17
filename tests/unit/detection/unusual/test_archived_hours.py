"""Hours of archived readings, by hand: meters that read each half-hour on the half-hour."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.archive.merge import FILE_COLUMNS
from contracts.settings import PROJECT, Settings
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from detection.unusual.archived_hours import newest_ms, of_archive
from detection.unusual.frames import of_half_hours
from simulators.london.lcl import read_london

MIDNIGHT_MS = 1_356_998_400_000
EXTRACT = PROJECT / "simulators" / "data" / "lcl_extract.csv.gz"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, _env_file=None)  # type: ignore[call-arg]


class Archive:
    """Rows as the cold job writes them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rows: list[dict[str, Any]] = []

    def add(self, minute: float, register_wh: float, **said: object) -> "Archive":
        """A reading so many minutes after midnight; it is numbered by its place in time."""
        self._rows.append(
            dict.fromkeys(FILE_COLUMNS.names)
            | {
                "meter_id": "m",
                "geohash": "gcpuy",
                "commodity": "electricity",
                "ts": MIDNIGHT_MS + round(minute * MINUTE_MS),
                "seq": None,
                "register": register_wh,
                "revision": 0,
                "arrival_ms": 0,
                "kafka_partition": 0,
                "kafka_offset": len(self._rows),
                "late": False,
            }
            | said
        )
        return self

    def hours(self) -> list[tuple[str, int, int, bool]]:
        """Meter, hour since midnight, energy and whether it is complete, in their order."""
        times = sorted({(row["meter_id"], row["ts"]) for row in self._rows})
        for row in self._rows:
            if row["seq"] is None:
                row["seq"] = times.index((row["meter_id"], row["ts"]))
        for day in {row["ts"] // DAY_MS for row in self._rows}:
            name = f"event_date={datetime.fromtimestamp(day * DAY_MS / 1_000, UTC):%Y-%m-%d}"
            folder = self._settings.archive_dir / name
            folder.mkdir(parents=True)
            rows = [row for row in self._rows if row["ts"] // DAY_MS == day]
            pq.write_table(pa.Table.from_pylist(rows, FILE_COLUMNS), folder / "part-0")
        frame = of_archive(self._settings).sort("meter_id", "hour_ms")
        hour = (pl.col("hour_ms") - MIDNIGHT_MS) // HOUR_MS
        return frame.with_columns(hour_ms=hour).rows()


@pytest.fixture
def archive(settings: Settings) -> Archive:
    return Archive(settings)


def test_a_step_counts_in_the_hour_in_which_it_ends(archive: Archive) -> None:
    archive.add(0, 1_000).add(30, 1_100.001).add(60, 1_150).add(90, 1_151).add(120, 1_152)

    assert archive.hours() == [("m", 0, 150_000, True), ("m", 1, 2_000, True)]


def test_steps_across_the_hour_cover_both(archive: Archive) -> None:
    for minute in range(-10, 140, 20):
        archive.add(minute, 1_000 + minute)

    # Readings at 10, 30, 50 past; the last is at 130.
    assert archive.hours() == [
        ("m", -1, 0, False),
        ("m", 0, 60_000, True),
        ("m", 1, 60_000, True),
        ("m", 2, 20_000, False),
    ]


def test_a_gap_leaves_hours_incomplete(archive: Archive) -> None:
    for minute in (0, 30, 60, 150, 180, 210, 240):
        archive.add(minute, minute)

    assert [(hour, done) for _, hour, _, done in archive.hours()] == [
        (0, True),
        (2, False),
        (3, True),
    ]


def test_a_reading_that_is_lost_within_an_hour_costs_nothing(archive: Archive) -> None:
    for minute in (*range(0, 25, 5), *range(60, 125, 5)):
        archive.add(minute, minute, seq=minute // 5)

    assert archive.hours() == [("m", 0, 60_000, True), ("m", 1, 60_000, True)]


def test_one_that_is_lost_at_its_edge_leaves_both_incomplete(archive: Archive) -> None:
    for minute in (0, 20, 40, 80, 100, 120):
        archive.add(minute, minute, seq=minute // 20)

    assert archive.hours() == [("m", 0, 40_000, False), ("m", 1, 80_000, False)]


def test_unless_the_next_one_is_near(archive: Archive) -> None:
    for minute in (0, 58, 63, 117, 123):
        archive.add(minute, minute, seq=minute)

    assert archive.hours() == [
        ("m", 0, 58_000, True),
        ("m", 1, 59_000, False),
        ("m", 2, 6_000, False),
    ]


def test_numbers_that_wrap_or_begin_again_are_none_that_are_lost(archive: Archive) -> None:
    for minute, seq in (
        (10, 65_534),
        (50, 65_535),
        (70, 0),
        (110, 1),
        (130, 0),
        (170, 1),
        (190, 3),
    ):
        archive.add(minute, minute, seq=seq)

    # Of 3 it is not known whether 2 was lost.
    assert archive.hours() == [
        ("m", 0, 40_000, False),
        ("m", 1, 60_000, True),
        ("m", 2, 60_000, False),
        ("m", 3, 20_000, False),
    ]


def test_more_than_a_home_can_use_is_no_hour(archive: Archive) -> None:
    archive.add(0, 0).add(60, 2_147_483.647).add(120, 2 * 2_147_483.647 + 0.001)

    assert [done for *_, done in archive.hours()] == [True, False]


def test_a_register_that_falls_leaves_its_hour_incomplete(archive: Archive) -> None:
    for minute, register in ((0, 500), (30, 510), (60, 3), (90, 5), (120, 9)):
        archive.add(minute, register)

    assert archive.hours() == [("m", 0, 10_000, False), ("m", 1, 6_000, True)]


def test_what_is_wrong_within_an_hour_costs_nothing(archive: Archive) -> None:
    for minute, register in ((0, 100), (15, 140), (30, 100), (45, 160), (60, 160), (120, 163)):
        archive.add(minute, register)

    assert archive.hours() == [("m", 0, 60_000, True), ("m", 1, 3_000, True)]


@pytest.mark.parametrize("wrong", [99.999, 160.001])
def test_unless_it_is_below_the_beginning_or_above_the_end(archive: Archive, wrong: float) -> None:
    for minute, register in ((0, 100), (15, 110), (30, wrong), (45, 120), (60, 160), (120, 163)):
        archive.add(minute, register)

    assert [done for *_, done in archive.hours()] == [False, True]


def test_the_later_word_on_a_reading_counts(archive: Archive) -> None:
    archive.add(0, 0).add(30, 999).add(60, 30).add(30, 10)
    archive.add(90, 40).add(90, 31, revision=1).add(120, 60)

    assert archive.hours() == [("m", 0, 30_000, True), ("m", 1, 30_000, True)]


def test_days_follow_each_other(archive: Archive) -> None:
    for minute in range(0, 2 * 24 * 60 + 1, 30):
        archive.add(minute, minute)

    assert archive.hours() == [("m", hour, 60_000, True) for hour in range(48)]


def test_a_day_without_a_reading_is_no_hour(archive: Archive) -> None:
    for minute in (0, 30, 60, 2 * 24 * 60, 2 * 24 * 60 + 30, 2 * 24 * 60 + 60):
        archive.add(minute, minute)

    assert archive.hours() == [
        ("m", 0, 60_000, True),
        ("m", 47, 47 * 60_000, False),
        ("m", 48, 60_000, True),
    ]


def test_energies_of_intervals_are_added_with_their_revisions(archive: Archive) -> None:
    interval = {"interval_ms": 30 * MINUTE_MS}
    archive.add(0, 0, energy=3.0, **interval)
    archive.add(30, 0, energy=5.0, **interval).add(60, 0, energy=7.0, **interval)
    archive.add(30, 0, energy=-1.5, revision=1, **interval)
    archive.add(90, 0, energy=4.0, **interval)

    assert archive.hours() == [
        ("m", -1, 3_000, False),
        ("m", 0, 10_500, True),
        ("m", 1, 4_000, False),
    ]


def test_an_interval_that_is_missing_leaves_its_hour_incomplete(archive: Archive) -> None:
    for minute in (0, 10, 20, 40, 50, 60, 70, 80, 90, 100, 110, 120):
        archive.add(minute, 0, energy=1.0, seq=minute // 10)
    # It came as a revision alone, which is a difference to what nobody knows.
    archive.add(30, 0, energy=1.0, seq=3, revision=1)

    assert archive.hours()[1:] == [("m", 0, 6_000, False), ("m", 1, 6_000, True)]


def test_only_registers_of_electricity_that_was_used(archive: Archive) -> None:
    for minute in (0, 30, 60):
        archive.add(minute, minute, meter_id="m:export").add(minute, minute, commodity="gas")

    assert archive.hours() == []


def test_the_archive_of_a_file_has_the_hours_of_the_file(settings: Settings) -> None:
    readings = read_london(EXTRACT).readings
    home = readings["meter_id"][0]
    readings = readings.filter(pl.col("meter_id") == home)
    archive = Archive(settings)
    for ts, register_mwh in readings.select("ts", "register_mwh").iter_rows():
        minute = (ts - MIDNIGHT_MS) // MINUTE_MS
        archive.add(minute, register_mwh / 1_000, meter_id=home, seq=minute // 30)
    archive.hours()
    halves = readings.select("meter_id", "ts", energy_mwh=pl.col("demand_mw") // 2)

    found = of_archive(settings).filter("complete").sort("hour_ms")
    expected = of_half_hours(halves).filter("complete").sort("hour_ms")

    # A register tells nothing before its first reading, in the middle of the first hour.
    assert found.height == expected.height - 1
    assert found.rows() == expected.rows()[1:]


def test_the_newest_reading(settings: Settings, archive: Archive) -> None:
    assert newest_ms(settings) is None

    archive.add(0, 0).add(24 * 60 + 7, 1).hours()

    assert newest_ms(settings) == MIDNIGHT_MS + DAY_MS + 7 * MINUTE_MS
