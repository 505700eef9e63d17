"""The archive as it is at one instant: readings of a day, and whether they may be others by now."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from adapters.archive.location import opened
from adapters.archive.place import Place
from adapters.archive.readings import meters_of, readings_of
from adapters.archive.snapshot import day_of, snapshot_of
from contracts.settings import Settings
from contracts.topics import readings

EVERYTHING = 2**63 - 1
"""After every offset."""


@dataclass(frozen=True)
class FrozenArchive:
    """Readings of the files of a snapshot, all of them."""

    place: Place
    files: Mapping[date, tuple[Path, ...]]
    """By UTC day, in order."""
    partitions: int

    @property
    def days(self) -> Sequence[date]:
        """The UTC days of which there may be readings, in order."""
        return tuple(self.files)

    def readings(
        self, days: Collection[date], meters: Collection[str] | None = None
    ) -> pl.DataFrame:
        """The readings of UTC days, in any order; of some meters or of all.

        Raises:
            FileNotFoundError: a compaction has deleted one of the files: freeze anew.
        """
        return readings_of(self._of(days), self._until, meters)

    def meters(self, days: Collection[date]) -> pl.DataFrame:
        """`meter_id` and `commodity` of who read on any of some UTC days, each once.

        Raises:
            FileNotFoundError: as `readings`.
        """
        return meters_of(self._of(days), self._until)

    def mark(self, day: date) -> tuple[Path, ...]:
        """Another one when the readings of the day are: no file ever changes."""
        return self.files.get(day, ())

    def newest_ms(self) -> int | None:
        """Event time of the latest reading, epoch ms; None without any."""
        if not self.files:
            return None
        newest = pl.scan_parquet(self._of([max(self.files)])).select(pl.col("ts").max())
        found: int | None = newest.collect().item()
        return found

    @property
    def _until(self) -> tuple[int, ...]:
        return (EVERYTHING,) * self.partitions

    def _of(self, days: Collection[date]) -> list[Path]:
        paths = [path for day in sorted(days) for path in self.files.get(day, ())]
        self.place.fetch(paths)
        return paths


def frozen(settings: Settings) -> FrozenArchive:
    """The namespace's archive as it is now.

    Raises:
        ArchiveError: it is not on this machine, or cannot be read.
    """
    files: dict[date, list[Path]] = defaultdict(list)
    place = opened(settings)
    for path in snapshot_of(place):
        files[date.fromisoformat(day_of(path))].append(path)
    return FrozenArchive(
        place, {day: tuple(files[day]) for day in sorted(files)}, readings(settings).partitions
    )
