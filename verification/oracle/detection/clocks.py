"""The clocks of the partitions, by which meters age, of a whole log at once.

A partition's clock goes from record to record of its writer. Between two that are too far apart the
writer was gone, and the clock stood. So it did from the first heartbeat by which the writer closed,
until the slice in which it began again.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from verification.oracle.words import slice_end

Ints = npt.NDArray[np.int64]

QUIET_MS = 10_000
"""Longest time between two records of a writer that is there."""

MOST_PAUSES = 64
"""How often a writer was gone is remembered at most, the latest times: what is older counts."""

_NEVER = -(2**62)


@dataclass(frozen=True)
class _Clock:
    """Of one partition; times in milliseconds, ascending."""

    heard: Ints
    """Arrivals of its writer's records."""
    stopped: Ints
    """Since when its writer was gone, each time."""
    went_on: Ints
    """And until when."""
    stood: Ints
    """How long it had stood before each of these times, and at the end."""

    @classmethod
    def of(cls, arrivals: Ints) -> "_Clock":
        heard = np.unique(arrivals)
        pauses = np.flatnonzero(np.diff(heard) > QUIET_MS)
        stopped, went_on = heard[pauses], heard[pauses + 1]
        stood = np.concatenate(([0], np.cumsum(went_on - stopped)))
        return cls(heard, stopped, went_on, stood)

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
        # Of the times that its writer was gone and had come back before the end.
        forgotten = np.searchsorted(self.went_on, end) - MOST_PAUSES
        first = np.append(self.stopped, _NEVER)[np.maximum(forgotten, 0)]
        since = np.where(forgotten > 0, np.maximum(life, first), life)
        stood = self.stood_before(until) - self.stood_before(np.minimum(since, until))
        ages: Ints = np.where(records > 0, until - life - stood, 0)
        return ages


class Clocks:
    """Of all partitions."""

    def __init__(self, written: pl.DataFrame, slice_ms: int) -> None:
        """Of every record of a writer, readings and heartbeats.

        Args:
            written: `partition`, `arrival_ms`, and of a heartbeat whether its writer is `closing`;
                null of any other record.
        """
        self._clocks = {
            int(partition): _Clock.of(records["arrival_ms"].to_numpy())
            for (partition,), records in _counted(written, slice_ms).group_by("partition")
        }

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


def _counted(written: pl.DataFrame, slice_ms: int) -> pl.DataFrame:
    """`partition` and `arrival_ms` of what was written while the writer had not closed. What came
    after it closed, in the slice in which it did, came when it did."""
    at = pl.col("arrival_ms")
    closing = pl.col("closing")
    of_slice = ("partition", "slice")
    records = written.with_columns(slice=slice_end(at, slice_ms))
    closed = pl.when(pl.col("closed_ms").is_not_null()).then(True).when("begins").then(False)
    slices = (
        records.group_by(of_slice)
        .agg(closed_ms=at.filter(closing).min(), begins=(~closing).any())
        .sort(of_slice)
        .with_columns(closed=closed.forward_fill().over("partition"))
        .with_columns(was=pl.col("closed").shift().over("partition").fill_null(value=False))
        .filter(~pl.col("was") | (pl.col("begins") & pl.col("closed_ms").is_null()))
    )
    return records.join(slices, on=of_slice).select(
        "partition", arrival_ms=pl.min_horizontal("arrival_ms", "closed_ms")
    )
