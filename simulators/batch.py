"""Readings by the column: what the meters say, before the network has its way with it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64] | NDArray[np.bool_] | slice


@dataclass(frozen=True, slots=True)
class Intervals:
    """What meters say of the interval that ends with the reading; one element per reading."""

    energy_m: NDArray[np.int64]
    """mWh or millilitres; of a revision, the difference to what was said before."""
    estimated: NDArray[np.bool_]
    revision: NDArray[np.int8]
    """0 is what was said first."""

    def take(self, rows: Rows) -> "Intervals":
        """Some of the readings."""
        return Intervals(self.energy_m[rows], self.estimated[rows], self.revision[rows])


@dataclass(frozen=True, slots=True)
class Batch:
    """One element per reading; amounts in whole thousandths of the commodity's units."""

    meter: NDArray[np.int32]
    """Row of the registry."""
    ts_ms: NDArray[np.int64]
    """Event time, the end of the measured interval, epoch ms UTC."""
    seq: NDArray[np.int64]
    register_m: NDArray[np.int64]
    """mWh or millilitres."""
    demand_m: NDArray[np.int64]
    """mW or millilitres per hour; negative is export."""
    voltage_v: NDArray[np.float64]
    """NaN where the meter does not say."""
    intervals: Intervals | None = None
    """Of meters that say the energy of intervals, and no demand."""

    def __len__(self) -> int:
        return len(self.meter)

    def take(self, rows: Rows) -> "Batch":
        """Some of the readings."""
        return Batch(
            self.meter[rows],
            self.ts_ms[rows],
            self.seq[rows],
            self.register_m[rows],
            self.demand_m[rows],
            self.voltage_v[rows],
            None if self.intervals is None else self.intervals.take(rows),
        )


def concatenate(*batches: Batch) -> Batch:
    """The readings of all of them, one after the other; at least one batch, all of a kind."""
    intervals = [batch.intervals for batch in batches if batch.intervals is not None]
    return Batch(
        np.concatenate([batch.meter for batch in batches]),
        np.concatenate([batch.ts_ms for batch in batches]),
        np.concatenate([batch.seq for batch in batches]),
        np.concatenate([batch.register_m for batch in batches]),
        np.concatenate([batch.demand_m for batch in batches]),
        np.concatenate([batch.voltage_v for batch in batches]),
        _joined(intervals) if intervals else None,
    )


def _joined(intervals: list[Intervals]) -> Intervals:
    return Intervals(
        np.concatenate([each.energy_m for each in intervals]),
        np.concatenate([each.estimated for each in intervals]),
        np.concatenate([each.revision for each in intervals]),
    )
