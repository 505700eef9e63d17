"""`python -m benchmarks.bills_so_far FILE`: what it takes to look at a running month once more,
after a further half-hour of a fleet. File and fleet are those of `wattstream bench bills`.
"""

import argparse
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import NamedTuple

import numpy as np
import polars as pl

from adapters.archive.disk import Disk
from adapters.archive.frozen import FrozenArchive
from adapters.uncollected import uncollected
from benchmarks.bills import HOMES, SEED
from benchmarks.bills_fleet import (
    END_MS,
    HALF_HOUR_MS,
    SITE,
    Fleet,
    complete_homes,
    fleet,
    masters_of,
    write,
)
from contracts.masters import Masters
from services.settlement.entries import Look, entries
from services.settlement.interim import Interim

LOOKS = 3
"""The first settles all days that there are, each further one a half-hour more."""


class Took(NamedTuple):
    """A look."""

    settled_days: int
    wall_s: float
    cpu_s: float


@dataclass(frozen=True)
class Until:
    """An archive whose last day has come to some time."""

    whole: FrozenArchive
    until_ms: int

    @property
    def days(self) -> Sequence[date]:
        """Of which there are readings by then."""
        return [day for day in self.whole.days if day <= self._last]

    def readings(
        self, days: Collection[date], meters: Collection[str] | None = None
    ) -> pl.DataFrame:
        """Those of some days, of some meters or of all."""
        return self.whole.readings(days, meters).filter(pl.col("ts") < self.until_ms)

    def meters(self, days: Collection[date]) -> pl.DataFrame:
        """`meter_id` and `commodity` of who read on any of some days."""
        return self.whole.meters(days)

    def mark(self, day: date) -> int:
        """Another one when its readings are."""
        return self.until_ms if day == self._last else 0

    @property
    def _last(self) -> date:
        return datetime.fromtimestamp((self.until_ms - 1) / 1_000, UTC).date()


def looks(folder: Path, its: Fleet, days: int) -> Iterator[Took]:
    """Look at the fleet's month, of which only so many last days were read."""
    masters = masters_of(its)
    files = {
        date.fromisoformat(each.name.removeprefix("event_date=")): tuple(each.iterdir())
        for each in sorted(folder.iterdir())[-days - 1 :]
    }
    interim = Interim(masters, SITE.site_id, "2013-06")
    for left in range(LOOKS, 0, -1):
        until_ms = END_MS - left * HALF_HOUR_MS
        wall_s, cpu_s = perf_counter(), process_time()
        settled_days = _look(
            interim, masters, Until(FrozenArchive(Disk(folder), files, 1), until_ms), until_ms
        )
        yield Took(settled_days, perf_counter() - wall_s, process_time() - cpu_s)


@uncollected()
def _look(interim: Interim, masters: Masters, archive: Until, until_ms: int) -> int:
    """Look as `services.settlement.so_far` does, but for Redis. How many days were settled."""
    found = interim.look(archive, until_ms)
    entries(found, masters, Look(until_ms, 0, 0), HALF_HOUR_MS)
    return found.settled_days


def main() -> None:
    """Write a fleet's archive, look at it, and say what each look took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bills_so_far", description=__doc__)
    parser.add_argument("file", type=Path, help="half-hours: CSV as of Low Carbon London")
    parser.add_argument("--homes", type=int, default=HOMES)
    parser.add_argument("--days", type=int, default=30, help="of the month, the last ones")
    asked = parser.parse_args()
    london = complete_homes(asked.file)
    rng = np.random.default_rng(SEED)
    its = fleet(asked.homes, len(london), rng)
    with TemporaryDirectory(prefix="wattstream-bills-") as name:
        write(Path(name), its, london, rng)
        for took in looks(Path(name), its, asked.days):
            print(f"{took.settled_days} days settled: {took.wall_s:.1f} s, {took.cpu_s:.1f} CPU s")


if __name__ == "__main__":
    main()
