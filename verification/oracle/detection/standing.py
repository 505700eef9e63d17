"""How meters stand by their age, over all slices: looked for, not walked to.

Between two slices in which something is said of a meter its age never falls. So how it stands at
the first and the last slice of such a span says whether it changes in it, and halving the span
where.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from contracts.facts import (
    ALIVE_SILENCES,
    MISSED,
    MISSED_AFTER_MS,
    MISSED_AFTER_PERCENT,
    MISSED_TWICE,
    SHORTEST_LIFE_MS,
    SHORTEST_SILENCE_MS,
    SHORTEST_WAIT_MS,
    SILENT,
    SILENT_CADENCES,
    SILENT_LONG,
    WAIT_MORE_MS,
)
from verification.oracle.detection.clocks import Clocks

Ints = npt.NDArray[np.int64]

IN_TIME, GONE = 0, 5
"""How a meter stands of which nothing is missed, and one that does not live."""

_NEVER_MS = np.iinfo(np.int64).max


def limits(cadence_ms: Ints) -> Ints:
    """The largest age at which a meter does not stand so yet: a line for each of MISSED to GONE.

    Args:
        cadence_ms: 0 where it is not known; then a meter that is not gone is in time.
    """
    silence = np.maximum(SILENT_CADENCES * cadence_ms, SHORTEST_SILENCE_MS)
    ages = np.empty((GONE + 1, len(cadence_ms)), dtype=np.int64)
    ages[IN_TIME] = np.iinfo(np.int64).min
    late = cadence_ms * MISSED_AFTER_PERCENT // 100
    ages[MISSED] = cadence_ms + np.maximum(late, MISSED_AFTER_MS)
    ages[MISSED_TWICE] = 2 * cadence_ms + MISSED_AFTER_MS
    ages[SILENT] = silence
    ages[SILENT_LONG] = silence + np.maximum(cadence_ms, SHORTEST_WAIT_MS) + WAIT_MORE_MS
    ages[GONE] = np.maximum(ALIVE_SILENCES * silence, SHORTEST_LIFE_MS)
    ages[MISSED:GONE, cadence_ms == 0] = ages[GONE, cadence_ms == 0]
    return ages


class Standing:
    """How meters stand at the ends of slices."""

    def __init__(self, lives: pl.DataFrame, clocks: Clocks) -> None:
        """Of the lines that `gasps.with_gasps` makes, or such: `life_ms`, `lead_ms`, `partition`,
        `cadence_ms` and `lost_power_ms`."""
        self._clocks = clocks
        self._life = lives["life_ms"].to_numpy()
        self._lead = lives["lead_ms"].to_numpy()
        self._partition = lives["partition"].to_numpy()
        cadence = lives["cadence_ms"].fill_null(0).to_numpy()
        self._limits = limits(cadence)
        # One that lost power before it would be missed is missed at any age.
        lost = lives.select((pl.col("lost_power_ms") - pl.col("life_ms")).fill_null(_NEVER_MS))
        at_once = (cadence > 0) & (lost.to_series().to_numpy() <= self._limits[MISSED])
        self._limits[MISSED, at_once] = self._limits[IN_TIME, at_once]

    def at(self, rows: Ints, end: Ints) -> Ints:
        """How the meters of some lines stand at a slice's end, if nothing has been said since."""
        passed = self._ages(rows, end) > self._limits[MISSED:, rows]
        return np.where(self._life[rows] > 0, passed.sum(axis=0), GONE)

    def of(self, lines: pl.DataFrame) -> "Standing":
        """That of other lines, by the same clocks."""
        return Standing(lines, self._clocks)

    def changes(self, rows: Ints, first: Ints, last: Ints, slice_ms: int) -> pl.DataFrame:
        """From when on they stand otherwise.

        Args:
            first: The slice's end that each line is of.
            last: That of the last slice before the next line of the meter.

        Returns:
            `row`, `slice_end_ms` and how the meter `stands` from then on: that of `first`, and each
            change up to `last`.
        """
        begin, finish = self.at(rows, first), self.at(rows, last)
        parts = [(rows, first, begin)]
        for stands in range(MISSED, GONE + 1):
            sought = np.flatnonzero((begin < stands) & (finish >= stands))
            found = self._first(rows[sought], first[sought], last[sought], stands, slice_ms)
            parts.append((rows[sought], found, np.full(len(sought), stands)))
        names = ("row", "slice_end_ms", "stands")
        columns = zip(*parts, strict=True)
        frame = pl.DataFrame(
            {name: np.concatenate(column) for name, column in zip(names, columns, strict=True)}
        )
        # One that is found late has passed several limits at once.
        return frame.sort("row", "slice_end_ms", "stands").unique(
            ["row", "slice_end_ms"], keep="last", maintain_order=True
        )

    def _first(self, rows: Ints, low: Ints, high: Ints, stands: int, slice_ms: int) -> Ints:
        """The first slice's end at which they stand so: not at `low`, but at `high`."""
        while (high - low > slice_ms).any():
            middle = low + (high - low) // slice_ms // 2 * slice_ms
            so = self._ages(rows, middle) > self._limits[stands, rows]
            # Neighbours halve to the lower one, at which they do not stand so.
            low, high = np.where(so, low, middle), np.where(so, middle, high)
        return high

    def _ages(self, rows: Ints, end: Ints) -> Ints:
        return self._clocks.ages(self._partition[rows], self._life[rows], self._lead[rows], end)
