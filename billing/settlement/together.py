"""Supplies of which a period is known once all of their registers are: the largest period of some
registers together is not that of any of them, nor is what is left of import where export is taken
off it; and they may come in different pieces of the curve.
"""

from collections.abc import Mapping, Sequence
from copy import copy, deepcopy

import numpy as np
from numpy.typing import NDArray

from billing.settlement.used import Others, Used, Weights
from billing.tariffs.columns import netted, products
from contracts.billing import Letter
from contracts.masters import Direction

Ints = NDArray[np.int64]
SIDES: tuple[Direction, ...] = ("import", "export")
ByPeriod = Mapping[int, Mapping[Letter, int]]
"""Of periods, how much is not simply measured, by letter."""


class Together:
    """Energies of some supplies by period: 24 kB each for a month of half-hours.

    Args:
        supplies: How many there are.
        weights: Of the plan that all of them are on.
    """

    def __init__(self, supplies: int, weights: Weights) -> None:
        self._weights = weights
        self._energy_mwh = np.zeros((len(SIDES), supplies, len(weights.imported)), dtype=np.int64)
        # By side and supply: what of it is not simply measured, by period.
        self._others: dict[tuple[int, int], dict[int, dict[Letter, int]]] = {}

    def copy(self) -> "Together":
        """One that goes on from here by itself."""
        found = copy(self)
        found._energy_mwh = self._energy_mwh.copy()
        found._others = deepcopy(self._others)
        return found

    def add(self, supply: Ints, energy_mwh: Ints, first: int, direction: Direction) -> None:
        """Rows of energy, each of a supply, from the month's period `first` on."""
        periods = slice(first, first + energy_mwh.shape[1])
        np.add.at(self._energy_mwh[SIDES.index(direction), :, periods], supply, energy_mwh)

    def add_others(self, others: Others, direction: Direction) -> None:
        """What of it is not simply measured."""
        side = SIDES.index(direction)
        for who, period, code, amount in zip(*(each.tolist() for each in others), strict=True):
            letters = self._others.setdefault((side, who), {}).setdefault(period, {})
            letters[Letter(code)] = letters.get(Letter(code), 0) + amount

    def used(self, supply: int) -> Used:
        """What a supply adds up to, with nothing more to come."""
        weights = self._weights
        taken, given = self._energy_mwh[:, supply]
        sides = self._others.get((0, supply), {}), self._others.get((1, supply), {})
        measured = np.ones(len(taken), dtype=np.bool_)
        measured[list(sides[0])] = False
        if weights.nets:
            # What was given is in the peak, too.
            measured[list(sides[1])] = False
            taken, given = netted(taken, given)
            sides = left_of(sides[0], taken), left_of(sides[1], given)
        sums = (
            products(taken[np.newaxis], weights.imported)[0].astype(object)
            + products(given[np.newaxis], weights.exported)[0]
        )
        return Used(
            tuple(int(each) for each in sums),
            sum(taken.tolist()),
            tuple(_largest(taken[window & measured]) for window in weights.windows.T),
            _by_column(sides, (weights.imported, weights.exported), weights.quantities),
        )


def left_of(others: ByPeriod, energy_mwh: Ints) -> dict[int, dict[Letter, int]]:
    """What is not simply measured of the energy that netting has left of each period: what was
    measured goes first."""
    found: dict[int, dict[Letter, int]] = {}
    for period, letters in others.items():
        left_mwh = int(energy_mwh[period])
        its = found[period] = {}
        for letter, amount in sorted(letters.items()):
            its[letter] = min(amount, left_mwh)
            left_mwh -= its[letter]
    return found


def _largest(energy_mwh: Ints) -> int | None:
    return int(energy_mwh.max()) if len(energy_mwh) else None


def _by_column(
    sides: Sequence[ByPeriod], weights: Sequence[Ints], quantities: Sequence[int]
) -> dict[int, dict[Letter, int]]:
    found: dict[int, dict[Letter, int]] = {}
    for others, its in zip(sides, weights, strict=True):
        for period, letters in others.items():
            for column in quantities:
                if its[period, column]:
                    sums = found.setdefault(column, {})
                    for letter, amount in letters.items():
                        sums[letter] = sums.get(letter, 0) + amount
    return found
