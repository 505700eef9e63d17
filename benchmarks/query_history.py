"""A month of history for some meters, as the history job would have written it: what a benchmark
that runs for minutes has nothing of."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from adapters.cassandra_history import Column, HistoryWriter, cql_day
from contracts.figures import NULLABLE
from contracts.history import COLUMNS, bucket_of, keyspace
from contracts.settings import Settings
from contracts.time import DAY_MS, HOUR_MS, SECOND_MS

TABLE = "periods_by_meter"
BUCKETS = 2
"""All meters of so many buckets have history: partitions are as full as with that of all."""
CADENCE_MS = 5 * SECOND_MS
EPOCH_MS = 1_700_000_000_000
"""When the registers were at 0."""
LEAST_W, MOST_W = 150.0, 900.0


def with_history(meter_ids: Sequence[str]) -> list[str]:
    """The meters of which history is made."""
    return [each for each in meter_ids if bucket_of(each) < BUCKETS]


def fill(settings: Settings, meter_ids: Sequence[str], begin_ms: int, end_ms: int) -> int:
    """Write all periods of these meters in a span, day by day; returns how many rows that are.

    Raises:
        cassandra.DriverException, cassandra.cluster.NoHostAvailable: Cassandra does not answer.
    """
    writer, rows = HistoryWriter(settings.cassandra, keyspace(settings)), 0
    try:
        insert = writer.insert(TABLE, COLUMNS[TABLE])
        for day_ms in range(begin_ms - begin_ms % DAY_MS, end_ms, DAY_MS):
            period_ms = settings.period_ms
            first_ms = max(day_ms, begin_ms + -begin_ms % period_ms)
            last_ms = min(day_ms + DAY_MS, end_ms - end_ms % period_ms)
            periods_ms = np.arange(first_ms, last_ms, period_ms)
            if len(periods_ms):
                writer.write([insert], columns(meter_ids, periods_ms, period_ms), NULLABLE)
                rows += len(meter_ids) * len(periods_ms)
    finally:
        writer.close()
    return rows


def columns(
    meter_ids: Sequence[str], periods_ms: NDArray[np.int64], period_ms: int
) -> dict[str, Column]:
    """The rows of these meters and periods by the column: each meter draws evenly, from a register
    that is a function of the period."""
    meters, periods = len(meter_ids), len(periods_ms)
    begin_ms = np.tile(periods_ms, meters)
    watts = np.repeat(np.linspace(LEAST_W, MOST_W, meters), periods)
    last_ms = begin_ms + period_ms - CADENCE_MS
    first_wh, last_wh = (watts * (at_ms - EPOCH_MS) / HOUR_MS for at_ms in (begin_ms, last_ms))
    readings = np.full(len(begin_ms), period_ms // CADENCE_MS)
    figures = {
        "readings": readings,
        "expected": readings,
        "first_seq": begin_ms // CADENCE_MS,
        "last_seq": last_ms // CADENCE_MS,
        "first_at": begin_ms,
        "last_at": last_ms,
        "first_register": first_wh,
        "last_register": last_wh,
        "low_register": first_wh,
        "high_register": last_wh,
        "demands": readings,
        "demand_sum": watts * readings,
        "demand_min": watts,
        "demand_max": watts,
        "energy": np.full(len(begin_ms), np.nan),
        "estimated": readings * 0,
    }
    ids = np.repeat(np.array(meter_ids, dtype=object), periods)
    period = pd.Series(begin_ms)
    return {
        "bucket": pd.Series([bucket_of(each) for each in ids], dtype="int32"),
        "day": cql_day(period),
        "meter_id": pd.Series(ids),
        "period": period,
        "corrected_at": period * 0,
        "geohash": pd.Series(["gcpvj0e5k0"] * len(begin_ms)),
        "commodity": pd.Series(["electricity"] * len(begin_ms)),
        "figures": pd.DataFrame(figures),
    }
