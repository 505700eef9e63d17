"""An archive in memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

import polars as pl


@dataclass(frozen=True)
class Memory:
    """Readings as the archive has them."""

    rows: pl.DataFrame
    until: int = 2**62
    """The first offset that is left out."""

    @cached_property
    def days(self) -> Sequence[date]:
        return sorted(set(self._known["day"]))

    def readings(
        self, days: Collection[date], meters: Collection[str] | None = None
    ) -> pl.DataFrame:
        found = self._known.filter(pl.col("day").is_in(list(days))).drop("day")
        return found if meters is None else found.filter(pl.col("meter_id").is_in(list(meters)))

    def meters(self, days: Collection[date]) -> pl.DataFrame:
        return self.readings(days).select("meter_id", "commodity").unique()

    def mark(self, day: date) -> int:
        """How many words there are of a day: as the log grows, they become more."""
        return self.readings([day]).height

    @cached_property
    def _known(self) -> pl.DataFrame:
        return self.rows.filter(pl.col("kafka_offset") < self.until)


def memory(said: Sequence[tuple[str, int, int]], until: int = 2**62) -> Memory:
    """Of words in the order of the log: meter, epoch ms, and register in thousandths."""
    meters, ts, registers = zip(*said, strict=True)
    return Memory(
        pl.DataFrame(
            {
                "meter_id": meters,
                "commodity": "electricity",
                "ts": ts,
                "seq": [each // 1_000 for each in ts],
                "register": [each / 1_000 for each in registers],
                "revision": 0,
                "kafka_offset": range(len(said)),
                "day": [datetime.fromtimestamp(each / 1_000, UTC).date() for each in ts],
            }
        ),
        until,
    )


def intervals(said: Sequence[tuple[str, int, int, int]], until: int = 2**62) -> Memory:
    """Of words on half-hours in the order of the log: meter, epoch ms, energy in thousandths, and
    revision. As that of an importer, a register counts what was sent."""
    meters, ts, energies, revisions = zip(*said, strict=True)
    rows = memory(list(zip(meters, ts, energies, strict=True)), until).rows.with_columns(
        energy=pl.col("register"),
        revision=pl.Series(revisions),
        register=1e9 + pl.col("register").cum_sum().over("meter_id"),
    )
    return Memory(rows, until)
