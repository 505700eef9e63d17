"""Logs written by hand: each record with its arrival, as the contract lets a producer write."""

from collections.abc import Sequence

import polars as pl

from contracts.reading import Reading, encode
from contracts.settings import Settings
from contracts.topics import partition_of
from simulators.sending.closing import pass_time
from simulators.sending.recorder import Record
from simulators.sending.sender import Sender
from verification.rows import RejectKey


def record(settings: Settings, reading: Reading, late_ms: int) -> Record:
    """A reading that arrives `late_ms` after its event time, in its meter's partition."""
    return Record(
        partition_of(reading.meter_id, settings.readings_partitions),
        reading.ts + late_ms,
        reading.meter_id.encode(),
        encode(reading),
    )


def by_arrival(records: Sequence[Record]) -> list[Record]:
    """The records in the order in which one writer writes them."""
    return sorted(records, key=lambda record: record.arrival_ms)


def send(settings: Settings, run: str, records: Sequence[Record]) -> list[RejectKey]:
    """Write and record these in the order given, then let time pass until all windows close.

    Returns:
        Partition and offset of each.
    """
    with Sender(settings, run) as sender:
        sender.send(records)
        pass_time(sender, max(record.arrival_ms for record in records))
    assert sender.recording is not None
    recording = pl.read_parquet(sender.recording, columns=["partition", "offset"])
    return recording.head(len(records)).rows()


def meter_in(partition: int, settings: Settings) -> str:
    """A meter whose readings belong to this partition."""
    return next(
        meter_id
        for meter_id in (f"meter-{number}" for number in range(1_000))
        if partition_of(meter_id, settings.readings_partitions) == partition
    )
