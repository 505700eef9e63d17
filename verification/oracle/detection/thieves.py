"""Which homes may take what is missing of a feeder, by its half-hours all at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import lsq_linear

from contracts.facts import HALF_HOURS
from verification.oracle.detection.balances import Balance, Floats
from verification.oracle.detection.rules import LossRules

OTHERS = 3
"""Columns behind those of homes: 1, the square of what all took, night."""

_LEAST_LEFT = 0.1
_TINY = 1e-9

Above = Callable[[float, float, float], bool]
"""Whether the one is above the other; if they are no further apart than a share of it, who asks
hears of it."""
APART = 1e-4
"""Two ways to least squares come this near to one another."""


class Suspect(NamedTuple):
    """A home that may take what is missing."""

    coefficient: float
    """Of what its meter sees, what it takes besides."""
    kwh_a_day: float


class Drop(NamedTuple):
    """A home that uses much less than it used to."""

    kwh_a_day: float
    usual_kwh_a_day: float


def suspects_of(
    days: Sequence[Balance], usual_kwh: Mapping[str, float], rules: LossRules, above: Above
) -> dict[str, Suspect]:
    """By id.

    Args:
        usual_kwh: What homes reported a day before more was missing, as far as is known.
    """
    numbers = rules.suspects
    meters = sorted({meter_id for day in days for meter_id in day.homes})
    homes = len(meters)
    nothing = np.zeros(HALF_HOURS)
    seen = np.concatenate(
        [
            np.column_stack([day.homes.get(each, nothing)[day.counts] for each in meters])
            for day in days
        ]
    )
    others = np.concatenate([day.terms[:, [0, 2, 3]] for day in days])
    missing = np.concatenate([day.missing for day in days])
    lately, reported = _reported(days, numbers.from_days), _reported(days, 1)
    held = numbers.shrink * np.array([_left(each, lately, usual_kwh) for each in meters])
    ridge = np.full(homes + OTHERS, _TINY * len(missing))
    ridge[:homes] += held**2 * seen.var() * len(missing)
    # What holds coefficients to 0 is so many half-hours more in which nothing is missing.
    solved = lsq_linear(
        np.concatenate([np.column_stack([seen, others]), np.diag(np.sqrt(ridge))]),
        np.concatenate([missing, np.zeros(homes + OTHERS)]),
        bounds=(0, np.inf),
        method="bvls",
        tol=1e-14,
    ).x
    least_kwh = numbers.percent / 100 * sum(day.supplied[day.counts].sum() for day in days)
    return {
        meter_id: Suspect(coefficient, coefficient * reported[meter_id])
        for meter_id, coefficient, kwh in zip(
            meters, solved[:homes].tolist(), seen.sum(axis=0).tolist(), strict=True
        )
        if meter_id in reported
        and above(coefficient, numbers.coefficient, APART)
        and above(coefficient * kwh, float(least_kwh), APART)
    }


def drops_of(
    days: Sequence[Balance], usual_kwh: Mapping[str, float], rules: LossRules, above: Above
) -> dict[str, Drop]:
    """By id."""
    reported = _reported(days, rules.suspects.from_days)
    return {
        meter_id: Drop(kwh, usual_kwh[meter_id])
        for meter_id, kwh in reported.items()
        if meter_id in usual_kwh
        and above(rules.dropped_percent / 100 * usual_kwh[meter_id], kwh, _TINY)
    }


def _left(meter_id: str, lately: Mapping[str, float], usual_kwh: Mapping[str, float]) -> float:
    """The square of what a home reports as a share of what it did; 1 where that is not known."""
    usual = usual_kwh.get(meter_id, 0.0)
    share = lately[meter_id] / usual if meter_id in lately and usual > 0 else 1.0
    return float(min(max(share, _LEAST_LEFT), 1.0)) ** 2


def _reported(days: Sequence[Balance], fewest: int) -> dict[str, float]:
    """What homes report a day, kWh, of those that were not away on so many days at least."""
    energy: dict[str, list[Floats]] = {}
    for day in days:
        for meter_id, took in day.homes.items():
            energy.setdefault(meter_id, []).append(took[day.counts])
    return {
        meter_id: float(np.concatenate(parts).mean()) * HALF_HOURS
        for meter_id, parts in energy.items()
        if len(parts) >= fewest and any(each.size for each in parts)
    }
