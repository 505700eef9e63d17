"""The recordings of a namespace as one log, partition by partition.

What services wrote is in no recording, a pacemaker's heartbeats and announcements of the registry:
those are read from the topic itself.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.reading import HEARTBEAT
from contracts.recording import SCHEMA
from contracts.settings import Settings
from verification.errors import VerificationError


class RecordingError(VerificationError):
    """The recordings are not a whole log: verification cannot say what must be in the stores."""


PACED = {"partition": pl.Int32, "offset": pl.Int64, "arrival_ms": pl.Int64}
"""Columns of heartbeats that are in no recording."""
RECORDED = PACED | {"key": pl.Binary, "value": pl.Binary}
"""Columns of a recording."""


class Served(NamedTuple):
    """A record that a service wrote."""

    arrival_ms: int
    value: bytes


@dataclass(frozen=True)
class Topic:
    """What can be asked of the readings topic itself."""

    ends: list[int]
    """Offset after the last record, per partition."""
    served: Callable[[int, Sequence[int]], dict[int, Served]]
    """Records of services at ascending offsets of a partition, up to the first record that is
    none."""


@dataclass(frozen=True)
class Log:
    """Every record of the readings topic, as its writers wrote it down, and what services wrote."""

    files: list[Path]
    paced: pl.DataFrame
    """Heartbeats that are in no recording; schema PACED."""
    ends: list[int]
    """Offset after the last record, per partition."""
    top_arrivals_ms: list[int | None]
    """Largest arrival per partition; None in a partition without records."""
    announced: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RECORDED))
    """Announcements that are in no recording; schema RECORDED."""

    @property
    def records(self) -> int:
        """Records over all partitions."""
        return sum(self.ends)

    def partition(self, number: int) -> pl.DataFrame:
        """Records of one partition in offset order: offset, arrival_ms, value."""
        columns = "offset", "arrival_ms", "value"
        parts = [
            frame.filter(pl.col("partition") == number).select(columns)
            for frame in (
                _recorded(self.files),
                self.paced.lazy().with_columns(value=pl.lit(HEARTBEAT)),
                self.announced.lazy(),
            )
        ]
        return pl.concat(parts).sort("offset").collect()

    def offsets(self, number: int) -> pl.Series:
        """Offsets of the recorded records of one partition."""
        recorded = _recorded(self.files).filter(pl.col("partition") == number)
        return recorded.select("offset").collect().to_series()


def recordings(settings: Settings, given: Sequence[Path] = ()) -> list[Path]:
    """The files that simulators wrote for the namespace, and those of other producers.

    Args:
        given: These, wherever they are.

    Raises:
        RecordingError: there is none.
    """
    if missing := [file for file in given if not file.is_file()]:
        raise RecordingError(
            f"there is no recording {missing[0]}: give a Parquet file as contracts/README.md has "
            "it (A recording)"
        )
    files = sorted(
        file
        for file in settings.recordings_dir.glob("*.parquet")
        if not file.stem.endswith("-labels")
    )
    there = {file.resolve() for file in files}
    files += [file for file in dict.fromkeys(each.resolve() for each in given) if file not in there]
    if not files:
        raise RecordingError(
            f"no recording in {settings.recordings_dir}: replay or simulate something first, give "
            "that of another producer with --recording, or the namespace it went to with "
            "--namespace (WATTSTREAM_NAMESPACE)"
        )
    return files


def read_log(settings: Settings, topic: Topic | None = None, given: Sequence[Path] = ()) -> Log:
    """Find the recordings and check that together they hold every offset once.

    Args:
        topic: where offsets are looked up that no recording has; what a service wrote there belongs
            to the log. None takes the recordings for all there is.
        given: Recordings of other producers.

    Raises:
        RecordingError: there is none, a file is not a recording, or an offset is missing or twice.
    """
    files = recordings(settings, given)
    for file in files:
        _check_file(file)
    partitions = (
        _recorded(files)
        .group_by("partition")
        .agg(
            pl.len().alias("records"),
            pl.col("offset").n_unique().alias("offsets"),
            pl.col("offset").max().alias("last"),
            pl.col("arrival_ms").max().alias("top"),
        )
        .collect()
        .rows_by_key("partition", named=True, unique=True)
    )
    known = range(settings.readings_partitions)
    if unknown := sorted(set(partitions) - set(known)):
        raise RecordingError(
            f"the recordings hold partition {unknown[0]}, but the topic has "
            f"{settings.readings_partitions} partitions: set WATTSTREAM_READINGS_PARTITIONS"
        )
    ends = [partitions[n]["last"] + 1 if n in partitions else 0 for n in known]
    tops = [partitions[n]["top"] if n in partitions else None for n in known]
    log = Log(files, pl.DataFrame(schema=PACED), ends, tops)
    if topic is not None:
        log = _with_served(log, topic)
    served = Counter(log.paced["partition"]) + Counter(log.announced["partition"])
    for number, counts in partitions.items():
        records, offsets = (counts[each] + served[number] for each in ("records", "offsets"))
        if not records == offsets == log.ends[number]:
            _explain_gap(log, number)
    return log


def _recorded(files: Sequence[Path]) -> pl.LazyFrame:
    """All recordings, with the same types whoever wrote them."""
    columns = [pl.col(name).cast(kind) for name, kind in RECORDED.items()]
    return pl.concat([pl.scan_parquet(file).select(columns) for file in files])


def _with_served(log: Log, topic: Topic) -> Log:
    """The log with what services wrote, which only the topic has."""
    ends, tops = [*log.ends], [*log.top_arrivals_ms]
    paced, announced = list[tuple[int, int, int]](), list[tuple[int, int, int, None, bytes]]()
    for number, recorded in enumerate(log.ends):
        end, offsets = max(recorded, topic.ends[number]), log.offsets(number)
        if len(offsets) == end:
            continue
        whole = pl.int_range(end, eager=True)
        missing = whole.filter(~whole.is_in(offsets.implode())).to_list()
        found = topic.served(number, missing) if missing else {}
        for offset, (arrival_ms, value) in found.items():
            if value == HEARTBEAT:
                paced.append((number, offset, arrival_ms))
            else:
                announced.append((number, offset, arrival_ms, None, value))
            ends[number] = max(ends[number], offset + 1)
            tops[number] = max(tops[number] or 0, arrival_ms)
    return Log(
        log.files,
        pl.DataFrame(paced, PACED, orient="row"),
        ends,
        tops,
        pl.DataFrame(announced, RECORDED, orient="row"),
    )


def _check_file(file: Path) -> None:
    try:
        schema = pq.read_schema(file)
    except (OSError, ValueError) as error:
        raise RecordingError(
            f"{file} is not a readable Parquet file ({error}): is who writes it still running, or "
            "was it killed? Let it end, or start over with `wattstream reset`"
        ) from error
    for column in SCHEMA:
        found = schema.field(column.name).type if column.name in schema.names else None
        if found is None or not _is_as_good(found, column.type):
            has = "none" if found is None else f"one of type {found}"
            raise RecordingError(
                f"{file} should have a column {column.name} of type {column.type}, and has {has}: "
                f"it is no recording; move it out of {file.parent}, or write it as "
                "contracts/README.md has it (A recording)"
            )
    numbers = [column.name for column in SCHEMA if not column.nullable]
    least = pl.scan_parquet(file).select(
        *(pl.col(name).min().alias(f"{name} least") for name in numbers),
        *(pl.col(name).null_count().alias(f"{name} absent") for name in numbers),
    )
    said = least.collect().row(0, named=True)
    for name in numbers:
        if said[f"{name} absent"]:
            raise RecordingError(
                f"{file} has {said[f'{name} absent']} rows without {name}: record what Kafka "
                "acknowledged, as its delivery report says it, and nothing else"
            )
        if (said[f"{name} least"] or 0) < 0:
            raise RecordingError(
                f"{file} has {name} {said[f'{name} least']}: give it as the delivery report says "
                "it, 0 or more"
            )


def _is_as_good(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether a type holds what the other one does, as other writers of Parquet have it."""
    if pa.types.is_integer(wanted):
        return bool(pa.types.is_integer(found))
    return bool(pa.types.is_binary(found) or pa.types.is_large_binary(found))


def _explain_gap(log: Log, number: int) -> None:
    offsets = log.partition(number)["offset"]
    for expected, offset in enumerate(offsets):
        if offset < expected:
            raise RecordingError(
                f"partition {number} offset {offset} is in more than one recording: two runs wrote "
                "one topic, with a `reset` between them that left a recording behind"
            )
        if offset > expected:
            raise RecordingError(
                f"partition {number} offset {expected} is in no recording: something else wrote to "
                "the topic, or a recording is missing; verify in a namespace of its own"
            )
