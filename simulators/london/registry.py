"""What a replay says of the homes of London files, so that somebody looks after them.

The files know no transformer, so each home is behind one of its own: nobody is told that homes are
out together which have nothing to do with one another. They know energies of half-hours and no
register: that of a replay stands still where half-hours are missing, so it is not what counts.
"""

import orjson
import polars as pl

from contracts.meters import MAX_FEEDER_LENGTH, Meter, announcement
from simulators.fleet.london_grid import geohash_of
from simulators.london.lcl import HALF_HOUR_MS

FEEDER = "lcl-"
"""Begins the name of a home's feeder, which is the meter's otherwise."""


def registry_of(readings: pl.DataFrame) -> pl.DataFrame:
    """The homes of some readings, by id: of a fleet's registry (`simulators.fleet.registry`) the
    columns that are known."""
    homes = readings.select("meter_id").unique().sort("meter_id")
    feeder = pl.concat_str(pl.lit(FEEDER), "meter_id").str.head(MAX_FEEDER_LENGTH)
    return homes.with_columns(
        geohash=pl.col("meter_id").map_elements(geohash_of, pl.String),
        feeder=feeder,
        announced_feeder=feeder,
        commodity=pl.lit("electricity"),
        cadence_ms=pl.lit(HALF_HOUR_MS, pl.Int64),
        phase_ms=pl.lit(0, pl.Int64),
        is_export=pl.lit(value=False),
    )


def announcements(registry: pl.DataFrame) -> dict[str, bytes]:
    """The announcement of each home, by its id."""
    return {
        row["meter_id"]: orjson.dumps(
            announcement(
                row["meter_id"],
                Meter(
                    geohash=row["geohash"],
                    feeder=row["announced_feeder"],
                    commodity=row["commodity"],
                    cadence_ms=row["cadence_ms"],
                    kind="interval",
                    solar_w=0,
                    export=row["is_export"],
                ),
            )
        )
        for row in registry.iter_rows(named=True)
    }
