"""Which homes may take what is missing.

Whoever takes electricity past the meter takes it when he takes what the meter sees: what is missing
in a half-hour is a sum over homes of a share of what each reports. Of a meter that sees the share
s of what its home takes that share is (1 - s) / s. None is negative, so the shares are found by
least squares with that condition (Lawson and Hanson 1974), the feeder's own loss beside them. They
are held to 0 a little (ridge), the less the more a home reports less than it used to: of two homes
that live alike it is the one that does.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.optimize import nnls

from contracts.facts import HALF_HOURS
from jobs.rules.balance import Balance, Floats
from jobs.rules.loss_numbers import SuspectNumbers

OTHERS = 4
"""Columns behind those of homes: 1, the square of what all homes took, night, what is missing."""

STEPS_A_COLUMN = 30.0
"""How long least squares are tried; three are enough as a rule."""

LEAST_LEFT = 0.1
"""Of what a home used to report, where it reports next to nothing."""

_TINY = 1e-9


class Suspect(Struct, frozen=True, array_like=True):
    """A home that may take what is missing."""

    meter_id: str
    coefficient: float
    """What it takes past the meter, of what the meter sees."""
    kwh_a_day: float
    """What that is."""

    @property
    def seen(self) -> float:
        """Which share of what it takes the meter sees."""
        return 1 / (1 + self.coefficient)


class Heard(Struct, frozen=True, array_like=True, gc=False):
    """What a home reported on days on which it was not away, in half-hours that count."""

    days: int = 0
    half_hours: int = 0
    kwh: float = 0.0

    def after(self, half_hours: int, kwh: float) -> "Heard":
        """With another day."""
        return Heard(self.days + 1, self.half_hours + half_hours, self.kwh + kwh)

    @property
    def kwh_a_day(self) -> float:
        """What it reports a day; there must be a half-hour."""
        return self.kwh * HALF_HOURS / self.half_hours


class Traces(Struct, frozen=True):
    """What half-hours of some days say of each home."""

    meters: tuple[str, ...] = ()
    days: int = 0
    half_hours: int = 0
    supplied_kwh: float = 0.0
    products: bytes = b""
    """Sums of products of the columns, homes and OTHERS, with one another: doubles."""
    sums: bytes = b""
    """Sums of the columns."""
    heard: dict[str, Heard] = {}
    """Of each home that was, by id."""

    def after(self, balance: Balance, night: NDArray[np.bool_]) -> "Traces":
        """With another day."""
        meters = tuple(sorted({*self.meters, *balance.homes}))
        rows = balance.counted
        columns = np.zeros((HALF_HOURS, len(meters) + OTHERS))
        for meter_id, energy in balance.homes.items():
            columns[:, meters.index(meter_id)] = energy
        columns[:, -OTHERS:] = np.column_stack(
            [np.ones(HALF_HOURS), balance.taken**2, night, balance.missing]
        )
        products = np.einsum("ti,tj->ij", columns[rows], columns[rows])
        sums = columns[rows].sum(axis=0)
        at = self._places(meters)
        if at.size:
            products[np.ix_(at, at)] += self._products()
            sums[at] += np.frombuffer(self.sums)
        heard = {
            meter_id: self.heard.get(meter_id, Heard()).after(
                int(rows.sum()), float(energy[rows].sum())
            )
            for meter_id, energy in balance.homes.items()
        }
        return Traces(
            meters,
            self.days + 1,
            self.half_hours + int(rows.sum()),
            self.supplied_kwh + balance.supplied_kwh,
            products.tobytes(),
            sums.tobytes(),
            self.heard | heard,
        )

    def suspects(
        self, numbers: SuspectNumbers, usual_kwh: Mapping[str, float]
    ) -> tuple[Suspect, ...]:
        """Homes that may take what is missing, those that may take most first.

        Args:
            usual_kwh: What homes reported a day before more was missing, as far as is known.
        """
        homes = len(self.meters)
        products, sums = self._products(), np.frombuffer(self.sums)
        shrink = numbers.shrink * self._left(usual_kwh, numbers.from_days)
        coefficients = self._solved(products, sums, shrink)
        taken = coefficients[:homes] * sums[:homes]
        reported = self.reported_kwh(1)
        found = [
            Suspect(meter_id, coefficient, coefficient * reported[meter_id])
            for meter_id, coefficient, kwh in zip(
                self.meters, coefficients[:homes].tolist(), taken.tolist(), strict=True
            )
            if meter_id in reported
            and coefficient > numbers.coefficient
            and kwh * 100 > numbers.percent * self.supplied_kwh
        ]
        return tuple(sorted(found, key=lambda each: (-each.kwh_a_day, each.meter_id)))

    def reported_kwh(self, fewest_days: int) -> dict[str, float]:
        """What homes report a day, by id, of those that were heard on so many days at least; days
        on which a home was away are none of its days."""
        return {
            meter_id: heard.kwh_a_day
            for meter_id, heard in self.heard.items()
            if heard.days >= fewest_days and heard.half_hours
        }

    def _left(self, usual_kwh: Mapping[str, float], fewest_days: int) -> Floats:
        """The square of what homes report, of what they used to; 1 at most, and where either is not
        known."""
        reported = self.reported_kwh(fewest_days)
        left = [
            reported[each] / usual_kwh[each]
            if each in reported and usual_kwh.get(each, 0.0) > 0
            else 1.0
            for each in self.meters
        ]
        return np.asarray(np.clip(left, LEAST_LEFT, 1.0) ** 2)

    def _solved(self, products: Floats, sums: Floats, shrink: Floats) -> Floats:
        homes = len(self.meters)
        entries = self.half_hours * homes
        mean = sums[:homes].sum() / entries
        variance = products.diagonal()[:homes].sum() / entries - mean**2
        gram = products[:-1, :-1].copy()
        gram[np.diag_indices(homes)] += shrink**2 * variance * self.half_hours
        # Least squares of a matrix whose products these are, as only they are kept.
        gram[np.diag_indices(homes + OTHERS - 1)] += _TINY * self.half_hours
        root = np.linalg.cholesky(gram)
        steps = max(1, int(STEPS_A_COLUMN * len(gram)))
        try:
            solved: Floats = nnls(root.T, np.linalg.solve(root, products[:-1, -1]), maxiter=steps)[
                0
            ]
        except RuntimeError:
            # Nobody is suspected then; the next day may say more.
            return np.zeros(len(gram))
        return solved

    def _products(self) -> Floats:
        columns = len(self.meters) + OTHERS
        return np.frombuffer(self.products).reshape(columns, columns)

    def _places(self, meters: Sequence[str]) -> NDArray[np.int64]:
        """Where this one's columns are in those of these meters."""
        if not self.days:
            return np.array([], dtype=np.int64)
        places = {meter_id: number for number, meter_id in enumerate(meters)}
        others = range(len(meters), len(meters) + OTHERS)
        return np.array([*(places[each] for each in self.meters), *others], dtype=np.int64)
