"""Readings of some meters, kept in memory for as long as their day stays the same: what is read as
a whole again and again is so of the same few."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import polars as pl

from services.settlement.curve import Archive

MOST_ROWS = 2_000_000
"""Some 200 MB; what is more is read again each time."""


class MarkedArchive(Archive, Protocol):
    """An archive that tells whether readings of a day may be others than before."""

    def mark(self, day: date) -> Hashable:
        """Another one when its readings are."""


@dataclass
class _Kept:
    """What is known of a day."""

    mark: Hashable
    meters: set[str]
    rows: pl.DataFrame


@dataclass
class Remembered:
    """What was read so far of archives of one namespace."""

    most_rows: int = MOST_ROWS
    _days: dict[date, _Kept] = field(default_factory=dict)

    def of(self, archive: MarkedArchive) -> "Reading":
        """The archive, from memory where that is as good."""
        return Reading(archive, self)

    def readings(
        self, archive: MarkedArchive, days: Collection[date], meters: Collection[str]
    ) -> pl.DataFrame:
        """As `Archive.readings`."""
        wanted = frozenset(meters)
        lacking: dict[frozenset[str], list[date]] = defaultdict(list)
        for day in days:
            kept = self._days.get(day)
            if kept is None or kept.mark != archive.mark(day):
                kept = self._days[day] = _Kept(archive.mark(day), set(), pl.DataFrame())
            if lacks := wanted - kept.meters:
                lacking[lacks].append(day)
        for lacks, of_days in lacking.items():
            for day in of_days:
                kept = self._days[day]
                kept.rows = pl.concat(
                    [each for each in (kept.rows, archive.readings([day], lacks)) if each.width]
                )
                kept.meters |= lacks
        parts = [self._days[day].rows for day in sorted(days)]
        found = pl.concat(parts) if parts else archive.readings(days, meters)
        self._forget()
        return found.filter(pl.col("meter_id").is_in(sorted(wanted)))

    def _forget(self) -> None:
        """Whole days, the latest first: these change soonest."""
        rows = sum(each.rows.height for each in self._days.values())
        while rows > self.most_rows:
            rows -= self._days.pop(max(self._days)).rows.height


@dataclass(frozen=True)
class Reading:
    """An archive whose readings of some meters are remembered."""

    archive: MarkedArchive
    remembered: Remembered

    @property
    def days(self) -> Sequence[date]:
        """Of which there may be readings."""
        return self.archive.days

    def readings(
        self, days: Collection[date], meters: Collection[str] | None = None
    ) -> pl.DataFrame:
        """Those of some days, of some meters or of all."""
        if meters is None:
            return self.archive.readings(days)
        return self.remembered.readings(self.archive, days, meters)

    def meters(self, days: Collection[date]) -> pl.DataFrame:
        """`meter_id` and `commodity` of who read on any of some days."""
        return self.archive.meters(days)
