"""What is looked at: the energy of the last 1, 6 and 24 hours, and the base load of the last day.

All sums are of whole numbers: a batch of one hour and a batch of a year give the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from detection.unusual.hours import Hours

Floats = NDArray[np.float64]

SPANS = (1, 6, 24)
"""Hours, each ending with the hour that is judged."""
LONGEST = max(SPANS)
BASE_RANK = 2
"""The third smallest: one hour of a wrong reading or of a power cut is no base load."""
ROWS_AT_ONCE = 64
"""Meters whose windows are in memory at a time: a year of them is some 100 MB."""


@dataclass(frozen=True, slots=True)
class Used:
    """Energy, Wh, of what ends with each hour; NaN where an hour of it is not complete."""

    spans_wh: Floats
    """By meter, hour and span."""
    base_wh: Floats
    """By meter and hour: the third smallest hour of the last 24."""


def used(hours: Hours) -> Used:
    """What is looked at in each hour."""
    return used_of(hours.energy_mwh, hours.complete)


def used_of(energy_mwh: NDArray[np.int64], complete: NDArray[np.bool_]) -> Used:
    """What is looked at in each hour of consecutive ones, by row and hour.

    Args:
        energy_mwh: Thousandths of a Wh, 0 where it is not complete.
    """
    spans = [_sums(energy_mwh, complete, width) for width in SPANS]
    return Used(np.stack(spans, axis=-1), _base(energy_mwh, complete))


def _sums(energy_mwh: NDArray[np.int64], complete: NDArray[np.bool_], width: int) -> Floats:
    wh = np.full(energy_mwh.shape, np.nan)
    if energy_mwh.shape[1] >= width:
        whole = _moving_sum(complete.astype(np.int64), width) == width
        sums = _moving_sum(energy_mwh, width)
        wh[:, width - 1 :] = np.where(whole, sums / 1_000, np.nan)
    return wh


def _moving_sum(values: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    upto = np.zeros((values.shape[0], values.shape[1] + 1), dtype=np.int64)
    np.cumsum(values, axis=1, out=upto[:, 1:])
    return upto[:, width:] - upto[:, :-width]


def _base(energy_mwh: NDArray[np.int64], complete: NDArray[np.bool_]) -> Floats:
    wh = np.full(energy_mwh.shape, np.nan)
    if energy_mwh.shape[1] < LONGEST:
        return wh
    whole = _moving_sum(complete.astype(np.int64), LONGEST) == LONGEST
    for first in range(0, len(energy_mwh), ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        windows = sliding_window_view(energy_mwh[rows], LONGEST, axis=1)
        base = np.partition(windows, BASE_RANK, axis=-1)[..., BASE_RANK]
        wh[rows, LONGEST - 1 :] = np.where(whole[rows], base / 1_000, np.nan)
    return wh
