"""The Parquet archive: its columns, and the manifest that says which of its files count."""

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

MANIFEST = "_manifest.json"
"""Name of the manifest, in the archive's root."""

COMPACTED_PREFIX = "compacted-"
"""How names of compacted files begin; the cold job's begin otherwise."""

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
        ("energy", pa.float64()),
        ("interval_ms", pa.int64()),
        ("revision", pa.int64()),
        ("quality", pa.string()),
        ("quality_code", pa.string()),
        ("arrival_ms", pa.int64()),
        ("kafka_partition", pa.int32()),
        ("kafka_offset", pa.int64()),
        ("late", pa.bool_()),
        ("event_date", pa.string()),
    ]
)
"""The archive's columns; `event_date` is the folder, not in the files. What the meter did not say
is null, but for `revision`, which is 0 then."""


class Compacted(BaseModel):
    """A compacted file that is part of the archive. Paths are relative to the archive's root."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    replaces: tuple[str, ...]
    """Files whose rows it holds and which may still be there: no reader counts them."""
    written_ms: int
    """When it took their place, epoch ms."""


class Manifest(BaseModel):
    """The compacted files; replaced as a whole, atomically."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    compaction: str = ""
    """The one that wrote it, by an id of its own: where nothing keeps two from working at once, the
    one that began before finds another's and gives up."""
    files: tuple[Compacted, ...] = ()
