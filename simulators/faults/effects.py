"""Applies faults to readings: a pure function, whatever part of the readings it is given."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from simulators.batch import Batch
from simulators.faults.kinds import Amounts, FaultOptions, Hit, Mask
from simulators.fleet.registry import Text

Kind = TypeVar("Kind", np.int64, np.float64)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with those it hits: one element per meter, in the order of the registry."""

    options: FaultOptions
    meter: NDArray[np.int32]
    """Row of the registry; none is there twice."""
    place: Text
    """The feeder or area that it hit, empty for a fault of single meters."""
    start_ms: Amounts
    end_ms: Amounts
    """The fault is on for readings with start < ts <= end; equal to the start for an instant."""
    register_at_start_m: Amounts
    register_at_end_m: Amounts
    """What the register would say then without this fault, but with those before it."""
    more_mw: Amounts
    """What each home draws more, of an overload; else 0."""


def apply(faults: Sequence[Fault], batch: Batch) -> Batch:
    """The readings as they come, in the same order, without those that do not come."""
    altered, silent = with_silent(faults, batch)
    return altered.take(~silent) if silent.any() else altered


def with_silent(faults: Sequence[Fault], batch: Batch) -> tuple[Batch, Mask]:
    """The altered readings, also those that do not come, and which these are."""
    silent = np.zeros(len(batch), dtype=np.bool_)
    for fault in faults:
        rows, place = _hit(fault, batch)
        if not len(rows):
            continue
        altered = fault.options.alter(_hits(fault, batch.take(rows), place))
        silent[rows] |= altered.silent
        batch = replace(
            batch,
            register_m=_put(batch.register_m, rows, altered.readings.register_m),
            demand_m=_put(batch.demand_m, rows, altered.readings.demand_m),
            voltage_v=_put(batch.voltage_v, rows, altered.readings.voltage_v),
        )
    return batch, silent


def drawn_m(faults: Sequence[Fault], batch: Batch) -> Amounts:
    """What registers that miss nothing would say: faults change what is drawn, not how it is
    measured. The faults are those of meters that do so (`resolve` with what these say)."""
    for fault in faults:
        rows, place = _hit(fault, batch)
        if len(rows):
            drawn = fault.options.drawn_m(_hits(fault, batch.take(rows), place))
            batch = replace(batch, register_m=_put(batch.register_m, rows, drawn))
    return batch.register_m


def _hit(fault: Fault, batch: Batch) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the readings after the beginning of the fault, and of their meters in it."""
    nothing = np.empty(0, dtype=np.int64)
    if not len(fault.meter) or not len(batch) or batch.ts_ms.max() <= fault.start_ms.min():
        return nothing, nothing
    place = np.searchsorted(fault.meter, batch.meter).clip(max=len(fault.meter) - 1)
    hit = (fault.meter[place] == batch.meter) & (batch.ts_ms > fault.start_ms[place])
    return np.flatnonzero(hit), place[hit]


def _hits(fault: Fault, readings: Batch, place: NDArray[np.int64]) -> Hit:
    start_ms, end_ms = fault.start_ms[place], fault.end_ms[place]
    before_m = fault.register_at_start_m[place]
    return Hit(
        readings=readings,
        during=readings.ts_ms <= end_ms,
        elapsed_ms=np.minimum(readings.ts_ms, end_ms) - start_ms,
        counted_m=np.minimum(readings.register_m, fault.register_at_end_m[place]) - before_m,
        before_m=before_m,
        more_mw=fault.more_mw[place],
    )


def _put(column: NDArray[Kind], rows: NDArray[np.int64], content: NDArray[Kind]) -> NDArray[Kind]:
    changed = column.copy()
    changed[rows] = content
    return changed
