"""When feeders have no power: nothing goes in then, nor is anything lost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.faults.effects import Fault
from simulators.faults.kinds import Outage

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Dark:
    """[feeder, number]: spans that do not meet, padded with empty ones; epoch ms."""

    start_ms: Ints
    end_ms: Ints

    def lit_ms(self, feeder: Ints, from_ms: Ints, until_ms: Ints) -> Ints:
        """How long there was power between two times, of each of these feeders."""
        start_ms, end_ms = self.start_ms[feeder], self.end_ms[feeder]
        first_ms = np.maximum(start_ms, from_ms[:, None])
        last_ms = np.minimum(end_ms, until_ms[:, None])
        dark_ms = np.maximum(last_ms - first_ms, 0).sum(axis=1)
        lit_ms: Ints = until_ms - from_ms - dark_ms
        return lit_ms


def dark(faults: Sequence[Fault], feeder_of: Ints, feeders: int) -> Dark:
    """The spans in which all homes of a feeder are without power.

    Args:
        feeder_of: number of the feeder of each meter of the fleet, -1 of those that do not count.
    """
    homes = np.bincount(feeder_of[feeder_of >= 0], minlength=feeders)
    spans: list[list[tuple[int, int]]] = [[] for _ in range(feeders)]
    for fault in faults:
        if not isinstance(fault.options, Outage):
            continue
        feeder = feeder_of[fault.meter]
        hit = np.bincount(feeder[feeder >= 0], minlength=feeders)
        for number in np.flatnonzero((hit == homes) & (hit > 0)).tolist():
            own = feeder == number
            # power is back with the first home that has it again
            spans[number].append((int(fault.start_ms[own].max()), int(fault.end_ms[own].min())))
    merged = [_merged(each) for each in spans]
    most = max(map(len, merged), default=0)
    padded = np.zeros((feeders, most, 2), dtype=np.int64)
    for number, each in enumerate(merged):
        if each:
            padded[number, : len(each)] = each
    return Dark(padded[:, :, 0], padded[:, :, 1])


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same times, as spans that do not meet."""
    found: list[tuple[int, int]] = []
    for start_ms, end_ms in sorted(spans):
        if found and start_ms <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end_ms))
        else:
            found.append((start_ms, end_ms))
    return found
