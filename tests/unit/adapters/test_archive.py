"""A compaction keeps every row exactly once: for readers meanwhile, and wherever it is killed."""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import obstore
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from obstore.store import ObjectStore
from pydantic import SecretStr
from rich.console import Console

from adapters.archive import bucket, compaction
from adapters.archive.compaction import Compaction, compact
from adapters.archive.errors import ArchiveError
from adapters.archive.location import opened
from adapters.archive.merge import FILE_COLUMNS, SORT_KEY, merge
from adapters.archive.snapshot import hold, read, snapshot
from contracts.archive import MANIFEST
from contracts.settings import Settings
from tests.support.chance import examples
from verification.stores.archive import read_archive

if TYPE_CHECKING:
    from obstore import GetResult, PutMode

DAYS = ("2013-01-01", "2013-01-02")
Patch = Callable[[Any, str, Any], None]
"""Puts something in the place of an attribute."""
UNFINISHED = (".part-9.inprogress.x", "_part-9")


@pytest.fixture
def settings(archived: Settings) -> Settings:
    return archived


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
    return write_table(settings, day, name, pa.Table.from_pylist(rows, FILE_COLUMNS))


def write_table(settings: Settings, day: str, name: str, table: pa.Table) -> Path:
    """A table as a file of a day, which whoever reads it has to fetch."""
    place = opened(settings)
    path = place.root / f"event_date={day}" / name
    path.parent.mkdir(parents=True, exist_ok=True)

    def write(unfinished: Path) -> int:
        pq.write_table(table, unfinished)
        return len(table)

    place.add(path, write)
    if settings.archive_url is not None:
        path.unlink()
    return path


def write_archive(settings: Settings) -> None:
    """Two days of three files each, 60 rows; and what the cold job is still writing."""
    for number in range(6):
        offsets = range(10 * number, 10 * number + 10)
        write_file(settings, DAYS[number % 2], f"part-{number}", offsets)
    for name in UNFINISHED:
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
        opened(settings).fetch([path])
        old = pq.read_table(path, partitioning=None)
        old = old.drop_columns(["energy", "interval_ms", "revision", "quality"])
        opened(settings).delete([path])
        write_table(settings, DAYS[0], path.name, old)
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
    assert opened(settings).finished() == snapshot(settings)
    assert offsets_in(settings) == list(range(70))
    unfinished = [opened(settings).root / f"event_date={DAYS[0]}" / each for each in UNFINISHED]
    opened(settings).fetch(unfinished)
    assert all(path.exists() for path in unfinished)


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
    assert opened(settings).finished() == snapshot(settings)


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


def test_a_second_compaction_on_the_same_disk_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path)
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
    place = opened(settings)
    place.delete([place.root / MANIFEST])

    for action in (snapshot, compacted):
        with pytest.raises(ArchiveError, match="bring it back from a backup"):
            action(settings)


def test_an_archive_elsewhere_is_refused(tmp_path: Path) -> None:
    elsewhere = settings_of(tmp_path).model_copy(update={"archive_url": "hdfs://meters/archive"})

    with pytest.raises(ArchiveError, match="archive_url is hdfs://meters/archive"):
        compacted(elsewhere)


@pytest.mark.parametrize("rows_in_memory", [1, 25, 1_000])
def test_memory_does_not_change_what_is_merged(settings: Settings, rows_in_memory: int) -> None:
    write_archive(settings)
    target = settings.data_dir / "merged"
    files = read(settings, list)

    assert merge(files, target, rows_in_memory) == 60
    rows = pl.read_parquet(target)
    assert rows.equals(rows.sort(SORT_KEY))
    assert sorted(rows["kafka_offset"]) == list(range(60))


def killed_compaction(settings: Settings, steps: int) -> None:
    """Compact, and die (as of kill -9) before the n-th file of the archive that is opened, renamed
    or deleted, or before the n-th request."""
    left = steps

    def count() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        its = str(settings.archive_dir) in str(arguments[:1])
        if event in ("open", "os.rename", "os.remove") and its:
            count()

    if settings.archive_url is None:
        sys.addaudithook(heard)
    else:
        before_each_request(count)
    compacted(settings, grace_ms=0)


def before_each_request(told: Callable[[], None], patch: Patch = setattr) -> None:
    """Have something done before each request to S3."""

    def telling(request: Callable[..., Any]) -> Callable[..., Any]:
        def tell(*arguments: object, **options: object) -> object:
            told()
            return request(*arguments, **options)

        return tell

    asking = SimpleNamespace(
        **{name: telling(getattr(obstore, name)) for name in ("get", "put", "list", "delete")}
    )
    patch(bucket, "obstore", asking)


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
        process = forkserver.Process(target=killed_compaction, args=(settings, steps))
        process.start()
        process.join()
        assert offsets_in(settings) == before == list(range(len(before)))
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
    assert steps > 10
    compacted(settings, grace_ms=0)
    assert opened(settings).finished() == snapshot(settings)
    assert not list(settings.archive_dir.glob("*/.compacting-*"))


def test_wherever_another_compaction_begins_every_row_is_there_once(
    on_s3: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_archive(on_s3)
    gave_up = 0
    for steps in range(1_000):
        offset = len(offsets_in(on_s3))
        write_file(on_s3, DAYS[0], f"part-late-{steps}", range(offset, offset + 1))
        left = steps

        def begin_another() -> None:
            nonlocal left
            left -= 1
            if left == -1:
                # Deletes what nobody has named.
                compacted(on_s3, grace_ms=0)

        with monkeypatch.context() as patched:
            before_each_request(begin_another, patched.setattr)
            try:
                compacted(on_s3, grace_ms=0)
            except ArchiveError as error:
                assert "another compaction" in str(error)
                gave_up += 1
        assert offsets_in(on_s3) == list(range(offset + 1))
        if left >= 0:
            break
    assert gave_up > 5
    compacted(on_s3, grace_ms=0)
    compacted(on_s3, grace_ms=0)
    assert opened(on_s3).finished() == snapshot(on_s3)


def test_a_change_whose_answer_was_lost_is_one(
    on_s3: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_archive(on_s3)

    def put(store: ObjectStore, name: str, content: bytes, mode: "PutMode" = "overwrite") -> None:
        for _ in range(2):
            obstore.put(store, name, content, mode=mode)

    functions = {name: getattr(obstore, name) for name in ("get", "list", "delete")}
    monkeypatch.setattr(bucket, "obstore", SimpleNamespace(put=put, **functions))

    assert compacted(on_s3) == Compaction(days=2, merged=6, rows=60, deleted=0)
    assert offsets_in(on_s3) == list(range(60))


def test_what_was_read_is_not_downloaded_again_until_it_was_left_for_a_day(
    on_s3: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_archive(on_s3)
    monkeypatch.setattr(bucket, "obstore", counting := Counting())
    assert offsets_in(on_s3) == list(range(60))
    assert counting.got == 6

    assert offsets_in(on_s3) == list(range(60))
    assert counting.got == 6

    first, *others = snapshot(on_s3)
    left_s = time.time() - bucket.KEPT_S - 60
    for path in others:
        os.utime(path, (left_s, left_s))
    read(on_s3, len, lambda day: day == DAYS[0])
    assert [path.exists() for path in others] == [True, True, False, False, False]
    assert first.exists()
    assert offsets_in(on_s3) == list(range(60))
    assert counting.got == 9


class Counting:
    """S3's requests, of which downloads of Parquet files are counted."""

    put, list, delete = obstore.put, obstore.list, obstore.delete
    got = 0

    def get(self, store: ObjectStore, name: str) -> "GetResult":
        self.got += name.startswith("event_date=")
        return obstore.get(store, name)


def test_who_has_a_wrong_key_is_told_and_no_key_is(on_s3: Settings) -> None:
    wrong = on_s3.s3.model_copy(update={"secret_key": SecretStr("wrong-secret")})

    with pytest.raises(ArchiveError) as refused:
        snapshot(on_s3.model_copy(update={"s3": wrong}))

    assert str(on_s3.archive_url) in str(refused.value)
    assert "privileges" in str(refused.value)
    assert "wrong-secret" not in str(refused.value)


def test_an_archive_is_erased_whole_and_no_other(settings: Settings) -> None:
    write_archive(settings)
    other = settings.model_copy(update={"namespace": f"{settings.namespace}_2"})
    write_archive(other)
    compacted(settings)

    opened(settings).erase()

    assert snapshot(settings) == []
    assert not opened(settings).is_there()
    assert offsets_in(other) == list(range(60))


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
