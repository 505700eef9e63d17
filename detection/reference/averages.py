"""A rule of before: a home's average over five seconds, by which it steals or has no power.

A home says each second what it has used in it. An average is a theft from a limit on, and else an
outage up to another one, both inclusive.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

WINDOW_READINGS = 5
"""Readings of a whole window."""
THEFT_MWH, OUTAGE_MWH = 650, 100
"""Averages in mWh a second: 0.00065 and 0.0001 kWh."""

State = Literal["normal", "theft", "outage"]


class Average(NamedTuple):
    """What is said of a window."""

    mwh: float | None
    """Of a second; None if nothing was heard."""
    complete: bool
    state: State


def average(energies_mwh: Sequence[int]) -> Average:
    """What the readings of a window say: their average is that of those that are there, and
    silence is an outage."""
    heard = len(energies_mwh)
    if not heard:
        return Average(None, complete=False, state="outage")
    total = sum(energies_mwh)
    return Average(total / heard, heard == WINDOW_READINGS, _state(total, heard))


def average_as_it_was(energies_mwh: Sequence[int]) -> Average | None:
    """What was said of them before: divided by five however many came, and nothing of none."""
    if not energies_mwh:
        return None
    total = sum(energies_mwh)
    complete = len(energies_mwh) == WINDOW_READINGS
    return Average(total / WINDOW_READINGS, complete, _state(total, WINDOW_READINGS))


def _state(total_mwh: int, readings: int) -> State:
    if total_mwh >= readings * THEFT_MWH:
        return "theft"
    return "outage" if total_mwh <= readings * OUTAGE_MWH else "normal"
