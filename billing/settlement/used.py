"""How periods count on a plan, and what a supply adds up to by it: shapes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from billing.tariffs.gas import Conversion
from contracts.billing import Letter

Ints = NDArray[np.int64]


class Others(NamedTuple):
    """What of supplies' periods is not simply measured: arrays of one length."""

    supply: Ints
    period: Ints
    """Of the month."""
    letter: Ints
    energy_mwh: Ints

    def only(self, chosen: NDArray[np.bool_]) -> "Others":
        """Some of them."""
        return Others(*(each[chosen] for each in self))


@dataclass(frozen=True, slots=True)
class Weights:
    """How periods of the month count on one version of a plan; an array's first axis is time."""

    imported: Ints
    """By period and column, for what registers of import count."""
    exported: Ints
    windows: NDArray[np.bool_]
    """By period and demand component: whether the period is in its window."""
    quantities: tuple[int, ...]
    """Which columns are of quantities; the others are of costs."""
    conversion: Conversion | None = None
    """Of the month's periods, where volume is sold as energy."""
    nets: bool = False
    """Whether what is given is taken off what is taken, within each period."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a supply adds up to; empty without a plan."""

    sums: tuple[int, ...]
    """By column of its plan."""
    total: int
    """Of what was taken, in what the plan counts: gas may be energy here."""
    peaks_mwh: tuple[int | None, ...]
    """The energy of the largest measured period in each window of its plan; None: none is."""
    others_mwh: Mapping[int, Mapping[Letter, int]]
    """Of columns of quantities, how much is not simply measured, by letter."""
