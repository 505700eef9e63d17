"""Sequence numbers as meters say them: of few bits, or from 0 again after a restart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.time import DAY_MS
from simulators.batch import Batch
from simulators.faults.effects import Fault
from simulators.faults.kinds import MeterRestart
from simulators.fleet.registry import Registry
from simulators.hashing import uniform

NEVER_MS = np.iinfo(np.int64).max

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Numbering:
    """One element per meter."""

    cadence_ms: Ints
    added: Ints
    """To the number of a reading since 1970."""
    restart_ms: Ints
    """The reading after it is number 0 again."""
    numbers: int | None
    """How many there are; None is as many as it takes."""

    def said(self, batch: Batch) -> Ints:
        """The number that each reading says."""
        meter = batch.meter
        since_ms = batch.ts_ms - self.restart_ms[meter]
        seq = np.where(
            since_ms > 0,
            (since_ms - 1) // self.cadence_ms[meter],
            batch.seq + self.added[meter],
        )
        return seq if self.numbers is None else seq % self.numbers


def numbering(
    faults: Sequence[Fault],
    registry: Registry,
    bits: int | None,
    begin_ms: int,
    end_ms: float,
) -> Numbering | None:
    """How the meters of a run number their readings; None if all do so without end.

    Args:
        bits: of the sequence number. Each meter's wraps at a time of its own within the run, or
            within its first day.
    """
    restarts = [fault for fault in faults if isinstance(fault.options, MeterRestart)]
    if bits is None and not any(len(fault.meter) for fault in restarts):
        return None
    restart_ms = np.full(len(registry), NEVER_MS)
    for fault in restarts:
        restart_ms[fault.meter] = fault.start_ms
    added = np.zeros(len(registry), dtype=np.int64)
    if bits is not None:
        span_ms = min(end_ms - begin_ms, DAY_MS)
        later_ms = uniform(registry.seed, "wraps", registry.meter_hash) * span_ms
        wraps_ms = begin_ms + later_ms.astype(np.int64)
        added = -((wraps_ms - registry.phase_ms) // registry.cadence_ms) % 2**bits
    return Numbering(registry.cadence_ms, added, restart_ms, None if bits is None else 2**bits)
