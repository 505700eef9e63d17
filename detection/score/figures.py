"""Shares with their uncertainty, and spreads."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from contracts.time import SECOND_MS

Z_95 = 1.959963984540054
"""The standard normal quantile of 0.975."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """None of nothing."""
        return self.part / self.whole if self.whole else None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The 95 % interval (Wilson 1927): what the share may be if these are a sample."""
        if not self.whole:
            return None
        share, weight = self.part / self.whole, Z_95**2 / self.whole
        middle = share + weight / 2
        half = Z_95 * math.sqrt(share * (1 - share) / self.whole + weight / (4 * self.whole))
        # In floating point the bounds of none and all would miss 0 and 1 by a hair.
        lowest = 0.0 if not self.part else (middle - half) / (1 + weight)
        highest = 1.0 if self.part == self.whole else (middle + half) / (1 + weight)
        return lowest, highest


@dataclass(frozen=True, slots=True)
class Spread:
    """How some times are spread, in seconds."""

    p50_s: float
    p99_s: float
    max_s: float


def spread(times_ms: Iterable[int]) -> Spread | None:
    """Quantiles by linear interpolation; None of nothing."""
    times_s = pl.Series([each / SECOND_MS for each in times_ms], dtype=pl.Float64)
    p50, p99, longest = (times_s.quantile(share, "linear") for share in (0.5, 0.99, 1.0))
    if p50 is None or p99 is None or longest is None:
        return None
    return Spread(p50, p99, longest)
