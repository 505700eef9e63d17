"""Says what faults did, as labels."""

from collections.abc import Sequence

import pyarrow as pa

from contracts.labels import SCHEMA
from simulators.faults.effects import Fault
from simulators.faults.kinds import OfPlaces
from simulators.fleet.registry import Registry
from simulators.labelling import label_rows


def fault_labels(faults: Sequence[Fault], registry: Registry) -> pa.Table:
    """One row per fault and meter."""
    tables = [SCHEMA.empty_table(), *(_of_one(fault, registry) for fault in faults)]
    return pa.concat_tables(tables)


def _of_one(fault: Fault, registry: Registry) -> pa.Table:
    option = fault.options
    numbers = option.parameters()
    return label_rows(
        option.kind,
        registry.meter_id[fault.meter],
        fault.start_ms,
        fault.end_ms,
        [
            numbers | ({option.place: place} if isinstance(option, OfPlaces) else {})
            for place in fault.place.astype(str).tolist()
        ],
    )
