"""Whom alerts can be of: the homes of a run, and when they read."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from contracts.time import DAY_MS

COLUMNS = ("meter_id", "announced_feeder", "cadence_ms", "phase_ms", "commodity", "is_export")
"""Of a fleet's registry, those that count here. The feeder is the one that the log announces, since
no alert can know the true one."""


@dataclass(frozen=True)
class Fleet:
    """The homes of a run: meters of electricity, without export registers and supply meters."""

    homes: pl.DataFrame
    """A row a home: meter_id, feeder (as announced), cadence_ms, and phase_ms: it reads when
    `ts % cadence_ms == phase_ms`."""
    begin_ms: int
    end_ms: int
    """When its meters read first and last."""
    supplied: frozenset[str] = frozenset()
    """Feeders of which a supply meter measures what goes in."""

    @property
    def days(self) -> float:
        """How long each was watched."""
        return (self.end_ms - self.begin_ms) / DAY_MS

    @property
    def home_days(self) -> float:
        """How long all homes together were watched."""
        return self.homes.height * self.days

    @cached_property
    def homes_of(self) -> dict[str, int]:
        """How many homes each feeder has that has any."""
        return dict(self.homes.group_by("feeder").len().iter_rows())


def fleet_of(registry: pl.DataFrame, begin_ms: int, end_ms: int) -> Fleet:
    """The homes of a registry with COLUMNS, whose meters read from then until then."""
    homes = registry.filter(pl.col("commodity") == "electricity", ~pl.col("is_export"))
    supplies = registry.filter(pl.col("commodity") == "supply")
    return Fleet(
        homes.select(
            "meter_id", pl.col("announced_feeder").alias("feeder"), "cadence_ms", "phase_ms"
        ).sort("meter_id"),
        begin_ms,
        end_ms,
        frozenset(supplies["announced_feeder"].to_list()),
    )
