"""London's homes of 2013 for the benchmark of bills: their archive, and who lives there."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from benchmarks.bills_fleet import HALF_HOUR_MS, PLAN
from billing.tariffs.plan import EXAMPLES
from contracts.masters import (
    Contract,
    Installation,
    Masters,
    Occupancy,
    PlanVersion,
    Premises,
    Site,
    TaxRate,
)
from simulators.london.lcl import read_london
from simulators.london.tariffs import dynamic_prices

SITE = Site("london", "Europe/London", "GBP", "GB-domestic")


def archive(folder: Path, path: Path) -> tuple[int, dict[str, int]]:
    """Write an archive of the readings of a file, a file a UTC day. How many there are, and when
    the first half-hour of each home begins.
    """
    readings = read_london(path).readings.select(
        pl.col("meter_id").cast(pl.String),
        pl.lit("electricity").alias("commodity"),
        "ts",
        "seq",
        (pl.col("register_mwh") / 1_000).alias("register"),
        pl.lit(0, pl.Int64).alias("revision"),
        pl.lit(0, pl.Int32).alias("kafka_partition"),
        pl.col("seq").alias("kafka_offset"),
        pl.from_epoch("ts", "ms").dt.date().alias("day"),
    )
    for (day,), rows in readings.partition_by("day", as_dict=True, include_key=False).items():
        target = folder / f"event_date={day}"
        target.mkdir()
        rows.write_parquet(target / "part-0.parquet", compression="snappy")
    firsts = readings.group_by("meter_id").agg(pl.col("ts").min()).sort("meter_id")
    return readings.height, {home: ts - HALF_HOUR_MS for home, ts in firsts.iter_rows()}


def masters(begins_ms: dict[str, int]) -> Masters:
    """A customer a home, all on the dynamic tariff. Registers are made of half-hours that were
    measured, and know nothing of others."""
    homes = list(begins_ms)
    return Masters(
        as_of_ms=0,
        sites=(SITE,),
        premises=tuple(Premises(home, SITE.site_id) for home in homes),
        occupancies=tuple(Occupancy(home, n, 0, None) for n, home in enumerate(homes, 1)),
        installations=tuple(
            Installation(
                register_id=home,
                premises_id=home,
                commodity="electricity",
                direction="import",
                source="interval",
                boundary="interpolate",
                begin_ms=begin_ms,
                end_ms=None,
                cadence_ms=HALF_HOUR_MS,
                opening_mwh=0,
            )
            for home, begin_ms in begins_ms.items()
        ),
        contracts=tuple(
            Contract(home, n, "electricity", PLAN, 0, None) for n, home in enumerate(homes, 1)
        ),
        plans=(
            PlanVersion(PLAN, 1, date(2000, 1, 1), None, (EXAMPLES / f"{PLAN}.toml").read_text()),
        ),
        prices=dynamic_prices(),
        tax_rates=(TaxRate("GB-domestic", "S", date(2000, 1, 1), None, Decimal(5)),),
    )
