"""When each meter reads."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.time import SECOND_MS
from simulators.fleet.registry import Registry

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Meters of one cadence, ordered by phase."""

    cadence_ms: int
    phase_ms: Ints
    meter: NDArray[np.int32]

    def due(self, ts_ms: int) -> NDArray[np.int32]:
        """Those that read at this time."""
        phase_ms = ts_ms % self.cadence_ms
        begin, end = np.searchsorted(self.phase_ms, (phase_ms, phase_ms + 1))
        return self.meter[begin:end]


def rhythms(registry: Registry, meters: Ints) -> list[Rhythm]:
    """The rhythms of these rows of the registry, given in ascending order."""
    found = []
    for cadence_ms in np.unique(registry.cadence_ms[meters]).tolist():
        own = meters[registry.cadence_ms[meters] == cadence_ms]
        order = np.argsort(registry.phase_ms[own], kind="stable")
        found.append(Rhythm(cadence_ms, registry.phase_ms[own][order], own[order].astype(np.int32)))
    return found


def due(rhythms: list[Rhythm], after_ms: int, until_ms: int) -> tuple[NDArray[np.int32], Ints]:
    """Meters and times of the readings in (after, until], by time; meters read on whole seconds."""
    meters, times = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
    for ts_ms in range((after_ms // SECOND_MS + 1) * SECOND_MS, until_ms + 1, SECOND_MS):
        for rhythm in rhythms:
            reading = rhythm.due(ts_ms)
            meters.append(reading)
            times.append(np.full(len(reading), ts_ms, dtype=np.int64))
    return np.concatenate(meters), np.concatenate(times)


def readings_per_second(registry: Registry) -> float:
    """Of the whole fleet, on average."""
    return float((SECOND_MS / registry.cadence_ms).sum())
