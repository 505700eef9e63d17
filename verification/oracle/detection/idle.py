"""Homes without a base load, by their hours: all of them at once.

Whether there is one after an hour is a difference of two sums; hours after which it is the same lie
together, and how long such a run is decides what is said of the next.
"""

import numpy as np

from contracts.facts import BASE_HOURS, BASE_ZEROS, IDLE_HOURS, MOST_ZERO_HOURS, USED_HOURS
from verification.oracle.ledger import NONE, Flags, Ints, Runs, changes

_LIVES_APART = 2**40
"""More hours than there are."""


def zero_hours(life: Ints, number: Ints, zero: Flags) -> Ints:
    """In how many hours running nothing was counted.

    Args:
        life: Of hours, those of a life one after the other.
        number: Of each hour since the epoch.
        zero: Whether nothing was counted.
    """
    after_another = np.concatenate(([False], np.diff(_keys(life, number)) == 1))[: len(life)]
    runs = Runs(~after_another | changes(zero))
    return np.where(zero, np.minimum(runs.index - runs.start + 1, MOST_ZERO_HOURS), 0)


def idle_hours(life: Ints, number: Ints, zero: Flags) -> Ints:
    """For how many hours there has been no base load where there was one before; else NONE.

    Args:
        life, number, zero: As above.
    """
    keys = _keys(life, number)
    zeros = np.concatenate(([0], np.cumsum(zero)))
    of_day = np.searchsorted(keys, keys - BASE_HOURS, side="right")
    without = zeros[1:] - zeros[of_day] >= BASE_ZEROS
    runs = Runs(changes(life) | changes(without))
    length = runs.index - runs.start + 1
    first = np.maximum(runs.start - 1, 0)
    is_of_life = (runs.start > 0) & (life[first] == life)
    before = np.where(is_of_life, length[first], 0)
    idle = np.where(without & (before >= USED_HOURS) & (length <= IDLE_HOURS), length, NONE)
    # The first hour after such a run.
    over = ~without & (length == 1) & is_of_life
    return np.where(over & (idle[first] > 0), 0, idle)


def _keys(life: Ints, number: Ints) -> Ints:
    return np.cumsum(changes(life)) * _LIVES_APART + number
