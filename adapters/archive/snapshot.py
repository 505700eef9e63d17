"""The Parquet archive on this machine: which files hold every usable reading exactly once.

`<archive_dir>/event_date=YYYY-MM-DD/` holds what the cold job finished, and what a compaction made
of it. The manifest says of each compacted file which files it replaces; a compacted file that the
manifest does not name is unfinished, whatever its name. So the folder alone is not the archive:
read through `snapshot`, or through `read` or `hold`, which also get over a file that is deleted
meanwhile. Files whose name begins with `.` or `_` are never part of it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import ValidationError

from contracts.archive import COMPACTED_PREFIX, MANIFEST, Manifest
from contracts.errors import OperationError
from contracts.settings import Settings

ATTEMPTS = 10
"""How often a reader starts over when a compaction gets in its way."""

Result = TypeVar("Result")


class ArchiveError(OperationError):
    """The archive cannot be read or compacted; the message says what to do."""


def snapshot(settings: Settings, days: Callable[[str], bool] | None = None) -> list[Path]:
    """The files that together hold every archived reading exactly once, as of one instant.

    Args:
        days: Which days (`YYYY-MM-DD`, UTC, of the reading) are wanted; all if absent.

    Returns:
        Sorted paths, empty where there is no archive. A compaction deletes none of them before its
        time of grace is over.

    Raises:
        ArchiveError: the archive is not on this machine, the manifest is unreadable, or it changed
            at every attempt.
    """
    check_local(settings)
    root = settings.archive_dir
    # Between two equal manifests the listing is of that manifest: what it replaces is left out,
    # what was deleted before is not there, and what comes later is not named.
    before = manifest_bytes(root)
    for _ in range(ATTEMPTS):
        listed = finished_files(root)
        after = manifest_bytes(root)
        if after == before:
            counted = _current(root, after, listed)
            return sorted(path for path in counted if days is None or days(day_of(path)))
        before = after
    raise ArchiveError(f"{root} changed during each of {ATTEMPTS} attempts to list it; try again")


def read(
    settings: Settings,
    reader: Callable[[list[Path]], Result],
    days: Callable[[str], bool] | None = None,
) -> Result:
    """What `reader` makes of a snapshot; it is called anew if a file is deleted while it reads.

    Raises:
        ArchiveError: as `snapshot`; or files were deleted at every attempt.
    """
    for _ in range(ATTEMPTS):
        paths = snapshot(settings, days)
        try:
            return reader(paths)
        except FileNotFoundError:
            if all(path.exists() for path in paths):
                raise
    raise ArchiveError(
        f"files of {settings.archive_dir} were deleted during each of {ATTEMPTS} attempts to read "
        "it; let compactions keep what they replace for longer"
    )


@contextmanager
def hold(
    settings: Settings, folder: Path, days: Callable[[str], bool] | None = None
) -> Iterator[list[Path]]:
    """A snapshot's files as hard links in `folder`, one folder per `event_date`, for as long as
    the context lasts; nothing that happens to the archive meanwhile shows there.

    Args:
        folder: On the archive's file system, and not there yet.
        days: As in `snapshot`.

    Yields:
        The links.

    Raises:
        ArchiveError: as `read`.
    """

    def link(paths: list[Path]) -> list[Path]:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        targets = [folder / path.relative_to(settings.archive_dir) for path in paths]
        for path, target in zip(paths, targets, strict=True):
            target.parent.mkdir(exist_ok=True)
            os.link(path, target)
        return targets

    try:
        yield read(settings, link, days)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_local(settings: Settings) -> None:
    """Check that the archive is on this machine.

    Raises:
        ArchiveError: it is elsewhere.
    """
    if settings.archive_url is not None:
        raise ArchiveError(
            f"archive_url is {settings.archive_url}, and only an archive in {settings.archive_dir} "
            "can be read here: unset WATTSTREAM_ARCHIVE_URL"
        )


def day_of(path: Path) -> str:
    """The UTC day of a file's readings, `YYYY-MM-DD`."""
    return path.parent.name.removeprefix("event_date=")


def finished_files(root: Path) -> list[Path]:
    """Files in the folders of all days that the cold job finished or a compaction made, sorted."""
    return sorted(root.glob("event_date=*/[!._]*"))


def manifest_bytes(root: Path) -> bytes:
    """The manifest's file, empty if there is none."""
    try:
        return (root / MANIFEST).read_bytes()
    except FileNotFoundError:
        return b""


def parse_manifest(root: Path, text: bytes) -> Manifest:
    """The manifest that a file says.

    Raises:
        ArchiveError: it does not.
    """
    try:
        return Manifest.model_validate(orjson.loads(text)) if text else Manifest()
    except (orjson.JSONDecodeError, ValidationError) as error:
        raise ArchiveError(
            f"{root / MANIFEST} is not a manifest ({error}); it says which files count: bring it "
            "back from a backup"
        ) from error


def _current(root: Path, text: bytes, listed: list[Path]) -> set[Path]:
    manifest = parse_manifest(root, text)
    compacted = {root / each.path for each in manifest.files}
    replaced = {root / name for each in manifest.files for name in each.replaces}
    from_the_cold_job = {path for path in listed if not path.name.startswith(COMPACTED_PREFIX)}
    if not text and len(from_the_cold_job) < len(listed):
        raise ArchiveError(
            f"{root} has compacted files and no {MANIFEST}, which says whether they count: bring "
            "it back from a backup"
        )
    return (from_the_cold_job | compacted) - replaced
