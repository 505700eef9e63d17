"""`wattstream compact`: the cold job's small files into one file per day.

Each step leaves the archive whole (docs/decisions/0006-a-manifest-says-what-counts.md): the merged
file is nothing to any reader until the manifest names it, and from then on what it replaces is
nothing. A compaction that is killed leaves at most a file that no manifest names, which the next
one deletes.
"""

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import Progress

from adapters.archive.errors import ArchiveError
from adapters.archive.location import opened
from adapters.archive.merge import merge
from adapters.archive.place import Place
from adapters.archive.snapshot import day_of, parse_manifest, snapshot_of
from contracts.archive import COMPACTED_PREFIX, Compacted, Manifest
from contracts.settings import Settings
from contracts.time import HOUR_MS

GRACE_MS = HOUR_MS
"""How long replaced files stay for readers that began before; the default."""


@dataclass(frozen=True)
class Compaction:
    """What a compaction did."""

    days: int
    """Days whose files were merged."""
    merged: int
    """Files that were merged."""
    rows: int
    """Rows in the merged files."""
    deleted: int
    """Files deleted that were replaced earlier."""


def compact(settings: Settings, console: Console, grace_ms: int = GRACE_MS) -> Compaction:
    """Merge the finished files of each day into one, and delete what was replaced `grace_ms` ago.

    The cold job may write and readers may read meanwhile.

    Raises:
        ArchiveError: another compaction is at work, or the archive is not on this machine.
    """
    place = opened(settings)
    if not place.is_there():
        return Compaction(0, 0, 0, 0)
    refusal = ArchiveError(f"another compaction of {place} is at work; try again when it is done")
    with place.alone(refusal):
        snapshot_of(place)
        archive = _Archive(place)
        archive.delete_unfinished()
        deleted = archive.delete_replaced(_now_ms() - grace_ms)
        days = [
            files
            for files in (list(each) for _, each in groupby(snapshot_of(place), day_of))
            if len(files) > 1
        ]
        rows = 0
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("compacting", total=len(days))
            for files in days:
                progress.update(task, description=f"compacting {day_of(files[0])}")
                rows += archive.compact_day(files)
                progress.advance(task)
    return Compaction(len(days), sum(map(len, days)), rows, deleted)


class _Archive:
    """An archive while it is compacted, and what its manifest says by now."""

    def __init__(self, place: Place) -> None:
        self._place, self._id = place, str(uuid.uuid4())
        self._text = place.manifest()
        self._files = parse_manifest(place, self._text).files
        # No compacted file without a manifest: one that is lost is noticed. And whoever began
        # before names no file from here on.
        self._change(self._files)

    def compact_day(self, files: list[Path]) -> int:
        """Put one file in the place of some of a day, and return how many rows it has."""
        merged = files[0].with_name(f"{COMPACTED_PREFIX}{uuid.uuid4()}.parquet")
        try:
            self._place.fetch(files)
        except FileNotFoundError:
            self._check()
            raise
        rows = self._place.add(merged, partial(merge, files))
        compacted = Compacted(
            path=self._name(merged),
            replaces=tuple(map(self._name, files)),
            written_ms=_now_ms(),
        )
        self._change((*self._files, compacted))
        return rows

    def delete_unfinished(self) -> None:
        """Delete what compactions left that were killed."""
        self._place.delete_unfinished()
        known = {each.path for each in self._files}.union(*(each.replaces for each in self._files))
        unnamed = [
            path
            for path in self._place.finished()
            if path.name.startswith(COMPACTED_PREFIX) and self._name(path) not in known
        ]
        # Who begins later has written a manifest before any file that may be among them.
        self._check()
        self._place.delete(unnamed)

    def delete_replaced(self, until_ms: int) -> int:
        """Delete what was replaced up to `until_ms`, and only then forget that it was replaced;
        return how many files that were."""
        old: set[Compacted] = set()
        over: set[str] = set()
        # The newest come last. What an old one replaced is old too, whatever the clock said then.
        for each in reversed(self._files):
            if each.written_ms <= until_ms or each.path in over:
                old.add(each)
                over.update(each.replaces)
        if not over:
            return 0
        self._place.delete([self._place.root / name for name in over])
        self._change(
            each.model_copy(update={"replaces": ()}) if each in old else each
            for each in self._files
            if each.path not in over
        )
        return len(over)

    def _change(self, files: Iterable[Compacted]) -> None:
        manifest = Manifest(compaction=self._id, files=tuple(files))
        text = orjson.dumps(manifest.model_dump(), option=orjson.OPT_INDENT_2)
        self._place.change_manifest(self._text, text)
        self._text, self._files = text, manifest.files

    def _check(self) -> None:
        """Check that the manifest is still this compaction's.

        Raises:
            ArchiveError: it is not.
        """
        if self._place.manifest() != self._text:
            raise ArchiveError(f"another compaction of {self._place} has begun, and goes on alone")

    def _name(self, path: Path) -> str:
        return path.relative_to(self._place.root).as_posix()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
