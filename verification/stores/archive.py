"""Reads the Parquet archive of a namespace."""

from typing import cast

import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds

from contracts.settings import Settings

COLUMNS = pa.schema(
    [
        ("meter_id", pa.string()),
        ("geohash", pa.string()),
        ("commodity", pa.string()),
        ("ts", pa.int64()),
        ("seq", pa.int64()),
        ("register", pa.float64()),
        ("demand", pa.float64()),
        ("voltage_v", pa.float64()),
        ("arrival_ms", pa.int64()),
        ("kafka_partition", pa.int32()),
        ("kafka_offset", pa.int64()),
        ("late", pa.bool_()),
        ("event_date", pa.string()),
    ]
)
"""The archive's columns; `event_date` is the folder, not in the files."""


def read_archive(settings: Settings) -> pl.DataFrame:
    """Every row of every finished file, columns as in COLUMNS; empty where there is no archive.

    Files whose name begins with `.` or `_` are not finished and left out.

    Raises:
        pyarrow.lib.ArrowInvalid: a file is not Parquet, or a column has another type.
    """
    if not settings.archive_dir.exists():
        return cast(pl.DataFrame, pl.from_arrow(COLUMNS.empty_table()))
    partitioning = ds.partitioning(pa.schema([COLUMNS.field("event_date")]), flavor="hive")
    archive = ds.dataset(
        settings.archive_dir, schema=COLUMNS, format="parquet", partitioning=partitioning
    )
    return cast(pl.DataFrame, pl.from_arrow(archive.to_table()))
