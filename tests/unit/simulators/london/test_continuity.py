"""Registers go on from what earlier replays recorded."""

from collections.abc import Sequence
from pathlib import Path

import orjson
import polars as pl
import pytest

from contracts.reading import MAX_REGISTER
from contracts.settings import Settings
from simulators.errors import FileError
from simulators.london.continuity import continued, recorded
from simulators.london.lcl import HALF_HOUR_MS, read_london
from simulators.network.corruption import CORRUPTIONS, corrupt
from simulators.sending.recorder import Record, Recorder

NEW_YEAR_MS = 1_356_998_400_000
HEADING = "LCLid,tstp,energy_kWh\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(namespace="lcl", data_dir=tmp_path)


def message(meter: str, half_hour: int, register: float) -> bytes:
    return orjson.dumps(
        {
            "meter_id": meter,
            "geohash": "gcpuy",
            "commodity": "electricity",
            "ts": NEW_YEAR_MS + half_hour * HALF_HOUR_MS,
            "seq": half_hour,
            "register": register,
            "demand": 1.0,
        }
    )


def record(
    settings: Settings, run: str, messages: Sequence[tuple[str | None, int, bytes | None]]
) -> None:
    """Meter, half-hour of arrival and value of each."""
    with Recorder(settings.recordings_dir / f"{run}-0.parquet") as recorder:
        records = [
            Record(0, NEW_YEAR_MS + at * HALF_HOUR_MS, key.encode() if key else None, value)
            for key, at, value in messages
        ]
        recorder.add(records, range(len(records)))


def readings(tmp_path: Path, *rows: tuple[str, int, float]) -> pl.DataFrame:
    """Of a file with the energy (kWh) of the half-hours that end so many half-hours after New
    Year."""
    path = tmp_path / "lcl.csv"
    lines = [
        f"{meter},2013-01-01 {(number - 1) // 2:02}:{(number - 1) % 2 * 30:02}:00,{kwh}\n"
        for meter, number, kwh in rows
    ]
    path.write_text(HEADING + "".join(lines))
    return read_london(path).readings


def registers(readings: pl.DataFrame) -> list[tuple[str, int]]:
    return readings.select("meter_id", pl.col("register_mwh") // 1_000).rows()


def test_another_files_register_goes_on_from_the_last_one(
    settings: Settings, tmp_path: Path
) -> None:
    record(settings, "1-lcl", [("A", 1, message("A", 1, 70.0)), ("C", 1, message("C", 1, 5.0))])
    record(
        settings,
        "2-lcl",
        [
            ("A", 2, message("A", 2, 100.5)),
            (None, 2, b'{"heartbeat":true}'),
            ("A", 9, message("A", 1, 70.0)),
        ],
    )
    file = readings(tmp_path, ("A", 3, 1), ("A", 4, 2), ("B", 3, 4))
    sent = recorded(settings, file["meter_id"].unique())
    assert sent.rows() == [("A", NEW_YEAR_MS + 2 * HALF_HOUR_MS, 100_500)]
    goes_on = continued(file, sent)
    assert goes_on.columns == file.columns
    assert registers(goes_on) == [("A", 1_100), ("A", 3_100), ("B", 4_000)]


def test_parts_of_the_same_file_keep_its_registers(settings: Settings, tmp_path: Path) -> None:
    file = readings(tmp_path, ("A", 1, 1), ("A", 2, 2), ("A", 4, 4))
    for sent_half_hour, register in ((1, 1_000), (2, 3_000), (4, 7_000)):
        record(
            settings,
            f"{sent_half_hour}-lcl",
            [("A", sent_half_hour, message("A", sent_half_hour, register))],
        )
        goes_on = continued(file, recorded(settings, file["meter_id"].unique()))
        assert registers(goes_on) == registers(file)


def test_a_file_that_begins_before_what_was_sent_meets_it_there(
    settings: Settings, tmp_path: Path
) -> None:
    record(settings, "1-lcl", [("A", 3, message("A", 3, 500.0))])
    file = readings(tmp_path, ("A", 1, 1), ("A", 2, 2), ("A", 4, 4))
    goes_on = continued(file, recorded(settings, file["meter_id"].unique()))
    assert registers(goes_on)[-1] == ("A", 4_500)


@pytest.mark.parametrize("corruption", range(len(CORRUPTIONS)), ids=list(CORRUPTIONS))
def test_a_mangled_message_is_passed_over(
    settings: Settings, tmp_path: Path, corruption: int
) -> None:
    mangled = corrupt(message("A", 2, 9_999.0), corruption)
    record(settings, "1-lcl", [("A", 1, message("A", 1, 100.0)), ("A", 2, mangled)])
    sent = recorded(settings, readings(tmp_path, ("A", 3, 1))["meter_id"])
    assert sent["ts"].item() >= NEW_YEAR_MS + HALF_HOUR_MS
    # What was mangled elsewhere still says the register of its time.
    assert sent.select("ts", "register_mwh").row(0) in (
        (NEW_YEAR_MS + HALF_HOUR_MS, 100_000),
        (NEW_YEAR_MS + 2 * HALF_HOUR_MS, 9_999_000),
    )


def test_recordings_of_others_are_not_read(settings: Settings, tmp_path: Path) -> None:
    file = readings(tmp_path, ("A", 3, 1))
    assert recorded(settings, file["meter_id"]).is_empty()
    record(settings, "1-sim", [("A", 1, message("A", 1, 70.0))])
    assert recorded(settings, file["meter_id"]).is_empty()
    assert continued(file, recorded(settings, file["meter_id"])).equals(file)


def test_a_register_that_grows_too_large_is_refused(settings: Settings, tmp_path: Path) -> None:
    record(settings, "1-lcl", [("A", 1, message("A", 1, float(MAX_REGISTER)))])
    file = readings(tmp_path, ("A", 3, 1))
    with pytest.raises(FileError, match="meter A adds up to more than 100000000000 Wh"):
        continued(file, recorded(settings, file["meter_id"]))
