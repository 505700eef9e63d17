"""`wattstream bench layouts`: what a row of history costs by the partition that it goes to.

The sink's own way of writing, into tables that differ in their primary key alone.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from adapters.cassandra_history import Column, HistoryWriter, cql_day
from benchmarks.cpu import cpu_s
from benchmarks.exclusive import alone
from contracts.figures import FIGURES
from contracts.history import MINUTE_COLUMNS, bucket_of, keyspace, schema_statements
from contracts.reading import AREA_LENGTH
from contracts.settings import PROJECT, Settings
from contracts.time import HOUR_MS, MINUTE_MS
from infra.provenance import origin
from infra.provision import provision
from infra.settings import StackSettings

LAYOUTS = {
    "meter and day": ("day date", "(meter_id, day), commodity, minute, corrected_at"),
    "area and minute": ("area text", "(area, minute), meter_id, commodity, corrected_at"),
    "bucket and hour": (
        "bucket int, hour timestamp",
        "(bucket, hour), meter_id, commodity, minute, corrected_at",
    ),
}
"""Columns besides MINUTE_COLUMNS, and the primary key."""
AREAS = 100
FIRST_MINUTE_MS = 1_767_636_000_000
REPEATS = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a row, CPU microseconds."""

    layout: str
    repeat: int
    cassandra_us: float
    client_us: float
    rows_per_s: float
    """By one writer that does nothing else."""


def run(settings: Settings, meters: int, minutes: int, console: Console) -> Iterator[Cost]:
    """Write the same minutes with each layout in turn, REPEATS times; the first time finds a
    Cassandra whose code is not compiled yet."""
    with alone(settings, console, keep_readings=False):
        provision(settings)
        writer = HistoryWriter(settings.cassandra, keyspace(settings))
        try:
            for repeat in range(REPEATS):
                for layout in LAYOUTS:
                    yield _cost(settings, writer, layout, repeat, meters, minutes)
        finally:
            writer.close()


def _cost(
    settings: Settings,
    writer: HistoryWriter,
    layout: str,
    repeat: int,
    meters: int,
    minutes: int,
) -> Cost:
    columns, key = LAYOUTS[layout]
    table = f"layout_{list(LAYOUTS).index(layout)}_{repeat}"
    (create,) = (each for each in schema_statements(settings) if "minutes_by_area" in each)
    create = create.replace("minutes_by_area", table).replace("area text", columns)
    writer.session.execute(re.sub(r"PRIMARY KEY .*\)", f"PRIMARY KEY ({key})", create))
    derived = [column.split()[0] for column in columns.split(", ")]
    insert = writer.insert(table, (*derived, *MINUTE_COLUMNS))
    stack_settings = StackSettings()
    cassandra_s = client_s = elapsed_s = 0.0
    for minute in range(minutes):
        row = _rows(meters, FIRST_MINUTE_MS + minute * MINUTE_MS)
        before = cpu_s(stack_settings)["cassandra"], time.process_time(), time.monotonic()
        writer.write([insert], {name: row[name] for name in (*derived, *MINUTE_COLUMNS)})
        cassandra_s += cpu_s(stack_settings)["cassandra"] - before[0]
        client_s += time.process_time() - before[1]
        elapsed_s += time.monotonic() - before[2]
    rows = meters * minutes
    return Cost(layout, repeat, cassandra_s / rows * 1e6, client_s / rows * 1e6, rows / elapsed_s)


def _rows(meters: int, minute_ms: int) -> dict[str, Column]:
    """A minute of each meter, with what partition keys are made of."""
    numbers = np.arange(meters)
    minute = pd.Series(np.full(meters, minute_ms))
    meter_ids = [f"meter-{number:07d}" for number in numbers]
    geohash = pd.Series([f"g{number % AREAS:04d}vx10" for number in numbers])
    figures = {
        figure.name: numbers * 1.5 if figure.type == "double" else numbers for figure in FIGURES
    }
    return {
        "meter_id": pd.Series(meter_ids),
        "minute": minute,
        "corrected_at": minute * 0,
        "geohash": geohash,
        "commodity": pd.Series(["electricity"] * meters),
        "figures": pd.DataFrame(figures),
        "day": cql_day(minute),
        "hour": minute // HOUR_MS * HOUR_MS,
        "area": geohash.str[:AREA_LENGTH],
        "bucket": pd.Series(list(map(bucket_of, meter_ids)), dtype="int32"),
    }


def content(costs: Sequence[Cost], command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    return {**origin(command, PROJECT), "costs": [asdict(cost) for cost in costs]}


def table(costs: Sequence[Cost]) -> Table:
    """Every layout on a terminal, each time it was tried."""
    shown = Table(title="a row of history, CPU microseconds")
    for column in ("partition", "time", "Cassandra", "client", "rows/s"):
        shown.add_column(column, justify="right")
    for cost in costs:
        shown.add_row(
            cost.layout,
            str(cost.repeat + 1),
            f"{cost.cassandra_us:,.0f}",
            f"{cost.client_us:,.0f}",
            f"{cost.rows_per_s:,.0f}",
        )
    return shown
