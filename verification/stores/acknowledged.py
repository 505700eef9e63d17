"""Whether a producer's recording says what the topic says: a stamp of its own clock in the place of
the broker's, or a key that is not the record's, would make every store look wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl
from confluent_kafka import OFFSET_END, KafkaException
from rich.console import Console

from adapters.kept_records import reader, until
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.topics import readings
from verification.errors import VerificationError
from verification.oracle.log import RECORDED, RecordingError

LOOKED_AT = 1_000
"""Records of each partition: who records wrongly does so from the first one on."""
SHOWN = 60
"""Of a key or a value."""


class _Said(NamedTuple):
    arrival_ms: int
    key: bytes | None
    value: bytes | None


def require_same(settings: Settings, file: Path, console: Console) -> None:
    """Compare a recording with the topic, the first records of each partition.

    Raises:
        VerificationError: Kafka does not give the records.
        RecordingError: one is otherwise; says in what.
    """
    frame = pl.scan_parquet(file).select(pl.col(name).cast(kind) for name, kind in RECORDED.items())
    parts = frame.sort("offset").group_by("partition").head(LOOKED_AT).collect()
    with console.status(f"comparing {file.name} with the topic"):
        for number in sorted(set(parts["partition"])):
            rows = parts.filter(pl.col("partition") == number).sort("offset")
            recorded = {
                row["offset"]: _Said(row["arrival_ms"], row["key"], row["value"])
                for row in rows.iter_rows(named=True)
            }
            try:
                for offset, found in _in_topic(settings, number, list(recorded)):
                    _compare(file, number, offset, recorded[offset], found)
            except (KafkaException, OperationError) as problem:
                if isinstance(problem, RecordingError):
                    raise
                raise VerificationError(
                    f"cannot read partition {number} of {readings(settings).name}: {problem}"
                ) from problem


def _in_topic(
    settings: Settings, partition: int, offsets: list[int]
) -> Iterator[tuple[int, _Said]]:
    """The records at these ascending offsets."""
    topic = readings(settings)
    # Nothing of the partitions before it.
    begins = [OFFSET_END] * partition + [offsets[0]]
    ends = [0] * partition + [offsets[-1] + 1]
    wanted = set(offsets)
    consumer = reader(settings, topic, begins)
    try:
        for message in until(consumer, ends, settings, topic):
            offset = message.offset()
            if message.partition() == partition and offset in wanted:
                assert offset is not None
                value, key = _bytes(message.value()), _bytes(message.key())
                yield offset, _Said(message.timestamp()[1], key, value)
    finally:
        consumer.close()


def _compare(file: Path, partition: int, offset: int, recorded: _Said, found: _Said) -> None:
    for name, said, there in zip(_Said._fields, recorded, found, strict=True):
        if said != there:
            what = (
                "record the time that the delivery report has"
                if name == "arrival_ms"
                else "record what was sent, byte for byte, at the offset of its delivery report"
            )
            raise RecordingError(
                f"{file} says of partition {partition} offset {offset} that {name} is "
                f"{_shown(said)}, and the topic {_shown(there)}: {what}"
            )


def _bytes(said: str | bytes | None) -> bytes | None:
    return said.encode() if isinstance(said, str) else said


def _shown(said: object) -> str:
    return f"{said!r:.{SHOWN}}"
