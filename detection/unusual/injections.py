"""Six kinds of unusual use, added to what real homes used."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.unusual.hours import HOURS_A_DAY

Energies = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Injection:
    """A kind of unusual use."""

    name: str
    begin: int
    """Hour of the UTC day."""
    length: int
    """Hours."""
    changed: Callable[[Energies], Energies]
    """What is used, in thousandths of a Wh, in the place of what was."""


def _times(factor: int) -> Callable[[Energies], Energies]:
    return lambda energy_mwh: energy_mwh * factor


def _more(watts: int) -> Callable[[Energies], Energies]:
    return lambda energy_mwh: energy_mwh + watts * 1_000


INJECTIONS = (
    Injection("day x3", 0, HOURS_A_DAY, _times(3)),
    Injection("1.5 kW 22-7", 22, 9, _more(1_500)),
    Injection("3 kW at 3", 3, 1, _more(3_000)),
    Injection("3 kW at 14", 14, 1, _more(3_000)),
    Injection("6 kW at 17", 17, 1, _more(6_000)),
    Injection("+300 W 3 d", 0, 3 * HOURS_A_DAY, _more(300)),
)
