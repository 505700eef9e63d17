"""Hours of homes that live by the clock, for tests."""

import numpy as np

from contracts.time import HOUR_MS
from detection.unusual.hours import Hours

MIDNIGHT_MS = 1_356_998_400_000
"""2013-01-01, a Tuesday."""


def homes(count: int, days: int, seed: int = 1) -> Hours:
    """Each with a mean of its own, more in the evening, by chance every hour."""
    random = np.random.default_rng(seed)
    hour = np.arange(days * 24)
    usual_wh = random.uniform(100, 300, (count, 1)) * (1.2 - np.cos((hour - 6) / 12 * np.pi))
    energy_mwh = (usual_wh * random.gamma(4, 0.25, usual_wh.shape) * 1_000).astype(np.int64)
    names = tuple(f"home-{n:03}" for n in range(count))
    return Hours(names, MIDNIGHT_MS, energy_mwh, np.ones(energy_mwh.shape, dtype=np.bool_))


def hour_ms(day: int, hour: int = 0) -> int:
    """Start of an hour of a day, counted from 0."""
    return MIDNIGHT_MS + (day * 24 + hour) * HOUR_MS
