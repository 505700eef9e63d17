"""Ten London homes in January 2013: what they used, and registers that counted it."""

from functools import cache

import numpy as np
import polars as pl

from contracts.masters import Installation
from contracts.settings import PROJECT
from simulators.london.lcl import HALF_HOUR_MS, read_london
from tests.unit.billing.curve.registers import installed

EXTRACT = PROJECT / "simulators" / "data" / "lcl_extract.csv.gz"
BEGIN_MS = 1_356_998_400_000
"""2013-01-01, UTC."""
HALF_HOURS = 31 * 48


@cache
def half_hours() -> tuple[list[str], np.ndarray[tuple[int, int], np.dtype[np.int64]]]:
    """Homes, and their energies [homes x half-hours of January], mWh; -1 where none is there."""
    frame = read_london(EXTRACT).readings
    homes = sorted(frame["meter_id"].unique().to_list())
    energies = np.full((len(homes), HALF_HOURS), -1, dtype=np.int64)
    for meter_id, ts_ms, demand_mw in frame.select("meter_id", "ts", "demand_mw").iter_rows():
        energies[homes.index(meter_id), (ts_ms - BEGIN_MS) // HALF_HOUR_MS - 1] = demand_mw // 2
    return homes, energies


def registers(source: str) -> list[Installation]:
    return [
        installed(home, source=source, begin_ms=BEGIN_MS, opening_mwh=0, max_w=None)
        for home in half_hours()[0]
    ]


def readings() -> pl.DataFrame:
    """As the archive has them of a replay, whose registers are sums of the half-hours there."""
    return read_london(EXTRACT).readings.select(
        "meter_id",
        "ts",
        "seq",
        commodity=pl.lit("electricity"),
        register=pl.col("register_mwh") / 1_000,
    )
