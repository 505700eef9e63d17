"""How unusual an hour is: five channels, and the score that is the largest of them.

```
score = max( (E_w - loc) / hi / sqrt(max(R, G/2) * G) / tau_w    for w in 1, 6, 24 hours
             (E_1 - loc[1]) / record / tau_r
             (base - bl) / bu / sqrt(max(R[b], G[b]/2) * G[b]) / tau_b )
```
Above 1 is unusual. Every row is judged by itself, so that any cut of rows into batches gives the
same numbers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.unusual.spans import SPANS
from detection.unusual.tables import Tables

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CHANNELS = ("1 h", "6 h", "24 h", "record", "base")
"""The last axis of channels, and the order of `tau`."""
RECORD, BASE = CHANNELS.index("record"), CHANNELS.index("base")

UNUSUAL = 1.0
"""A score above it is."""


@dataclass(frozen=True, slots=True)
class Scorer:
    """Tables made ready."""

    tables: Tables
    scales: Floats

    @classmethod
    def of(cls, tables: Tables) -> "Scorer":
        """The scorer of these tables."""
        return cls(tables, tables.scales())

    def channels(
        self, rows: Integers, day_type: Integers, hour: Integers, spans_wh: Floats, base_wh: Floats
    ) -> Floats:
        """The channels of hours, not yet divided by tau; NaN where an energy is.

        All arguments but `spans_wh` have the same shape, or one that broadcasts; it and the result
        have one axis more, the last.

        Args:
            rows: Of the tables.
            day_type: As `calendar.Places` has it.
            hour: Of the day.
            spans_wh: Energy of the last 1, 6 and 24 hours.
            base_wh: Third smallest hour of the last 24.
        """
        tables, scales = self.tables, self.scales
        found = np.empty((*spans_wh.shape[:-1], len(CHANNELS)))
        for n in range(len(SPANS)):
            loc = tables.loc[rows, n, day_type, hour].astype(np.float64)
            hi = tables.hi[rows, n, day_type, hour].astype(np.float64)
            above = spans_wh[..., n] - loc
            found[..., n] = above / hi / scales[rows, n]
            if n == 0:
                found[..., RECORD] = above / tables.record_wh[rows].astype(np.float64)
        base = base_wh - tables.base_wh[rows].astype(np.float64)
        spread = tables.base_spread_wh[rows].astype(np.float64)
        found[..., BASE] = base / spread / scales[rows, len(SPANS)]
        return found

    def usual_wh(self, rows: Integers, day_type: Integers, hour: Integers) -> Floats:
        """What is usual of what each channel looks at, Wh, by row and channel."""
        loc = self.tables.loc[rows, :, day_type, hour].astype(np.float64)
        base = self.tables.base_wh[rows].astype(np.float64)
        return np.column_stack([loc, loc[:, 0], base])


def used_wh(spans_wh: Floats, base_wh: Floats) -> Floats:
    """What each channel looks at, Wh, by row and channel."""
    return np.column_stack([spans_wh, spans_wh[:, 0], base_wh])


def score(channels: Floats, tau: Floats) -> Floats:
    """The score: the largest channel over its tau. NaN where the hour itself is not complete;
    of the other channels those count that are there."""
    largest: Floats = np.fmax.reduce(channels / tau, axis=-1)
    return np.where(np.isnan(channels[..., 0]), np.nan, largest)
