"""Writes down what was wrong, as `contracts.labels` says."""

from collections.abc import Sequence
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.labels import SCHEMA
from simulators.faults.effects import Fault
from simulators.faults.kinds import OfPlaces
from simulators.registry import Registry


def labels(faults: Sequence[Fault], registry: Registry) -> pa.Table:
    """One row per fault and meter."""
    tables = [SCHEMA.empty_table(), *(_of_one(fault, registry) for fault in faults)]
    return pa.concat_tables(tables)


def write_labels(faults: Sequence[Fault], registry: Registry, path: Path) -> None:
    """Write the labels of a run; `path` is `<recordings_dir>/<run>-labels.parquet`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(labels(faults, registry), path)


def _of_one(fault: Fault, registry: Registry) -> pa.Table:
    option = fault.options
    numbers = option.parameters()
    parameters = [
        orjson.dumps(numbers | ({option.place: place} if isinstance(option, OfPlaces) else {}))
        for place in fault.place.astype(str).tolist()
    ]
    meter_ids = registry.meter_id[fault.meter].astype(str).tolist()
    return pa.table(
        {
            "kind": [option.kind] * len(meter_ids),
            "meter_id": meter_ids,
            "start_ms": fault.start_ms,
            "end_ms": fault.end_ms,
            "parameters": [text.decode() for text in parameters],
        },
        SCHEMA,
    )
