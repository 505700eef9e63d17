"""Who lives in the homes of London files and on which terms, as files of masters.

The data set names nobody, and who sells to them is made up.
"""

import json
from pathlib import Path

import polars as pl

from simulators.households import households, write_files
from simulators.london.lcl import HALF_HOUR_MS
from simulators.london.tariffs import SERIES, dynamic_prices

SITE = "london"
ALWAYS = "2000-01-01T00:00Z"
SELLER = {
    "valid_from": "2000-01-01",
    "name": "London Light & Power",
    "address": json.dumps({"lines": ["1 Meter Street"], "city": "London", "country": "GB"}),
    "vat_id": "GB123456789",
    "account": "20-00-00 55779911",
    "locale": "en-GB",
}


def master_files(readings: pl.DataFrame, plan_id: str = SERIES) -> dict[str, pl.DataFrame]:
    """Files of masters by the table that each is of; cells are text.

    Args:
        readings: Of `simulators.london.lcl.London`: all half-hours that the registers count.
        plan_id: What all pay by.
    """
    homes = readings.group_by("meter_id").agg(begin_ms=pl.col("ts").min() - HALF_HOUR_MS)
    homes = homes.sort("meter_id").with_row_index("customer_id", 1)
    # Files have energies of half-hours, so registers made of them know nothing of others.
    homes = homes.select(
        "customer_id",
        "meter_id",
        source=pl.lit("interval"),
        opening_mwh=pl.lit(0),
        cadence_ms=pl.lit(HALF_HOUR_MS),
        valid_from=_instant("begin_ms"),
    )
    site = {
        "site_id": [SITE],
        "time_zone": ["Europe/London"],
        "currency": ["GBP"],
        "tax_region": ["GB-domestic"],
    }
    tax = {
        "tax_region": ["GB-domestic"],
        "category": ["S"],
        "valid_from": ["2000-01-01"],
        "rate": [5],
    }
    return {
        "site": pl.DataFrame(site),
        "seller": pl.DataFrame([SELLER]),
        **households(homes, site_id=SITE, plan_id=plan_id, since=ALWAYS),
        "price": _prices(),
        "tax_rate": pl.DataFrame(tax),
    }


def write_master_files(folder: Path, readings: pl.DataFrame, plan_id: str = SERIES) -> list[Path]:
    """Write the files of `master_files` into a folder, which is made; what was written."""
    return write_files(folder, master_files(readings, plan_id))


def _prices() -> pl.DataFrame:
    rows = [
        (each.series_id, each.begin_ms, each.end_ms, str(each.price), each.band)
        for each in dynamic_prices()
    ]
    columns = ["series_id", "begin_ms", "end_ms", "price", "band"]
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    return frame.select(
        "series_id", "price", "band", starts=_instant("begin_ms"), ends=_instant("end_ms")
    )


def _instant(column: str) -> pl.Expr:
    return pl.from_epoch(column, "ms").dt.strftime("%Y-%m-%dT%H:%MZ")
