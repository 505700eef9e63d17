"""Says which homes the registry has behind a wrong transformer, as labels."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulators.fleet.registry import Registry
from simulators.labelling import label_rows


def misplaced_labels(registry: Registry, begin_ms: int, until_ms: NDArray[np.int64]) -> pa.Table:
    """A row for each meter that is misplaced, up to the time given for each meter."""
    hit = np.flatnonzero(registry.announced_feeder != registry.feeder)
    return label_rows(
        "misplaced",
        registry.meter_id[hit],
        np.full(len(hit), begin_ms),
        until_ms[hit],
        [
            {"feeder": feeder, "announced": announced}
            for feeder, announced in zip(
                registry.feeder[hit].astype(str).tolist(),
                registry.announced_feeder[hit].astype(str).tolist(),
                strict=True,
            )
        ],
    )
