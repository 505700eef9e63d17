"""A snapshot of the archive as DuckDB's tables, and nothing else that can be read."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from adapters.archive.snapshot import read
from adapters.sql.catalogue import Days, view_statements
from contracts.settings import Settings

COLUMNS = """
    CREATE SCHEMA archive;
    CREATE TABLE archive.columns (
        meter_id VARCHAR, geohash VARCHAR, commodity VARCHAR, ts BIGINT, seq BIGINT,
        register DOUBLE, demand DOUBLE, voltage_v DOUBLE, energy DOUBLE, interval_ms BIGINT,
        revision BIGINT, quality VARCHAR, quality_code VARCHAR, arrival_ms BIGINT,
        kafka_partition INTEGER, kafka_offset BIGINT, late BOOLEAN, event_date DATE
    );
"""
"""Of every file; older ones lack what came later, which is null then."""

_MARGIN = timedelta(days=1)
"""Read before the first day: in which a half-hour's step may have begun."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an answer may take."""

    rows: int = 1_000
    seconds: float = 60.0
    memory_mib: int = 1_024
    spill_mib: int = 8_192
    """What sorts and groups that do not fit into memory may take on the disk, while they run."""
    threads: int = 2


@contextmanager
def opened(
    settings: Settings, days: Days, limits: Limits
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Sequence[Path]]]:
    """A connection with all views over the archive as it is now, and the archive's files. It reads
    no other file, and keeps its settings.

    Raises:
        ArchiveError: the archive is not on this machine, or cannot be read.
    """
    with TemporaryDirectory(prefix="wattstream-sql-") as spill:
        paths = read(settings, list, _near(days))
        with duckdb.connect(config=_bounds(limits, spill)) as connection:
            connection.execute(COLUMNS)
            _read(connection, paths)
            connection.execute(view_statements(days))
            for setting in (f"allowed_paths = {_list(paths)}", "enable_external_access = false"):
                connection.execute(f"SET {setting}")
            connection.execute("SET lock_configuration = true")
            yield connection, paths


def _bounds(limits: Limits, spill: str) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "threads": limits.threads,
        "memory_limit": f"{limits.memory_mib}MiB",
        "temp_directory": spill,
        "max_temp_directory_size": f"{limits.spill_mib}MiB",
        "python_enable_replacements": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def _read(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    # Each view looks at the files when it is made, and again when it is asked.
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    if not paths:
        connection.execute("CREATE VIEW archive.messages AS FROM archive.columns")
        return
    connection.execute(
        f"""
        CREATE VIEW archive.messages AS FROM archive.columns UNION ALL BY NAME
        FROM read_parquet(
            {_list(paths)}, union_by_name = true, hive_partitioning = true,
            hive_types = {{event_date: DATE}}
        )
        """
    )


def _near(days: Days) -> Callable[[str], bool]:
    first = days.begin - _MARGIN if days.begin > date.min else days.begin
    # A half-hour's last reading may be at its end, and so of the next day.
    return lambda day: str(first) <= day <= str(days.end)


def _list(paths: Sequence[Path]) -> str:
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"
