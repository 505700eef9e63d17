"""Writes down what was wrong, as `contracts.labels` says."""

import math
from collections.abc import Sequence
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.labels import SCHEMA
from simulators.faults.effects import Fault
from simulators.faults.kinds import OfPlaces
from simulators.fleet.registry import Registry


def labels(faults: Sequence[Fault], registry: Registry) -> pa.Table:
    """One row per fault and meter."""
    tables = [SCHEMA.empty_table(), *(_of_one(fault, registry) for fault in faults)]
    return pa.concat_tables(tables)


def write_labels(faults: Sequence[Fault], registry: Registry, until_ms: float, path: Path) -> None:
    """Write the labels of a run whose meters read up to `until_ms`: what would begin later did not
    happen, and what would end later ended then. `path` is `<recordings_dir>/<run>-labels.parquet`.
    """
    table = labels(faults, registry)
    table = table.filter(pc.less(table["start_ms"], until_ms))
    end_ms = table.schema.get_field_index("end_ms")
    if until_ms < math.inf:
        ended = pc.min_element_wise(table["end_ms"], pa.scalar(int(until_ms), pa.int64()))
        table = table.set_column(end_ms, SCHEMA.field("end_ms"), ended)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)


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
