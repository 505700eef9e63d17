"""What a simulator sent, written down: the input of verification.

One Parquet file per run and process, `<recordings_dir>/<run>-<process>.parquet`, one row per record
in the order of its partition. Offsets are known without asking, since a partition has one writer.
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
