"""Who lives in the homes of the demonstration, and on which terms: those of London pay by the
dynamic tariff of 2013, those of the live fleet one price, from when it begins."""

from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import psycopg

from adapters.master_files import load
from billing.tariffs.plan import EXAMPLES
from contracts.settings import PROJECT
from contracts.time import SECOND_MS
from services.settlement.plans import load as load_plans
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.households import households, write_files
from simulators.london.lcl import read_london
from simulators.london.masters import SITE, master_files

LONDON = PROJECT / "simulators" / "data" / "lcl_extract.csv.gz"
LIVE_PLAN = "lcl-flat"
FIRST_LIVE = 101
"""The customer of the first live home; those of London are 1 to 10."""


def load_masters(connection: psycopg.Connection, fleet: FleetPlan, now_ms: int) -> None:
    """Load masters and plans, for those homes of the fleet that have electricity from now on."""
    for tables in (master_files(read_london(LONDON).readings), live_homes(fleet, now_ms)):
        with TemporaryDirectory() as folder:
            write_files(Path(folder), tables)
            load(connection, Path(folder))
    load_plans(connection, sorted(EXAMPLES.glob("lcl-*.toml")), date(2000, 1, 1), None)


def live_homes(fleet: FleetPlan, now_ms: int) -> dict[str, pl.DataFrame]:
    """Of the fleet, files of masters by the table that each is of."""
    registry = make_registry(fleet)
    its = registry.take(registry.is_commodity("electricity") & ~registry.is_export)
    begin = f"{datetime.fromtimestamp(now_ms // SECOND_MS, UTC):%Y-%m-%dT%H:%MZ}"
    homes = pl.DataFrame(
        {
            "customer_id": its.home + FIRST_LIVE,
            "meter_id": its.meter_id.astype(str),
            "cadence_ms": its.cadence_ms,
        }
    ).with_columns(source=pl.lit("counter"), valid_from=pl.lit(begin))
    return households(homes, site_id=SITE, plan_id=LIVE_PLAN, since=begin)
