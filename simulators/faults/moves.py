"""Meters that move: what the fleet is like afterwards, and which of its meters a reading is of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulators.faults.effects import Fault
from simulators.faults.kinds import MeterMove
from simulators.fleet.announcing import Times, by_time
from simulators.fleet.registry import Registry
from simulators.hashing import uniform

NEVER_MS = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Moves:
    """Where the meters of a fleet are at any time; one element per row of the fleet's registry."""

    registry: Registry
    """The fleet's, and a row more for each meter that moves, as it is afterwards: none of these is
    misplaced."""
    moved: NDArray[np.int32]
    """The fleet's row of each of those more."""
    row: NDArray[np.int32]
    """The meter's row afterwards; its own if it stays."""
    after_ms: NDArray[np.int64]
    """Readings after this time are from the new place."""
    known_ms: NDArray[np.int64]
    """When the registry knows it."""

    def reading(self, meter: NDArray[np.int32], ts_ms: NDArray[np.int64]) -> NDArray[np.int32]:
        """The row of each reading's meter where it is then."""
        return np.where(ts_ms > self.after_ms[meter], self.row[meter], meter)

    def registered(self, meter: NDArray[np.int32], at_ms: NDArray[np.int64]) -> NDArray[np.int32]:
        """The row of each meter as the registry knows it then."""
        return np.where(at_ms >= self.known_ms[meter], self.row[meter], meter)

    def announced(self, meters: NDArray[np.int64]) -> Times:
        """When those of these meters whose move the registry knows are announced again."""
        known = meters[self.known_ms[meters] < NEVER_MS].astype(np.int32)
        return by_time(self.known_ms[known], known)


def moves(faults: Sequence[Fault], registry: Registry, seed: int) -> Moves | None:
    """The moves among the faults, to where another meter of the fleet is; None if there are none.

    A meter alone in its fleet stays where it is.
    """
    moving = [fault for fault in faults if isinstance(fault.options, MeterMove)]
    meter = np.concatenate([np.empty(0, np.int32), *(fault.meter for fault in moving)])
    number = len(registry)
    if not len(meter) or number < 2:
        return None
    away = (uniform(seed, "move", registry.meter_hash[meter]) * (number - 1)).astype(np.int64)
    host = (meter + 1 + away) % number
    told = registry.take(np.concatenate([np.arange(number), meter]))
    geohash, feeder = told.geohash.copy(), told.feeder.copy()
    region_code, time_zone = told.region_code.copy(), told.time_zone.copy()
    for column in (geohash, feeder, region_code, time_zone):
        column[number:] = column[host]
    announced_feeder = told.announced_feeder.copy()
    announced_feeder[number:] = feeder[host]
    row = np.arange(number, dtype=np.int32)
    row[meter] = np.arange(number, number + len(meter), dtype=np.int32)
    after_ms = np.full(number, NEVER_MS)
    known_ms = np.full(number, NEVER_MS)
    for fault in moving:
        assert isinstance(fault.options, MeterMove)
        after_ms[fault.meter] = fault.start_ms
        if fault.options.announced:
            known_ms[fault.meter] = fault.start_ms
    return Moves(
        replace(
            told,
            geohash=geohash,
            feeder=feeder,
            announced_feeder=announced_feeder,
            region_code=region_code,
            time_zone=time_zone,
        ),
        meter,
        row,
        after_ms,
        known_ms,
    )
