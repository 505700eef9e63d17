"""The Parquet archive: which files hold every usable reading exactly once.

Its folders `event_date=YYYY-MM-DD` hold what the cold job finished, and what a compaction made
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

from adapters.archive.errors import ArchiveError
from adapters.archive.location import opened
from adapters.archive.place import Place
from contracts.archive import COMPACTED_PREFIX, MANIFEST, Manifest
from contracts.settings import Settings

ATTEMPTS = 10
"""How often a reader starts over when a compaction gets in its way."""

Result = TypeVar("Result")


def snapshot(settings: Settings, days: Callable[[str], bool] | None = None) -> list[Path]:
    """The files that together hold every archived reading exactly once, as of one instant.

    Args:
        days: Which days (`YYYY-MM-DD`, UTC, of the reading) are wanted; all if absent.

    Returns:
        Sorted paths, empty where there is no archive; `Place.fetch` lets them be read. A compaction
        deletes none of them before its time of grace is over.

    Raises:
        ArchiveError: the archive is not on this machine, the manifest is unreadable, or it changed
            at every attempt.
    """
    return snapshot_of(opened(settings), days)


def snapshot_of(place: Place, days: Callable[[str], bool] | None = None) -> list[Path]:
    """As `snapshot`, of an archive that is opened."""
    # Between two equal manifests the listing is of that manifest: what it replaces is left out,
    # what was deleted before is not there, and what comes later is not named.
    before = place.manifest()
    for _ in range(ATTEMPTS):
        listed = place.finished()
        after = place.manifest()
        if after == before:
            counted = _current(place, after, listed)
            return sorted(path for path in counted if days is None or days(day_of(path)))
        before = after
    raise ArchiveError(f"{place} changed during each of {ATTEMPTS} attempts to list it; try again")


def read(
    settings: Settings,
    reader: Callable[[list[Path]], Result],
    days: Callable[[str], bool] | None = None,
) -> Result:
    """What `reader` makes of a snapshot; it is called anew if a file is deleted while it reads.

    Raises:
        ArchiveError: as `snapshot`; or files were deleted at every attempt.
    """
    place = opened(settings)
    for _ in range(ATTEMPTS):
        paths = snapshot_of(place, days)
        try:
            place.fetch(paths)
            return reader(paths)
        except FileNotFoundError:
            if all(path.exists() for path in paths):
                raise
    raise ArchiveError(
        f"files of {place} were deleted during each of {ATTEMPTS} attempts to read it; let "
        "compactions keep what they replace for longer"
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
        root = opened(settings).root
        targets = [folder / path.relative_to(root) for path in paths]
        for path, target in zip(paths, targets, strict=True):
            target.parent.mkdir(exist_ok=True)
            os.link(path, target)
        return targets

    try:
        yield read(settings, link, days)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def day_of(path: Path) -> str:
    """The UTC day of a file's readings, `YYYY-MM-DD`."""
    return path.parent.name.removeprefix("event_date=")


def parse_manifest(place: Place, text: bytes) -> Manifest:
    """The manifest that a file says.

    Raises:
        ArchiveError: it does not.
    """
    try:
        return Manifest.model_validate(orjson.loads(text)) if text else Manifest()
    except (orjson.JSONDecodeError, ValidationError) as error:
        raise ArchiveError(
            f"{MANIFEST} in {place} is not a manifest ({error}); it says which files count: bring "
            "it back from a backup"
        ) from error


def _current(place: Place, text: bytes, listed: list[Path]) -> set[Path]:
    root, manifest = place.root, parse_manifest(place, text)
    compacted = {root / each.path for each in manifest.files}
    replaced = {root / name for each in manifest.files for name in each.replaces}
    from_the_cold_job = {path for path in listed if not path.name.startswith(COMPACTED_PREFIX)}
    if not text and len(from_the_cold_job) < len(listed):
        raise ArchiveError(
            f"{place} has compacted files and no {MANIFEST}, which says whether they count: bring "
            "it back from a backup"
        )
    return (from_the_cold_job | compacted) - replaced
