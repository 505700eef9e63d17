"""What Kafka acknowledged to a producer, written down: the input of verification.

A Parquet file with one row per record; README.md says what is in it. Simulators write one per run
and process, `<recordings_dir>/<run>-<process>.parquet`, in the order of partitions; they know
offsets without asking, since a partition has one writer.
"""

import pyarrow as pa

SCHEMA = pa.schema(
    [
        pa.field("partition", pa.int32(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("arrival_ms", pa.int64(), nullable=False),
        pa.field("key", pa.binary()),
        pa.field("value", pa.binary()),
    ]
)
