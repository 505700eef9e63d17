"""Columns of the Parquet archive; `adapters.archive.snapshot` says which files they are in."""

import pyarrow as pa

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
