"""The clocks of the partitions, by which meters age, of a whole log at once.

A partition's clock goes from record to record of its writer. Between two that are too far apart the
writer was gone, and the clock stood.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

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

    def __init__(self, written: pl.DataFrame) -> None:
        """Of `partition` and `arrival_ms` of every record of a writer, readings and heartbeats."""
        self._clocks = {
            int(partition): _Clock.of(records["arrival_ms"].to_numpy())
            for (partition,), records in written.group_by("partition")
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
