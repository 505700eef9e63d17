"""Thresholds for a stated number of false alerts: conformal, on homes that serve no other purpose.

What real homes did in ordinary weeks is taken as usual: each alert on it is a false one. A home is
alerted of once in 24 hours at most.
"""

import numpy as np
from numpy.typing import NDArray

from contracts.time import DAY_MS, HOUR_MS
from detection.unusual.scoring import CHANNELS, score

Floats = NDArray[np.float64]

REPEAT_HOURS = DAY_MS // HOUR_MS
"""An alert of a home stands for so long."""
PER = 1_000
"""Home-days to which numbers of alerts refer."""
SMALLEST_TAU = 0.1
"""A channel that never showed anything is not to be set off by a trifle."""

ROUNDING = 1 + 1e-9
"""What is divided by a product may be above 1 where it was not above its threshold."""


def alerts(scores: Floats, threshold: float) -> int:
    """How often homes are alerted of when scores, by home and hour, above the threshold do it."""
    count = 0
    home_before, hour_before = -1, 0
    for home, hour in np.argwhere(scores > threshold).tolist():
        if home != home_before or hour - hour_before >= REPEAT_HOURS:
            count += 1
            home_before, hour_before = home, hour
    return count


def per_1000(scores: Floats, threshold: float) -> float:
    """Alerts for 1,000 home-days that have a score."""
    return PER * alerts(scores, threshold) / _home_days(scores)


def threshold_for(scores: Floats, asked_per_1000: float) -> float:
    """The least of the scores above which there are no more alerts than asked for.

    The split-conformal quantile, with homes' days in the place of samples, and without its
    correction for few of them: a home may be alerted of every day, so that bound says nothing for
    less than thousands of homes.
    """
    most = int(asked_per_1000 * _home_days(scores) / PER)
    known = scores[~np.isnan(scores)]
    # An alert stands for `REPEAT_HOURS` scores at most: below these there are too many for sure.
    enough = min(len(known), (most + 1) * REPEAT_HOURS + 1)
    highest = np.unique(np.partition(known, len(known) - enough)[len(known) - enough :])
    low, high = 0, len(highest) - 1
    while low < high:
        middle = (low + high) // 2
        if alerts(scores, highest[middle]) > most:
            low = middle + 1
        else:
            high = middle
    return float(highest[low])


def calibrate(channels: Floats, asked_per_1000: float) -> Floats:
    """tau of each channel: a fifth of the alerts each, then all of them by one factor, as alerts of
    several channels fall together.

    Args:
        channels: By home, hour and channel, of homes and hours that no table was made of.
    """
    share = asked_per_1000 / len(CHANNELS)
    each = [threshold_for(channels[..., n], share) for n in range(len(CHANNELS))]
    tau = np.maximum(each, SMALLEST_TAU)
    tau = tau * threshold_for(score(channels, tau), asked_per_1000) * ROUNDING
    return np.maximum(tau, SMALLEST_TAU)


def _home_days(scores: Floats) -> float:
    return float(np.count_nonzero(~np.isnan(scores)) / REPEAT_HOURS)
