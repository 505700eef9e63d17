"""Energy by the hour: what the model of unusual use is made of, and what it judges.

An hour is complete if all of its energy was measured within it. What is not complete has no energy:
nothing is filled in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.time import DAY_MS, HOUR_MS

HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of whole UTC days, by meter and hour."""

    meters: tuple[str, ...]
    """In the order of their ids."""
    first_ms: int
    """Start of the first hour, epoch ms: a UTC midnight."""
    energy_mwh: NDArray[np.int64]
    """Whole thousandths of a Wh, so that sums are exact in any order; 0 if it is not complete."""
    complete: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """Hours of each meter."""
        return self.energy_mwh.shape[1]

    @property
    def days(self) -> int:
        """UTC days."""
        return self.count // HOURS_A_DAY

    @property
    def end_ms(self) -> int:
        """End of the last hour, epoch ms."""
        return self.first_ms + self.count * HOUR_MS

    @property
    def starts_ms(self) -> NDArray[np.int64]:
        """Start of each hour, epoch ms."""
        return self.first_ms + HOUR_MS * np.arange(self.count, dtype=np.int64)

    def of_meters(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "Hours":
        """Those of some of the meters, which stay in their order."""
        meters = np.array(self.meters, dtype=object)[rows]
        return Hours(tuple(meters), self.first_ms, self.energy_mwh[rows], self.complete[rows])

    def of_days(self, first: int, end: int) -> "Hours":
        """Those of the days [first, end), counted from 0."""
        part = slice(first * HOURS_A_DAY, end * HOURS_A_DAY)
        return Hours(
            self.meters,
            self.first_ms + first * DAY_MS,
            self.energy_mwh[:, part],
            self.complete[:, part],
        )
