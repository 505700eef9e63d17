"""When each message reaches its partition: the order in which a simulator writes."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from contracts.settings import Settings
from simulators.network.conditions import NEVER, Fates


class Kind(IntEnum):
    """What a record is meant to be."""

    ON_TIME = 0
    LATE = 1
    REPEAT = 2
    MALFORMED = 3
    """Unusable: mangled, or its clock far ahead."""
    HEARTBEAT = 4
    ANNOUNCEMENT = 5
    """What the registry says of a meter."""
    EVENT = 6
    """What a meter says besides readings."""


NO_READING = -1


@dataclass(frozen=True, slots=True)
class Schedule:
    """One element per record; in the order of arrival once `in_order` made it so."""

    arrival_ms: NDArray[np.int64]
    partition: NDArray[np.int32]
    reading: NDArray[np.int64]
    """Row of the reading, or NO_READING for what is none."""
    kind: NDArray[np.int8]
    corruption: NDArray[np.int8]
    """Index into `network.CORRUPTIONS`, or -1."""

    def __len__(self) -> int:
        return len(self.arrival_ms)

    def in_order(self) -> "Schedule":
        """The same records by arrival."""
        return self.take(np.lexsort((self.kind, self.reading, self.arrival_ms)))

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "Schedule":
        """Some of the records."""
        return Schedule(
            self.arrival_ms[rows],
            self.partition[rows],
            self.reading[rows],
            self.kind[rows],
            self.corruption[rows],
        )


def concatenate(*schedules: Schedule) -> Schedule:
    """The records of all of them, one after the other."""
    return Schedule(
        np.concatenate([schedule.arrival_ms for schedule in schedules]),
        np.concatenate([schedule.partition for schedule in schedules]),
        np.concatenate([schedule.reading for schedule in schedules]),
        np.concatenate([schedule.kind for schedule in schedules]),
        np.concatenate([schedule.corruption for schedule in schedules]),
    )


def deliveries(fates: Fates, partition: NDArray[np.int32], rules: Settings) -> Schedule:
    """First and second arrivals of the readings that have these fates, not in order."""
    lateness_ms = fates.arrival_ms - fates.reported_ms
    unusable = (fates.corruption >= 0) | (-lateness_ms > rules.clock_skew_ms)
    late = lateness_ms > rules.on_time_limit_ms
    kind = np.where(unusable, Kind.MALFORMED, np.where(late, Kind.LATE, Kind.ON_TIME))
    rows = np.arange(len(kind), dtype=np.int64)
    once = Schedule(fates.arrival_ms, partition, rows, kind.astype(np.int8), fates.corruption)
    again = Schedule(
        fates.repeat_ms, partition, rows, np.full_like(once.kind, Kind.REPEAT), fates.corruption
    )
    return concatenate(once.take(fates.arrival_ms != NEVER), again.take(fates.repeat_ms != NEVER))


def heartbeats(schedule: Schedule, partitions: tuple[int, ...], every_ms: int) -> Schedule:
    """Heartbeats for the time a partition has no record for longer than `every_ms`.

    `schedule` is in order; the time of every partition is from its first to its last arrival.
    """
    begin, end = schedule.arrival_ms[[0, -1]]
    arrivals, owners = [], []
    for partition in partitions:
        busy = schedule.arrival_ms[schedule.partition == partition]
        edges = np.concatenate(([begin], busy, [end]))
        missing = np.maximum((np.diff(edges) - 1) // every_ms, 0)
        number_in_gap = np.arange(missing.sum()) - np.repeat(missing.cumsum() - missing, missing)
        arrivals.append(np.repeat(edges[:-1], missing) + every_ms * (number_in_gap + 1))
        owners.append(np.full(len(arrivals[-1]), partition, dtype=np.int32))
    arrival_ms = np.concatenate(arrivals).astype(np.int64)
    return Schedule(
        arrival_ms,
        np.concatenate(owners),
        np.full(len(arrival_ms), NO_READING, dtype=np.int64),
        np.full(len(arrival_ms), Kind.HEARTBEAT, dtype=np.int8),
        np.full(len(arrival_ms), -1, dtype=np.int8),
    )
