"""Writes what was sent to Parquet, as `contracts.recording` says."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from contracts.recording import SCHEMA
from simulators.errors import OptionError

ROWS_PER_GROUP = 100_000


class Record(NamedTuple):
    """A message for one partition; `value` None is Kafka's null."""

    partition: int
    arrival_ms: int
    key: bytes | None
    value: bytes | None


class Recorder:
    """A Parquet file that grows by row groups and gets its name when it is complete.

    Raises:
        OptionError: the file is there already; a recording is never overwritten.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unfinished = path.with_name(path.name + ".unfinished")
        if path.exists() or self._unfinished.exists():
            raise OptionError(f"{path} is there already: give the run another name")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(self._unfinished, SCHEMA, compression="zstd")
        self._records: list[Record] = []
        self._offsets: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, records: Sequence[Record], offsets: Sequence[int]) -> None:
        """Note records that Kafka acknowledged, and the offset of each."""
        self._records.extend(records)
        self._offsets.extend(offsets)
        if len(self._records) >= ROWS_PER_GROUP:
            self._write()

    def close(self) -> None:
        """Finish the file; without a single record there is none."""
        if self._records:
            self._write()
        self._writer.close()
        if pq.read_metadata(self._unfinished).num_rows:
            self._unfinished.rename(self.path)
        else:
            self._unfinished.unlink()

    def _write(self) -> None:
        partitions, arrivals, keys, values = zip(*self._records, strict=True)
        columns = (partitions, self._offsets, arrivals, keys, values)
        arrays = [
            pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA))
        self._records, self._offsets = [], []
