"""What readers and compactions ask of wherever an archive is kept.

A file is named by the path at which it is read, below `Place.root`; what comes after that root is
its name in the archive, `event_date=YYYY-MM-DD/…`. No file of a name ever changes.
"""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from contracts.errors import WattStreamError

Write = Callable[[Path], int]
"""Writes a file of which nothing is there yet, and says how many rows it has."""


class Place(Protocol):
    """An archive's files and its manifest, each of which appears whole or not at all."""

    def __str__(self) -> str:
        """As people are told it."""

    @property
    def root(self) -> Path:
        """Where files are read."""

    def is_there(self) -> bool:
        """Whether anything was ever archived."""

    def finished(self) -> list[Path]:
        """Files in the folders of all days that the cold job finished or a compaction made, sorted:
        those whose names begin with neither `.` nor `_`."""

    def fetch(self, paths: Collection[Path]) -> None:
        """See to it that files are at their paths.

        Raises:
            FileNotFoundError: one is no longer in the archive.
        """

    def manifest(self) -> bytes:
        """The manifest's file, empty if there is none."""

    def change_manifest(self, before: bytes, after: bytes) -> None:
        """Put a manifest in the place of the one that was read.

        Raises:
            ArchiveError: it is not `before` any more.
        """

    def add(self, path: Path, write: Write) -> int:
        """Write a file, and return how many rows it has. One that is killed leaves nothing of
        this name."""

    def delete(self, paths: Collection[Path]) -> None:
        """Delete files, for certain; one that is not there is no error."""

    def delete_unfinished(self) -> None:
        """Delete what was left by who was killed while it added a file. Nobody adds one
        meanwhile."""

    def erase(self) -> None:
        """Delete all that was ever archived, while nobody archives or compacts."""

    def alone(self, refusal: WattStreamError) -> AbstractContextManager[None]:
        """Compact alone, where others can be kept out.

        Raises:
            refusal: somebody else does.
        """
