"""Devices of meters that are exchanged: when the one that is there was installed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.faults.effects import Fault
from simulators.faults.kinds import MeterExchange
from simulators.faults.moves import NEVER_MS
from simulators.fleet.announcing import Times, by_time
from simulators.fleet.registry import Registry


@dataclass(frozen=True, slots=True)
class Devices:
    """Those of a fleet; one element per row of its registry."""

    installed_ms: NDArray[np.int64]
    """When the device was installed that was there first; 0 where nobody says."""
    exchanged_ms: NDArray[np.int64]
    """When a new one was."""

    def installed(self, meter: NDArray[np.int32], at_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """When the device of each meter was installed that is there then."""
        exchanged_ms = self.exchanged_ms[meter]
        return np.where(at_ms >= exchanged_ms, exchanged_ms, self.installed_ms[meter])

    def announced(self, meters: NDArray[np.int64]) -> Times:
        """When those of these meters that are exchanged are announced again."""
        new = meters[self.exchanged_ms[meters] < NEVER_MS].astype(np.int32)
        return by_time(self.exchanged_ms[new], new)


def devices(faults: Sequence[Fault], registry: Registry) -> Devices:
    """The devices of a fleet, with the exchanges among its faults."""
    exchanged_ms = np.full(len(registry), NEVER_MS)
    for fault in faults:
        if isinstance(fault.options, MeterExchange):
            exchanged_ms[fault.meter] = fault.end_ms
    return Devices(registry.installed_ms, exchanged_ms)
