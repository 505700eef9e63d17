"""The clocks of the partitions, by which meters age, of a whole log at once.

A partition's clock goes from record to record of its writer. Between two that are too far apart the
writer was gone, and the clock stood. So it did from each heartbeat that says that the writer closes
to the next one in the log that does not, and no longer than a writer that is there may be quiet.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]

QUIET_MS = 10_000
"""Longest time between two records of a writer that is there."""

MOST_PAUSES = 64
"""How often a writer was gone or closed is remembered at most, the latest times: what is older
counts."""

_NEVER = -(2**62)


@dataclass(frozen=True)
class _Clock:
    """Of one partition; times in milliseconds, ascending."""

    heard: Ints
    """Arrivals of its writer's records."""
    stopped: Ints
    """Since when its writer was gone or closed, each time."""
    went_on: Ints
    """And until when."""
    told: Ints
    """When it was known that it is."""
    stood: Ints
    """How long it had stood before each of these times, and at the end."""

    @classmethod
    def of(cls, arrivals: Ints, closing: Ints, closing_until: Ints) -> "_Clock":
        """Of all arrivals, and the times in which it was closed."""
        heard = np.unique(arrivals)
        pauses = np.flatnonzero(np.diff(heard) > QUIET_MS)
        since = np.concatenate((closing, heard[pauses]))
        until = np.concatenate((closing_until, heard[pauses + 1]))
        gone = np.arange(len(since)) >= len(closing)
        order = np.lexsort((gone, since))
        since, until, gone = since[order], until[order], gone[order]
        longest = np.maximum.accumulate(np.append(_NEVER, until))[:-1]
        # Who is closed and says so again at once is so without a break.
        first = np.where(gone, since >= longest, since > longest)
        number = np.cumsum(first) - 1
        stopped, was_gone = since[first], gone[first]
        went_on = np.full(len(stopped), _NEVER)
        np.maximum.at(went_on, number, until)
        told = np.where(was_gone, until[first], stopped)
        stood = np.concatenate(([0], np.cumsum(went_on - stopped)))
        return cls(heard, stopped, went_on, told, stood)

    def stood_before(self, at: Ints) -> Ints:
        """For how long it stood before an instant."""
        over = np.searchsorted(self.went_on, at, side="right")
        began = np.append(self.stopped, -_NEVER)[over]
        stood: Ints = self.stood[over] + np.maximum(at - began, 0)
        return stood

    def ages(self, life: Ints, lead: Ints, end: Ints) -> Ints:
        """As `Clocks.ages`."""
        records = np.searchsorted(self.heard, end)
        last = np.append(_NEVER, self.heard)[records]
        until = np.minimum(end - lead, last)
        # Of the times that were known of before the end.
        forgotten = np.searchsorted(self.told, end) - MOST_PAUSES
        first = np.append(self.stopped, _NEVER)[np.maximum(forgotten, 0)]
        since = np.where(forgotten > 0, np.maximum(life, first), life)
        stood = self.stood_before(until) - self.stood_before(np.minimum(since, until))
        ages: Ints = np.where(records > 0, until - life - stood, 0)
        return ages


class Clocks:
    """Of all partitions."""

    def __init__(self, written: pl.DataFrame) -> None:
        """Of every record of a writer, readings and heartbeats.

        Args:
            written: `partition`, `offset`, `arrival_ms`, and of a heartbeat whether its writer is
                `closing`; null of any other record.
        """
        self._clocks = {}
        for (partition,), records in written.sort("offset").group_by("partition"):
            closed = _closed(records)
            self._clocks[int(partition)] = _Clock.of(
                records["arrival_ms"].to_numpy(),
                closed["arrival_ms"].to_numpy(),
                closed["until_ms"].to_numpy(),
            )

    def ages(self, partition: Ints, life: Ints, lead: Ints, end: Ints) -> Ints:
        """For how long nothing has been heard of meters, by their partitions' clocks.

        Args:
            life: Their last signs of life.
            lead: How far their own clocks are ahead.
            end: As of when: only what was written before is known.
        """
        ages = np.zeros(len(life), dtype=np.int64)
        for number, clock in self._clocks.items():
            rows = np.flatnonzero(partition == number)
            ages[rows] = clock.ages(life[rows], lead[rows], end[rows])
        return ages


def _closed(records: pl.DataFrame) -> pl.DataFrame:
    """`arrival_ms` of each heartbeat that closes and `until_ms` when that no longer holds, of the
    records of a partition in their order."""
    at = pl.col("arrival_ms")
    heartbeats = records.filter(pl.col("closing").is_not_null())
    # Those that do not close, from one that does to the next one, open by the first of them.
    turns = pl.col("closing").ne_missing(pl.col("closing").shift()).cum_sum()
    runs = heartbeats.with_columns(run=turns)
    opened = (
        runs.filter(~pl.col("closing"))
        .group_by("run")
        .agg(opened_ms=at.min())
        .with_columns(run=pl.col("run") - 1)
    )
    return (
        runs.filter("closing")
        .join(opened, on="run", how="left")
        .select("arrival_ms", until_ms=pl.min_horizontal(at + QUIET_MS, "opened_ms"))
        .filter(pl.col("until_ms") > at)
    )
