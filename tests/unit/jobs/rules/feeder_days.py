"""A feeder whose homes take what they are told to, and the facts of its days."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from contracts.facts import DAY_WAIT_MS, HALF_HOURS, FeederDay, MeterDay
from contracts.time import DAY_MS

D0 = 1_387_756_800_000
"""23 December 2013."""
FEEDER, AREA = "sim-t-000143", "gcpuy"
Floats = NDArray[np.float64]


def marks(energy_kwh: Sequence[float] | Floats) -> tuple[int, ...]:
    """What a register says at the beginning and the end of each half-hour, whole Wh."""
    return (0, *np.floor(np.cumsum(np.asarray(energy_kwh)) * 1_000 + 1e-6).astype(int).tolist())


def home(number: int) -> str:
    return f"m{number:03}"


def day(
    number: int,
    supplied_kwh: Sequence[float] | Floats,
    homes: Mapping[str, Sequence[int | None]],
    area: str = AREA,
) -> FeederDay:
    """A fact, of what went in and of what meters say."""
    day_ms = D0 + number * DAY_MS
    return FeederDay(
        subject=FEEDER,
        at_ms=day_ms + DAY_MS + DAY_WAIT_MS,
        day_ms=day_ms,
        area=area,
        supply=MeterDay(f"{FEEDER}:supply", marks(supplied_kwh)),
        meters=tuple(MeterDay(each, tuple(homes[each])) for each in sorted(homes)),
        meters_count=len(homes),
    )


@dataclass
class Network:
    """A feeder that loses 0.2 kWh and a three hundredth of the square of its load in each
    half-hour, and whose homes differ by chance."""

    homes: int = 20
    seed: int = 1
    seen: dict[int, tuple[int, float]] = field(default_factory=dict)
    """Of thieves: from which day on their meter sees which share."""
    lost_kwh: dict[int, float] = field(default_factory=dict)
    """What is lost besides in each half-hour, from a day on."""

    def days(self, count: int) -> Iterator[FeederDay]:
        rng = np.random.default_rng(self.seed)
        mean = rng.uniform(0.1, 0.4, self.homes)
        for number in range(count):
            taken = mean[:, None] * rng.lognormal(0, 0.8, (self.homes, HALF_HOURS))
            total = taken.sum(axis=0)
            supplied = total + 0.2 + total**2 / 300
            for from_day, kwh in sorted(self.lost_kwh.items()):
                if number >= from_day:
                    supplied = total + 0.2 + total**2 / 300 + kwh
            for thief, (from_day, share) in self.seen.items():
                if number >= from_day:
                    taken[thief] *= share
            yield day(number, supplied, {home(n): marks(each) for n, each in enumerate(taken)})
