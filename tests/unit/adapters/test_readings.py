"""Readings of the archive up to some offsets."""

from datetime import date
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from adapters.archive.compaction import compact
from adapters.archive.frozen import frozen
from adapters.archive.readings import Readings
from adapters.sql.asked import asked
from contracts.settings import Settings
from tests.unit.adapters.test_archive import DAYS, settings_of, write_archive

DAY = date(2013, 7, 1)
BEGIN_MS = 1_372_636_800_000


@pytest.fixture
def archive(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


def write(settings: Settings, name: str, words: list[tuple[str, int, int, int]]) -> None:
    """Words of a day: meter, partition, offset, Wh."""
    folder = settings.archive_dir / f"event_date={DAY}"
    folder.mkdir(parents=True, exist_ok=True)
    meters, partitions, offsets, registers = zip(*words, strict=True)
    pl.DataFrame(
        {
            "meter_id": meters,
            "commodity": "electricity",
            "ts": [BEGIN_MS + offset * 1_000 for offset in offsets],
            "seq": offsets,
            "register": [float(each) for each in registers],
            "revision": 0,
            "kafka_partition": pl.Series(partitions, dtype=pl.Int32),
            "kafka_offset": offsets,
        }
    ).write_parquet(folder / name)


def said(its: Readings) -> list[tuple[str, float]]:
    return sorted(its.readings([DAY]).select("meter_id", "register").iter_rows())


def test_a_vector_of_offsets_cuts_each_partition(archive: Settings) -> None:
    write(archive, "part-1", [("a", 0, 1, 10), ("a", 0, 2, 20), ("b", 1, 7, 70), ("c", 2, 0, 1)])

    assert said(Readings(archive, (2, 8))) == [("a", 10.0), ("b", 70.0)]
    assert said(Readings(archive, (3, 0, 1))) == [("a", 10.0), ("a", 20.0), ("c", 1.0)]
    assert said(Readings(archive, ())) == []


def test_how_a_reading_is_known_is_read_and_old_files_do_not_say(archive: Settings) -> None:
    write(archive, "part-1", [("a", 0, 1, 10)])
    write(archive, "part-2", [("a", 0, 2, 20)])
    newer = archive.archive_dir / f"event_date={DAY}" / "part-2"
    pl.read_parquet(newer).with_columns(quality=pl.lit("estimated")).write_parquet(newer)

    found = Readings(archive, (10,)).readings([DAY]).sort("kafka_offset")

    assert found["quality"].to_list() == [None, "estimated"]
    assert found["revision"].to_list() == [0, 0]


def test_groups_of_rows_without_a_meter_are_not_read(archive: Settings) -> None:
    write(archive, "part-1", [(each, 0, n, n) for n, each in enumerate("abbcdd")])
    path = archive.archive_dir / f"event_date={DAY}" / "part-1"
    pl.read_parquet(path).write_parquet(path, row_group_size=2)
    groups = pq.read_metadata(path)
    assert groups.num_row_groups == 3
    content = bytearray(path.read_bytes())
    for number in (0, 2):
        for column in range(groups.num_columns):
            its = groups.row_group(number).column(column)
            begin = its.dictionary_page_offset or its.data_page_offset
            content[begin : begin + its.total_compressed_size] = bytes(its.total_compressed_size)
    path.write_bytes(content)
    readings = Readings(archive, (10,))

    # Of the three groups the second has them.
    assert readings.readings([DAY], {"bb", "c"})["register"].to_list() == [3.0]
    with pytest.raises(pl.exceptions.ComputeError):
        readings.readings([DAY], {"a"})


def test_meters_are_told_once_and_chosen(archive: Settings) -> None:
    write(archive, "part-1", [("a", 0, 1, 10), ("a", 0, 2, 20), ("b", 1, 7, 70)])
    its = Readings(archive, (10, 10))

    assert its.days == (DAY,)
    assert sorted(its.meters([DAY]).iter_rows()) == [("a", "electricity"), ("b", "electricity")]
    assert its.readings([DAY], {"b"})["register"].to_list() == [70.0]
    assert its.readings([date(2013, 7, 2)]).is_empty()
    assert its.meters([date(2013, 7, 2)]).is_empty()


def test_a_compaction_and_later_readings_change_nothing(archived: Settings) -> None:
    write_archive(archived)
    its = Readings(archived, (40,))
    days = [date.fromisoformat(day) for day in DAYS]

    def registers() -> list[float]:
        found = Readings(archived, (40,)).readings(days)
        return sorted(found["register"].to_list())

    before = registers()
    compact(archived, Console(quiet=True), grace_ms=0)

    assert [f"{day}" for day in its.days] == list(DAYS)
    assert registers() == before == [offset / 1000 for offset in range(40)]
    now = frozen(archived)
    assert len(now.readings(days)) == 60
    assert now.newest_ms() == 990
    with asked(archived, "SELECT count(*), max(kafka_offset) FROM archive.messages") as answer:
        assert list(answer.rows()) == [(60, 59)]
