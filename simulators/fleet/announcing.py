"""When the log says what is known of each meter: a function of the meter and the time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.time import DAY_MS, SECOND_MS
from simulators.fleet.registry import Registry
from simulators.hashing import uniform

Ints = NDArray[np.int64]
Meters = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Times:
    """Meters by the time of their announcement, ascending."""

    at_ms: Ints
    meter: Meters

    def between(self, from_ms: int, until_ms: int) -> tuple[Meters, Ints]:
        """Those from `from_ms` up to but without `until_ms`."""
        begin, end = np.searchsorted(self.at_ms, (from_ms, until_ms))
        return self.meter[begin:end], self.at_ms[begin:end]


def by_time(at_ms: Ints, meter: Meters) -> Times:
    """These meters, one element each, in any order."""
    order = np.argsort(at_ms, kind="stable")
    return Times(at_ms[order], meter[order])


@dataclass(frozen=True, slots=True)
class Announcing:
    """A meter is announced when it reads first, and again each day at a time of its own."""

    once: Times
    daily: Times
    """Times of day."""

    def due(self, from_ms: int, until_ms: int) -> tuple[Meters, Ints]:
        """Meters and arrivals of the announcements from `from_ms` up to but without `until_ms`, in
        any order."""
        found = [self.once.between(from_ms, until_ms)]
        for day_ms in range(from_ms // DAY_MS * DAY_MS, until_ms, DAY_MS):
            meter, time_ms = self.daily.between(from_ms - day_ms, until_ms - day_ms)
            found.append((meter, day_ms + time_ms))
        meters, arrivals_ms = (np.concatenate(column) for column in zip(*found, strict=True))
        return meters, arrivals_ms


def announcing(registry: Registry, meters: Ints, begin_ms: int, end_ms: float) -> Announcing:
    """The announcements of these rows of the registry in a run of this span.

    A meter that does not read in the run is announced at its beginning.
    """
    first_ms = begin_ms + (registry.phase_ms[meters] - begin_ms) % registry.cadence_ms[meters]
    share = uniform(registry.seed, "announced", registry.meter_hash[meters])
    time_ms = (share * (DAY_MS // SECOND_MS)).astype(np.int64) * SECOND_MS
    rows = meters.astype(np.int32)
    return Announcing(
        by_time(np.where(first_ms < end_ms, first_ms, begin_ms), rows), by_time(time_ms, rows)
    )
