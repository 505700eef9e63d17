"""Rows of labels, as `contracts.labels` says."""

from collections.abc import Mapping, Sequence

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from contracts.labels import SCHEMA, LabelKind
from simulators.fleet.registry import Text


def label_rows(
    kind: LabelKind,
    meter_id: Text,
    start_ms: NDArray[np.int64],
    end_ms: NDArray[np.int64],
    parameters: Sequence[Mapping[str, object]],
) -> pa.Table:
    """One row per meter; every argument but `kind` has an element for each."""
    return pa.table(
        {
            "kind": [kind] * len(meter_id),
            "meter_id": meter_id.astype(str).tolist(),
            "start_ms": start_ms,
            "end_ms": end_ms,
            "parameters": [orjson.dumps(each).decode() for each in parameters],
        },
        SCHEMA,
    )
