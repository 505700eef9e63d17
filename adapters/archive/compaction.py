"""`wattstream compact`: the cold job's small files into one file per day.

Each step leaves the archive whole (docs/decisions/0006-a-manifest-says-what-counts.md): the merged
file is nothing to any reader until the manifest names it, and from then on what it replaces is
nothing. A compaction that is killed leaves at most a file that no manifest names, which the next
one deletes.
"""

import time
import uuid
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import Progress

from adapters.archive.merge import merge
from adapters.archive.snapshot import (
    ArchiveError,
    check_local,
    day_of,
    finished_files,
    manifest_bytes,
    parse_manifest,
    snapshot,
)
from adapters.durable import alone, replace, sync
from contracts.archive import COMPACTED_PREFIX, MANIFEST, Compacted, Manifest
from contracts.settings import Settings
from contracts.time import HOUR_MS

GRACE_MS = HOUR_MS
"""How long replaced files stay for readers that began before; the default."""

_LOCK = "_compaction.lock"
_UNFINISHED_PREFIX = ".compacting-"


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
    check_local(settings)
    root = settings.archive_dir
    if not root.exists():
        return Compaction(0, 0, 0, 0)
    refusal = ArchiveError(f"another compaction of {root} is at work; try again when it is done")
    with alone(root / _LOCK, refusal):
        snapshot(settings)
        manifest = parse_manifest(root, manifest_bytes(root))
        # No compacted file without a manifest: one that is lost is noticed.
        _write(root, manifest)
        _delete_unfinished(root, manifest)
        manifest, deleted = _delete_replaced(root, manifest, _now_ms() - grace_ms)
        days = [
            files
            for files in (list(each) for _, each in groupby(snapshot(settings), day_of))
            if len(files) > 1
        ]
        rows = 0
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("compacting", total=len(days))
            for files in days:
                progress.update(task, description=f"compacting {day_of(files[0])}")
                manifest, merged = _compact_day(root, manifest, files)
                rows += merged
                progress.advance(task)
    return Compaction(len(days), sum(map(len, days)), rows, deleted)


def _compact_day(root: Path, manifest: Manifest, files: list[Path]) -> tuple[Manifest, int]:
    folder = files[0].parent
    name = f"{COMPACTED_PREFIX}{uuid.uuid4()}.parquet"
    unfinished = folder / f"{_UNFINISHED_PREFIX}{name}"
    rows = merge(files, unfinished)
    sync(unfinished)
    unfinished.rename(folder / name)
    sync(folder)
    compacted = Compacted(
        path=_relative(folder / name, root),
        replaces=tuple(_relative(path, root) for path in files),
        written_ms=_now_ms(),
    )
    manifest = Manifest(files=(*manifest.files, compacted))
    _write(root, manifest)
    return manifest, rows


def _delete_unfinished(root: Path, manifest: Manifest) -> None:
    """Delete what compactions left that were killed."""
    for path in root.glob(f"event_date=*/{_UNFINISHED_PREFIX}*"):
        path.unlink()
    for path in finished_files(root):
        if path.name.startswith(COMPACTED_PREFIX) and not _named(root, path, manifest):
            path.unlink()


def _named(root: Path, path: Path, manifest: Manifest) -> bool:
    name = _relative(path, root)
    return any(name == each.path or name in each.replaces for each in manifest.files)


def _delete_replaced(root: Path, manifest: Manifest, until_ms: int) -> tuple[Manifest, int]:
    """Delete what was replaced up to `until_ms`, and only then forget that it was replaced."""
    old: set[Compacted] = set()
    over: set[str] = set()
    # The newest come last. What an old one replaced is old too, whatever the clock said then.
    for each in reversed(manifest.files):
        if each.written_ms <= until_ms or each.path in over:
            old.add(each)
            over.update(each.replaces)
    if not over:
        return manifest, 0
    for name in over:
        (root / name).unlink(missing_ok=True)
    for folder in {(root / name).parent for name in over}:
        sync(folder)
    kept = tuple(
        each.model_copy(update={"replaces": ()}) if each in old else each
        for each in manifest.files
        if each.path not in over
    )
    manifest = Manifest(files=kept)
    _write(root, manifest)
    return manifest, len(over)


def _write(root: Path, manifest: Manifest) -> None:
    replace(root / MANIFEST, orjson.dumps(manifest.model_dump(), option=orjson.OPT_INDENT_2))


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
