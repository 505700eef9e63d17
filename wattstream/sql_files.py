"""Rows of an answer as a Parquet file."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.durable import sync
from contracts.errors import RequestError


def write_parquet(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write a file whole, or nothing of it; how many rows it has. One that is there is replaced.

    Raises:
        RequestError: two columns have one name, or Parquet has no such type.
    """
    new = path.with_name(f".{path.name}.new")
    rows = 0
    try:
        with pq.ParquetWriter(new, schema, compression="zstd") as writer:
            for batch in batches:
                writer.write_batch(batch)
                rows += batch.num_rows
        sync(new)
        new.replace(path)
    except pa.ArrowNotImplementedError as error:
        raise RequestError(f"Parquet has no such type ({error}): cast the column") from error
    finally:
        new.unlink(missing_ok=True)
    sync(path.absolute().parent)
    return rows
