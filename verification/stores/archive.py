"""Reads the Parquet archive of a namespace."""

from pathlib import Path
from typing import cast

import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds

from adapters.archive import snapshot as archive
from contracts.archive import COLUMNS
from contracts.settings import Settings


def read_archive(settings: Settings) -> pl.DataFrame:
    """Every row of the archive, columns as in COLUMNS; empty where there is no archive.

    Raises:
        ArchiveError: the archive is not on this machine, or has no snapshot.
        pyarrow.lib.ArrowInvalid: a file is not Parquet, or a column has another type.
    """
    return cast(pl.DataFrame, pl.from_arrow(archive.read(settings, _table)))


def _table(paths: list[Path]) -> pa.Table:
    if not paths:
        return COLUMNS.empty_table()
    partitioning = ds.partitioning(pa.schema([COLUMNS.field("event_date")]), flavor="hive")
    files = [str(path) for path in paths]
    return ds.dataset(files, schema=COLUMNS, format="parquet", partitioning=partitioning).to_table()
