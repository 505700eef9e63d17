"""All that was wrong in a run, as labels."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.labels import SCHEMA
from contracts.reading import MAX_TS_MS
from simulators.faults.effects import Fault
from simulators.faults.labels import fault_labels
from simulators.faults.moves import moves
from simulators.fleet.labels import misplaced_labels
from simulators.fleet.registry import Registry
from simulators.network.conditions import Network
from simulators.network.labels import Stays, clock_labels, link_labels, writer_labels
from simulators.run.traffic import partitions_of


def labels(
    faults: Sequence[Fault], network: Network, registry: Registry, seed: int, partitions: int
) -> pa.Table:
    """What is wrong in a run of this fleet that goes on without end.

    Args:
        network: with the run's beginning.
        seed: of the fleet's plan.
        partitions: of the topic of readings.
    """
    number = len(registry)
    moving = moves(faults, registry, seed)
    until_ms = np.full(number, MAX_TS_MS) if moving is None else moving.after_ms.clip(max=MAX_TS_MS)
    stays = Stays(registry, np.full(number, network.begin_ms), until_ms)
    if moving is not None:
        again = len(moving.moved)
        stays = Stays(
            moving.registry,
            np.concatenate([stays.from_ms, moving.after_ms[moving.moved]]),
            np.concatenate([until_ms, np.full(again, MAX_TS_MS)]),
        )
    tables = [
        fault_labels(faults, registry),
        link_labels(network, stays),
        clock_labels(network, registry),
        misplaced_labels(registry, network.begin_ms, until_ms),
    ]
    if network.dead_writers:
        tables.append(writer_labels(network, registry, partitions_of(registry, partitions)))
    return pa.concat_tables(tables)


def write_labels(table: pa.Table, until_ms: float, path: Path) -> None:
    """Write the labels of a run whose meters read up to `until_ms`: what would begin later did not
    happen, and what would end later ended then. `path` is `<recordings_dir>/<run>-labels.parquet`.
    """
    table = table.filter(pc.less(table["start_ms"], until_ms))
    end_ms = table.schema.get_field_index("end_ms")
    if until_ms < math.inf:
        ended = pc.min_element_wise(table["end_ms"], pa.scalar(int(until_ms), pa.int64()))
        table = table.set_column(end_ms, SCHEMA.field("end_ms"), ended)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)
