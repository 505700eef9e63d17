"""An archive in a folder of this machine."""

import shutil
from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path

from adapters.archive.errors import ArchiveError
from adapters.archive.place import Write
from adapters.durable import alone, replace, sync
from contracts.archive import MANIFEST
from contracts.errors import WattStreamError

_LOCK = "_compaction.lock"
_UNFINISHED_PREFIX = ".compacting-"


class Disk:
    """A `Place` whose files are read where they lie."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __str__(self) -> str:
        return str(self._root)

    @property
    def root(self) -> Path:
        """The archive's folder."""
        return self._root

    def is_there(self) -> bool:
        """As `Place.is_there`."""
        return self._root.exists()

    def finished(self) -> list[Path]:
        """As `Place.finished`."""
        return sorted(self._root.glob("event_date=*/[!._]*"))

    def fetch(self, paths: Collection[Path]) -> None:
        """They are there: who reads one that is not any more is told."""

    def manifest(self) -> bytes:
        """As `Place.manifest`."""
        try:
            return (self._root / MANIFEST).read_bytes()
        except FileNotFoundError:
            return b""

    def change_manifest(self, before: bytes, after: bytes) -> None:
        """As `Place.change_manifest`; call it while `alone`."""
        if self.manifest() != before:
            raise ArchiveError(
                f"{self._root / MANIFEST} was changed by somebody else; see who, and compact again"
            )
        replace(self._root / MANIFEST, after)

    def add(self, path: Path, write: Write) -> int:
        """As `Place.add`. One that is killed leaves a file of another name."""
        unfinished = path.with_name(f"{_UNFINISHED_PREFIX}{path.name}")
        rows = write(unfinished)
        sync(unfinished)
        unfinished.rename(path)
        sync(path.parent)
        return rows

    def delete(self, paths: Collection[Path]) -> None:
        """As `Place.delete`."""
        for path in paths:
            path.unlink(missing_ok=True)
        for folder in {path.parent for path in paths}:
            sync(folder)

    def delete_unfinished(self) -> None:
        """As `Place.delete_unfinished`."""
        for path in self._root.glob(f"event_date=*/{_UNFINISHED_PREFIX}*"):
            path.unlink()

    def erase(self) -> None:
        """As `Place.erase`."""
        if self._root.exists():
            shutil.rmtree(self._root)

    def alone(self, refusal: WattStreamError) -> AbstractContextManager[None]:
        """As `Place.alone`: the lock goes with the process."""
        return alone(self._root / _LOCK, refusal)
