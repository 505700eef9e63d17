"""The recordings of a namespace as one log, partition by partition.

What a pacemaker wrote is in no recording: its heartbeats are read from the topic itself.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from contracts.reading import HEARTBEAT
from contracts.recording import SCHEMA
from contracts.settings import Settings
from verification.errors import VerificationError


class RecordingError(VerificationError):
    """The recordings are not a whole log: verification cannot say what must be in the stores."""


PACED = {"partition": pl.Int32, "offset": pl.Int64, "arrival_ms": pl.Int64}
"""Columns of heartbeats that are in no recording."""


@dataclass(frozen=True)
class Topic:
    """What can be asked of the readings topic itself."""

    ends: list[int]
    """Offset after the last record, per partition."""
    heartbeats: Callable[[int, Sequence[int]], dict[int, int]]
    """Arrival of the heartbeats at ascending offsets of a partition, up to the first record that
    is none."""


@dataclass(frozen=True)
class Log:
    """Every record of the readings topic, as the simulators wrote it down, and what was paced."""

    files: list[Path]
    paced: pl.DataFrame
    """Heartbeats that are in no recording; schema PACED."""
    ends: list[int]
    """Offset after the last record, per partition."""
    top_arrivals_ms: list[int | None]
    """Largest arrival per partition; None in a partition without records."""

    @property
    def records(self) -> int:
        """Records over all partitions."""
        return sum(self.ends)

    def partition(self, number: int) -> pl.DataFrame:
        """Records of one partition in offset order: offset, arrival_ms, value."""
        columns = "offset", "arrival_ms", "value"
        recorded, paced = (
            frame.filter(pl.col("partition") == number).select(columns)
            for frame in (
                pl.scan_parquet(self.files),
                self.paced.lazy().with_columns(value=pl.lit(HEARTBEAT)),
            )
        )
        return pl.concat([recorded, paced]).sort("offset").collect()

    def offsets(self, number: int) -> pl.Series:
        """Offsets of the recorded records of one partition."""
        recorded = pl.scan_parquet(self.files).filter(pl.col("partition") == number)
        return recorded.select("offset").collect().to_series()


def recordings(settings: Settings) -> list[Path]:
    """The files that simulators wrote for the namespace.

    Raises:
        RecordingError: there is none.
    """
    files = sorted(
        file
        for file in settings.recordings_dir.glob("*.parquet")
        if not file.stem.endswith("-labels")
    )
    if not files:
        raise RecordingError(
            f"no recording in {settings.recordings_dir}: replay or simulate something first, or "
            "give the namespace it went to with --namespace (WATTSTREAM_NAMESPACE)"
        )
    return files


def read_log(settings: Settings, topic: Topic | None = None) -> Log:
    """Find the recordings and check that together they hold every offset once.

    Args:
        topic: where offsets are looked up that no recording has; a heartbeat there belongs to the
            log. None takes the recordings for all there is.

    Raises:
        RecordingError: there is none, a file is not a recording, or an offset is missing or twice.
    """
    files = recordings(settings)
    for file in files:
        _check_file(file)
    partitions = (
        pl.scan_parquet(files)
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
        log = _with_paced(log, topic)
    paced = Counter(log.paced["partition"].to_list())
    for number, counts in partitions.items():
        records, offsets = (counts[each] + paced[number] for each in ("records", "offsets"))
        if not records == offsets == log.ends[number]:
            _explain_gap(log, number)
    return log


def _with_paced(log: Log, topic: Topic) -> Log:
    """The log with the heartbeats that only the topic has."""
    ends, tops, frames = [*log.ends], [*log.top_arrivals_ms], [log.paced]
    for number, recorded in enumerate(log.ends):
        end, offsets = max(recorded, topic.ends[number]), log.offsets(number)
        if len(offsets) == end:
            continue
        whole = pl.int_range(end, eager=True)
        missing = whole.filter(~whole.is_in(offsets.implode())).to_list()
        found = topic.heartbeats(number, missing) if missing else {}
        if not found:
            continue
        frames.append(
            pl.DataFrame(
                [[number] * len(found), [*found], [*found.values()]], schema=PACED, orient="col"
            )
        )
        ends[number] = max(recorded, *(offset + 1 for offset in found))
        tops[number] = max(tops[number] or 0, *found.values())
    return Log(log.files, pl.concat(frames), ends, tops)


def _check_file(file: Path) -> None:
    try:
        schema = pq.read_schema(file)
    except (OSError, ValueError) as error:
        raise RecordingError(
            f"{file} is not a readable Parquet file ({error}): is its simulator still running, or "
            "was it killed? Let it end, or start over with `wattstream reset`"
        ) from error
    for field in SCHEMA:
        if field.name not in schema.names or schema.field(field.name).type != field.type:
            raise RecordingError(
                f"{file} has no column {field.name} of type {field.type}: it is no recording; "
                f"move it out of {file.parent}"
            )


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
