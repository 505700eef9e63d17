"""Says what is no fault of a meter, as labels: lost links, dead writers, wrong clocks."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from contracts.labels import SCHEMA
from contracts.reading import MAX_TS_MS
from simulators.fleet.registry import Registry
from simulators.labelling import label_rows
from simulators.network.conditions import Network, clocks, link_hashes, unlinked

Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stays:
    """Meters where they are for a time; one element per row of the registry."""

    registry: Registry
    from_ms: Times
    until_ms: Times


def link_labels(network: Network, stays: Stays) -> pa.Table:
    """A row for each loss of a link and meter that it hit, whatever the commodity; supply meters
    have a link of their own."""
    registry = stays.registry
    tables = [SCHEMA.empty_table()]
    areas = registry.area.astype(str)
    spans = unlinked(network, link_hashes(registry.geohash, registry.is_commodity("supply")))
    for loss, each in zip(network.link_losses, spans, strict=True):
        from_ms = np.maximum(each.from_ms, stays.from_ms)
        until_ms = np.minimum(each.until_ms, stays.until_ms)
        hit = np.flatnonzero(from_ms < until_ms)
        numbers = {"minutes": loss.minutes, "drain_seconds": loss.drain_seconds}
        tables.append(
            label_rows(
                "link_loss",
                registry.meter_id[hit],
                from_ms[hit],
                until_ms[hit],
                [numbers | {"area": area} for area in areas[hit].tolist()],
            )
        )
    return pa.concat_tables(tables)


def writer_labels(network: Network, registry: Registry, partition: NDArray[np.int32]) -> pa.Table:
    """A row for each writer that stops and meter of its partitions.

    Args:
        partition: of each meter.
    """
    tables = [SCHEMA.empty_table()]
    for writer in network.dead_writers:
        hit = np.flatnonzero(np.isin(partition, writer.partitions))
        from_ms = np.full(len(hit), writer.from_ms(network.begin_ms))
        numbers = {"minutes": writer.minutes, "drain_seconds": writer.drain_seconds}
        tables.append(
            label_rows(
                "writer_dead",
                registry.meter_id[hit],
                from_ms,
                from_ms + writer.lasts_ms,
                [numbers | {"partition": number} for number in partition[hit].tolist()],
            )
        )
    return pa.concat_tables(tables)


def clock_labels(network: Network, registry: Registry) -> pa.Table:
    """A row for each meter whose clock is wrong, or will be."""
    wrong = clocks(network, registry.meter_hash)
    hit = np.flatnonzero((wrong.ahead_ms != 0) | (wrong.gains_ms_per_day != 0))
    return label_rows(
        "clock_error",
        registry.meter_id[hit],
        np.full(len(hit), network.begin_ms),
        np.full(len(hit), MAX_TS_MS),
        [
            {"ahead_ms": ahead_ms, "gains_ms_per_day": gains}
            for ahead_ms, gains in zip(
                wrong.ahead_ms[hit].tolist(), wrong.gains_ms_per_day[hit].tolist(), strict=True
            )
        ],
    )
