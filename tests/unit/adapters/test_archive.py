"""A compaction keeps every row exactly once: for readers meanwhile, and wherever it is killed."""

import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rich.console import Console

from adapters.archive import compaction
from adapters.archive.compaction import Compaction, compact
from adapters.archive.errors import ArchiveError
from adapters.archive.merge import FILE_COLUMNS, SORT_KEY, merge
from adapters.archive.snapshot import hold, read, snapshot
from contracts.archive import MANIFEST
from contracts.settings import Settings
from tests.support.chance import examples
from verification.stores.archive import read_archive

DAYS = ("2013-01-01", "2013-01-02")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


def settings_of(folder: Path) -> Settings:
    """Settings whose archive is in a folder of its own."""
    return Settings(data_dir=folder, _env_file=None)  # type: ignore[call-arg]


def write_file(settings: Settings, day: str, name: str, offsets: range) -> Path:
    """A file as the cold job leaves it, with a reading for each offset."""
    rows: list[dict[str, Any]] = [
        {
            "meter_id": f"meter-{offset % 3}",
            "geohash": "gcpuy",
            "commodity": "gas",
            "ts": 1_000 - offset,
            "seq": offset,
            "register": offset / 1000,
            "demand": -0.001,
            "voltage_v": None,
            "arrival_ms": 2_000,
            "kafka_partition": 0,
            "kafka_offset": offset,
            "late": False,
        }
        for offset in offsets
    ]
    path = settings.archive_dir / f"event_date={day}" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, FILE_COLUMNS), path)
    return path


def write_archive(settings: Settings) -> None:
    """Two days of three files each, 60 rows; and what the cold job is still writing."""
    for number in range(6):
        offsets = range(10 * number, 10 * number + 10)
        write_file(settings, DAYS[number % 2], f"part-{number}", offsets)
    for name in (".part-9.inprogress.x", "_part-9"):
        write_file(settings, DAYS[0], name, range(1_000, 1_001))


def offsets_in(settings: Settings) -> list[int]:
    """Offsets of all rows that a reader finds."""
    return sorted(read_archive(settings)["kafka_offset"])


def compacted(settings: Settings, grace_ms: int = 3_600_000) -> Compaction:
    return compact(settings, Console(quiet=True), grace_ms)


def test_a_compaction_leaves_one_file_a_day_with_every_row(settings: Settings) -> None:
    write_archive(settings)
    before = read_archive(settings)

    assert compacted(settings) == Compaction(days=2, merged=6, rows=60, deleted=0)

    assert len(snapshot(settings)) == 2
    after = read_archive(settings)
    assert after.sort("kafka_offset").equals(before.sort("kafka_offset"))
    for path in snapshot(settings):
        rows = pl.read_parquet(path)
        assert rows.equals(rows.sort(SORT_KEY))


def test_a_file_without_the_newest_columns_is_read_and_merged(settings: Settings) -> None:
    for number in range(2):
        path = write_file(settings, DAYS[0], f"part-{number}", range(3 * number, 3 * number + 3))
        old = pq.read_table(path).drop_columns(["energy", "interval_ms", "revision", "quality"])
        pq.write_table(old, path)
    before = read_archive(settings).sort("kafka_offset")
    assert before.select("seq", "energy", "revision").rows()[0] == (0, None, None)

    compacted(settings)

    assert read_archive(settings).sort("kafka_offset").equals(before)


def test_what_comes_later_is_added_and_what_was_replaced_goes(settings: Settings) -> None:
    write_archive(settings)
    compacted(settings)
    write_file(settings, DAYS[1], "part-6", range(60, 70))
    assert offsets_in(settings) == list(range(70))

    assert compacted(settings, grace_ms=0) == Compaction(days=1, merged=2, rows=40, deleted=6)

    assert offsets_in(settings) == list(range(70))
    assert compacted(settings, grace_ms=0) == Compaction(days=0, merged=0, rows=0, deleted=2)
    visible = [path for path in settings.archive_dir.glob("*/[!._]*") if path.is_file()]
    assert sorted(visible) == snapshot(settings)
    assert offsets_in(settings) == list(range(70))
    assert len(list(settings.archive_dir.glob("*/[._]part-9*"))) == 2


def test_a_replaced_file_that_comes_back_is_not_counted_in_its_grace(settings: Settings) -> None:
    write_archive(settings)
    compacted(settings)
    write_file(settings, DAYS[0], "part-0", range(10))

    assert offsets_in(settings) == list(range(60))


def test_a_clock_that_was_fast_for_a_while_lets_nothing_be_counted_twice(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compact_at(minute: int) -> Compaction:
        monkeypatch.setattr(compaction, "_now_ms", lambda: minute * 60_000)
        return compacted(settings)

    write_archive(settings)
    compact_at(14 * 60)
    write_file(settings, DAYS[0], "part-6", range(60, 70))
    compact_at(12 * 60 + 30)

    assert compact_at(13 * 60 + 45).deleted == 5

    assert offsets_in(settings) == list(range(70))
    # The other day's files were replaced at the time that is still to come.
    assert compact_at(15 * 60).deleted == 3
    assert sorted(settings.archive_dir.glob("*/[!._]*")) == snapshot(settings)


def test_a_reader_that_loses_a_file_starts_over(settings: Settings) -> None:
    write_archive(settings)
    calls: list[int] = []

    def reader(paths: list[Path]) -> int:
        calls.append(len(paths))
        if len(calls) == 1:
            compacted(settings, grace_ms=0)
            compacted(settings, grace_ms=0)
        return sum(pq.read_table(path).num_rows for path in paths)

    assert read(settings, reader) == 60
    assert calls == [6, 2]


def test_a_held_snapshot_outlives_what_it_was_made_of(settings: Settings, tmp_path: Path) -> None:
    write_archive(settings)
    folder = tmp_path / "held"
    with hold(settings, folder, lambda day: day == DAYS[0]) as files:
        compacted(settings, grace_ms=0)
        compacted(settings, grace_ms=0)
        held = sorted(folder.glob("event_date=2013-01-01/*"))
        assert files == held and len(held) == 3
        assert sum(pq.read_table(path, partitioning=None).num_rows for path in held) == 30
    assert not folder.exists()


def test_a_second_compaction_at_the_same_time_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_archive(settings)

    def while_merging(sources: list[Path], target: Path) -> int:
        with pytest.raises(ArchiveError, match="another compaction"):
            compacted(settings)
        return merge(sources, target)

    monkeypatch.setattr(compaction, "merge", while_merging)
    assert compacted(settings).days == 2


def test_a_lost_manifest_is_noticed(settings: Settings) -> None:
    write_archive(settings)
    compacted(settings)
    (settings.archive_dir / MANIFEST).unlink()

    for action in (snapshot, compacted):
        with pytest.raises(ArchiveError, match="bring it back from a backup"):
            action(settings)


def test_an_archive_elsewhere_is_refused(tmp_path: Path) -> None:
    elsewhere = settings_of(tmp_path).model_copy(update={"archive_url": "s3://meters/archive"})

    with pytest.raises(ArchiveError, match="archive_url is s3://meters/archive"):
        compacted(elsewhere)


@pytest.mark.parametrize("rows_in_memory", [1, 25, 1_000])
def test_memory_does_not_change_what_is_merged(settings: Settings, rows_in_memory: int) -> None:
    write_archive(settings)
    target = settings.data_dir / "merged"

    assert merge(snapshot(settings), target, rows_in_memory) == 60
    rows = pl.read_parquet(target)
    assert rows.equals(rows.sort(SORT_KEY))
    assert sorted(rows["kafka_offset"]) == list(range(60))


def killed_compaction(folder: Path, steps: int) -> None:
    """Compact, and die (as of kill -9) before the n-th file that is opened, renamed or deleted."""
    left = steps

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in ("open", "os.rename", "os.remove") and str(folder) in str(arguments[0]):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    compacted(settings_of(folder), grace_ms=0)


def test_wherever_a_compaction_is_killed_every_row_is_there_once(settings: Settings) -> None:
    write_archive(settings)
    forkserver = multiprocessing.get_context("forkserver")
    forkserver.set_forkserver_preload([__name__])
    for steps in range(1_000):
        if steps % 3 == 0:
            # Some work for each attempt: a file more, while the others wait to be deleted.
            offset = len(offsets_in(settings))
            write_file(settings, DAYS[0], f"part-late-{steps}", range(offset, offset + 1))
        before = offsets_in(settings)
        process = forkserver.Process(target=killed_compaction, args=(settings.data_dir, steps))
        process.start()
        process.join()
        assert offsets_in(settings) == before == list(range(len(before)))
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
    assert steps > 10
    compacted(settings, grace_ms=0)
    assert sorted(settings.archive_dir.glob("*/[!._]*")) == snapshot(settings)
    assert not list(settings.archive_dir.glob("*/.compacting-*"))


@hypothesis_settings(
    max_examples=examples(30),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.sampled_from(["write", "compact", "compact and delete"]), max_size=12))
def test_in_any_order_every_row_is_there_once(
    tmp_path_factory: pytest.TempPathFactory, actions: list[str]
) -> None:
    settings = settings_of(tmp_path_factory.mktemp("archive"))
    for number, action in enumerate(actions):
        if action == "write":
            write_file(settings, DAYS[number % 2], f"part-{number}", range(number, number + 1))
        else:
            compacted(settings, grace_ms=0 if "delete" in action else 3_600_000)
        expected = [n for n, each in enumerate(actions[: number + 1]) if each == "write"]
        assert offsets_in(settings) == expected
