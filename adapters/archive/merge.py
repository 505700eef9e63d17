"""Many Parquet files of one day into one, sorted, in bounded memory."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from adapters.archive.errors import ArchiveError
from contracts.archive import COLUMNS

SORT_KEY = ("meter_id", "ts", "kafka_partition", "kafka_offset")

ROWS_IN_MEMORY = 2_000_000
"""Rows that are sorted at a time, unless a single meter has more in a day: some 300 MB."""

ROWS_IN_GROUP = 250_000
"""Rows of a row group: a reader that wants one meter skips the others."""

FILE_COLUMNS = pa.schema([field for field in COLUMNS if field.name != "event_date"])


def merge(sources: list[Path], target: Path, rows_in_memory: int = ROWS_IN_MEMORY) -> int:
    """Write all rows of `sources` into `target`, sorted by SORT_KEY, and return how many.

    The meters are taken in ranges that fit into memory, each read from all sources.

    Raises:
        ArchiveError: `target` does not hold as many rows as `sources`.
    """
    day = ds.dataset([str(path) for path in sources], schema=FILE_COLUMNS, format="parquet")
    # As the cold job writes: Flink reads the file again, and zstd has failed it (docs/design.md).
    with pq.ParquetWriter(target, FILE_COLUMNS, compression="snappy") as writer:
        for first, end in _meter_ranges(day, rows_in_memory):
            meters = pc.field("meter_id") >= first
            if end is not None:
                meters &= pc.field("meter_id") < end
            rows = pl.from_arrow(day.to_table(filter=meters))
            assert isinstance(rows, pl.DataFrame)
            table = rows.sort(SORT_KEY).to_arrow().cast(FILE_COLUMNS)
            writer.write_table(table, row_group_size=ROWS_IN_GROUP)
    expected: int = day.count_rows()
    written: int = pq.read_metadata(target).num_rows
    if written != expected:
        raise ArchiveError(f"{target} has {written:,} rows and should have {expected:,}")
    return written


def _meter_ranges(day: ds.Dataset, rows_in_memory: int) -> Iterator[tuple[str, str | None]]:
    """Ranges [first, end) of meters that together are all, the last one without an end."""
    counts: dict[str, int] = {}
    for batch in day.to_batches(columns=["meter_id"]):
        for each in batch.column("meter_id").value_counts().to_pylist():
            counts[each["values"]] = counts.get(each["values"], 0) + each["counts"]
    first: str | None = None
    rows = 0
    # By code points, which is also the order of UTF-8 bytes, and so the filter's.
    for meter_id in sorted(counts):
        if first is None:
            first = meter_id
        elif rows + counts[meter_id] > rows_in_memory:
            yield first, meter_id
            first, rows = meter_id, 0
        rows += counts[meter_id]
    if first is not None:
        yield first, None
