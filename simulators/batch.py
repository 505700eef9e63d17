"""Readings by the column: what the meters say, before the network has its way with it."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


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

    def __len__(self) -> int:
        return len(self.meter)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "Batch":
        """Some of the readings."""
        return Batch(*(getattr(self, each.name)[rows] for each in fields(self)))


def concatenate(*batches: Batch) -> Batch:
    """The readings of all of them, one after the other; at least one batch."""
    return Batch(
        *(
            np.concatenate([getattr(batch, each.name) for batch in batches])
            for each in fields(Batch)
        )
    )
