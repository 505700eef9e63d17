"""What meters say of the intervals that they measured, and what is revised of it later."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.time import DAY_MS
from simulators.batch import Intervals
from simulators.hashing import Hashes, uniform
from simulators.network.conditions import NEVER, Fates

REVISED_WITHIN_MS = DAY_MS
"""From the first arrival to that of the revision, at most."""
ESTIMATE_WITHIN = 0.2
"""Share of its energy by which an estimate that is revised is wrong, at most."""

Ints = NDArray[np.int64]


def energy_m(register_m: Ints, before_m: Ints) -> Ints:
    """The energy of intervals from the registers at their ends and beginnings: a register that went
    back began again at 0."""
    gained_m = register_m - before_m
    return np.where(gained_m < 0, register_m, gained_m)


@dataclass(frozen=True, slots=True)
class Estimates:
    """Which readings are estimated and which of these are revised, by hash.

    Its arguments have one element per reading: `energy_m` is what was used, `seq` counts all
    readings of the meter.
    """

    seed: int
    estimated_share: float
    revised_share: float

    def first(self, energy_m: Ints, meter_hash: Hashes, seq: Ints) -> Intervals:
        """What the readings say at first."""
        draws = _Draws(self.seed, meter_hash, seq.astype(np.uint64))
        revised = draws.below(self.revised_share, "revised")
        said_m = np.where(revised, energy_m - draws.error_m(energy_m), energy_m)
        estimated = revised | draws.below(self.estimated_share, "estimated")
        return Intervals(said_m, estimated, np.zeros(len(seq), dtype=np.int8))

    def revisions(
        self, energy_m: Ints, meter_hash: Hashes, seq: Ints, fate: Fates
    ) -> tuple[NDArray[np.int64], Intervals, Fates]:
        """What is said later of those that came whole: their rows, the difference to what was said
        first, and what becomes of the messages."""
        draws = _Draws(self.seed, meter_hash, seq.astype(np.uint64))
        whole = (fate.arrival_ms != NEVER) & (fate.corruption < 0)
        rows = np.flatnonzero(draws.below(self.revised_share, "revised") & whole)
        later_ms = 1 + (draws.of("revised after") * (REVISED_WITHIN_MS - 1)).astype(np.int64)
        number = len(rows)
        return (
            rows,
            Intervals(
                draws.error_m(energy_m)[rows],
                np.zeros(number, dtype=np.bool_),
                np.ones(number, dtype=np.int8),
            ),
            Fates(
                fate.reported_ms[rows],
                (fate.arrival_ms + later_ms)[rows],
                np.full(number, NEVER, dtype=np.int64),
                np.full(number, -1, dtype=np.int8),
            ),
        )


@dataclass(frozen=True, slots=True)
class _Draws:
    seed: int
    meter_hash: Hashes
    number: Hashes

    def of(self, purpose: str) -> NDArray[np.float64]:
        return uniform(self.seed, purpose, self.meter_hash, self.number)

    def below(self, share: float, purpose: str) -> NDArray[np.bool_]:
        return self.of(purpose) < share

    def error_m(self, energy_m: Ints) -> Ints:
        """What an estimate lacks."""
        share = ESTIMATE_WITHIN * (2 * self.of("estimate") - 1)
        error_m: Ints = np.rint(share * energy_m).astype(np.int64)
        return error_m
