"""Households of homes of which data names nobody, as files of masters: each home has one household,
which is called after its meter."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from contracts.master_files import FILES


def households(
    homes: pl.DataFrame, *, site_id: str, plan_id: str, since: str
) -> dict[str, pl.DataFrame]:
    """Homes in London that take electricity, by the table that each frame is of; cells are text.

    Args:
        homes: A row each: `customer_id`, `meter_id`, and what else its `installation` says.
        site_id: Whose homes they are.
        plan_id: What all pay by.
        since: From when on they are there and do so, with the offset from UTC.
    """
    home, customer, always = pl.col("meter_id"), pl.col("customer_id"), pl.lit(since)
    address = pl.concat_str(
        pl.lit('{"lines": ["Home '), home, pl.lit('"], "city": "London", "country": "GB"}')
    )
    electricity = pl.lit("electricity")
    return {
        "customer": homes.select(customer, name=pl.lit("Household of ") + home, address=address),
        "premises": homes.select(premises_id=home, site_id=pl.lit(site_id)),
        "premises_address": homes.select(premises_id=home, address=address),
        "installation": homes.select(
            pl.exclude("customer_id", "meter_id"),
            register_id=home,
            premises_id=home,
            commodity=electricity,
            direction=pl.lit("import"),
            boundary=pl.lit("interpolate"),
        ),
        "tenant": homes.select(customer, tenant_id=home, as_of=always),
        "contract": homes.select(
            customer,
            premises_id=home,
            commodity=electricity,
            plan_id=pl.lit(plan_id),
            valid_from=always,
        ),
    }


def write_files(folder: Path, tables: Mapping[str, pl.DataFrame]) -> list[Path]:
    """Write the files of tables into a folder, which is made; what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {file.table: folder / file.name for file in FILES if file.table in tables}
    for table, path in paths.items():
        tables[table].write_csv(path)
    return list(paths.values())
