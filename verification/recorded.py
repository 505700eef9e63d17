"""The recordings of a namespace as one log, partition by partition."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from contracts.recording import SCHEMA
from contracts.settings import Settings
from verification.errors import VerificationError


class RecordingError(VerificationError):
    """The recordings are not a whole log: verification cannot say what must be in the stores."""


@dataclass(frozen=True)
class Log:
    """Every record of the readings topic, as the simulators wrote it down."""

    files: list[Path]
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
        return (
            pl.scan_parquet(self.files)
            .filter(pl.col("partition") == number)
            .select("offset", "arrival_ms", "value")
            .sort("offset")
            .collect()
        )


def read_log(settings: Settings) -> Log:
    """Find the recordings and check that together they hold every offset once.

    Raises:
        RecordingError: there is none, a file is not a recording, or an offset is missing or twice.
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
    log = Log(files, ends, [partitions[n]["top"] if n in partitions else None for n in known])
    for number, counts in partitions.items():
        if not counts["records"] == counts["offsets"] == ends[number]:
            _explain_gap(log, number)
    return log


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
