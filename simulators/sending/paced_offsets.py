"""Mends a recording into whose partitions services wrote during the run: a pacemaker heartbeats, or
`ingest` announcements.

A writer that comes back to a partition that is being paced counts offsets from before the last of
those heartbeats.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from confluent_kafka import Consumer, KafkaException, TopicPartition
from numpy.typing import NDArray

from adapters.connect import kafka_config
from contracts.reading import HEARTBEAT, INGEST_HEADER, PACED_HEADER
from contracts.recording import SCHEMA
from contracts.settings import Settings
from simulators.errors import SendError

TIMEOUT_S = 10.0
AT_ONCE = 10_000


def paced_offsets(
    settings: Settings, topic: str, partition: int, begin: int, end: int
) -> list[int]:
    """Offsets from `begin` up to but without `end` at which a service wrote.

    Raises:
        SendError: the broker does not give the records.
    """
    consumer = Consumer(
        {
            **kafka_config(settings),
            "group.id": f"{settings.namespace}-simulators",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
        }
    )
    found: list[int] = []
    try:
        consumer.assign([TopicPartition(topic, partition, begin)])
        position = begin
        while position < end:
            messages = consumer.consume(AT_ONCE, timeout=TIMEOUT_S)
            if not messages:
                raise SendError(
                    f"offset {position} of partition {partition} of {topic} did not come within "
                    f"{TIMEOUT_S:g} s: check the broker at {settings.kafka_bootstrap}"
                )
            for message in messages:
                if (problem := message.error()) is not None:
                    raise KafkaException(problem)
                position = message.offset() + 1
                named = {name for name, _ in message.headers() or []}
                paced = PACED_HEADER in named and message.value() == HEARTBEAT
                if position <= end and (paced or INGEST_HEADER in named):
                    found.append(message.offset())
    except KafkaException as problem:
        raise SendError(f"partition {partition} of {topic}: {problem.args[0].str()}") from problem
    finally:
        consumer.close()
    return found


def make_room(recording: Path, paced: Mapping[int, list[int]]) -> None:
    """Move the offsets of a recording, counted as if alone, to leave out those of `paced`."""
    mended = recording.with_name(recording.name + ".mended")
    with pq.ParquetFile(recording) as counted, pq.ParquetWriter(mended, SCHEMA) as writer:
        for group in range(counted.num_row_groups):
            table = counted.read_row_group(group)
            partitions, offsets = table["partition"].to_numpy(), table["offset"].to_numpy().copy()
            for partition, taken in paced.items():
                rows = partitions == partition
                offsets[rows] += _taken_before(offsets[rows], np.array(taken, dtype=np.int64))
            column = SCHEMA.get_field_index("offset")
            moved = table.set_column(column, SCHEMA.field(column), pa.array(offsets, pa.int64()))
            writer.write_table(moved)
    mended.replace(recording)


def _taken_before(counted: NDArray[np.int64], taken: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the ascending offsets `taken` come before each record of a counted offset."""
    return np.searchsorted(taken - np.arange(len(taken)), counted, side="right")
