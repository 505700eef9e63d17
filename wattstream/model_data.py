"""What `wattstream model` learns from: files of half-hours, or the archive of a namespace."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from contracts.settings import Settings
from detection.errors import DataError
from detection.unusual.archived_hours import of_archive
from detection.unusual.frames import grid, half_hours_of_table, of_half_hours
from detection.unusual.hours import Hours
from simulators.london.lcl import read_london

PARQUET = b"PAR1"


def hours_of(settings: Settings, files: Sequence[Path]) -> Hours:
    """The hours of files, or of the namespace's archive if there are none.

    Raises:
        DataError, FileError: a file cannot be used.
        ArchiveError: the archive cannot be read.
    """
    if not files:
        archived = of_archive(settings)
        if archived.is_empty():
            raise DataError(
                f"{settings.archive_address} has no reading of an electricity meter: give files of "
                "half-hours, or the --namespace of an archive"
            )
        return grid(archived)
    parquet = [path for path in files if _is_parquet(path)]
    others = [path for path in files if path not in parquet]
    parts = [half_hours_of_table(pl.read_parquet(path), str(path)) for path in parquet]
    if others:
        readings = read_london(*others).readings
        # A half-hour's mean demand is twice its energy.
        parts.append(readings.select("meter_id", "ts", energy_mwh=pl.col("demand_mw") // 2))
    return grid(of_half_hours(pl.concat(parts)))


def groups_of(path: Path) -> dict[str, str]:
    """Groups by meter from a CSV file with `meter_id` and `group`.

    Raises:
        DataError: it cannot be read as one.
    """
    try:
        table = pl.read_csv(path, infer_schema=False)
        return dict(table.select("meter_id", "group").drop_nulls().iter_rows())
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"{path}: cannot be read ({error}): give a CSV file with columns meter_id and group"
        ) from error


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(PARQUET)) == PARQUET
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
