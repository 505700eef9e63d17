"""Files of London's form, of homes that are made by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from simulators.london.lcl import HALF_HOUR_MS, read_london

NEW_YEAR_MS = 1_356_998_400_000
HEADING = "LCLid,tstp,energy(kWh/hh)\n"


def file_of(folder: Path, homes: Mapping[str, Sequence[float | None]]) -> Path:
    """A file with the kWh of each half-hour from New Year 2013 on; None has no row."""
    path = folder / "homes.csv"
    lines = [
        f"{home},{_start(number)},{kwh}\n"
        for home, values in homes.items()
        for number, kwh in enumerate(values)
        if kwh is not None
    ]
    path.write_text(HEADING + "".join(lines))
    return path


def readings_of(folder: Path, homes: Mapping[str, Sequence[float | None]]) -> pl.DataFrame:
    """The readings of such a file."""
    return read_london(file_of(folder, homes)).readings


def _start(number: int) -> str:
    at = datetime.fromtimestamp((NEW_YEAR_MS + number * HALF_HOUR_MS) / 1_000, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}"
