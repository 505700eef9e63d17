"""What a plan asks of each period, as columns of a matrix, and the products of energy with them.

Everything that is linear in the energy of periods is a column: how much was used in a band, and by
a series of prices what it cost. So a day of a fleet is one product of matrices, and another plan a
few columns more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from billing.tariffs.calendar import Calendar, Places
from billing.tariffs.errors import TariffError
from billing.tariffs.plan import Demand, Energy, Export, Plan
from billing.tariffs.series import course
from billing.tariffs.when import DAY_MINUTES, When, chosen
from contracts.masters import Price
from contracts.time import MINUTE_MS

Ints = NDArray[np.int64]


class Column(NamedTuple):
    """What a column says of a component of a plan, which is counted from 0."""

    component: int
    band: str
    """"" where the component has but one price."""
    what: Literal["quantity", "cost"]
    """Thousandths of a Wh or litre, or 10^-14 of the currency."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a plan asks of consecutive periods. Rows can be taken by day, sums be added up."""

    weights: Ints
    """[periods x columns]: 0 or 1 for a quantity, the price times 10^8 for a cost."""
    meanings: tuple[Column, ...]
    windows: NDArray[np.bool_]
    """[periods x components of demand, in the plan's order]: whether the period counts."""


def columns(
    plan: Plan,
    calendar: Calendar,
    prices: Sequence[Price],
    begin_ms: int,
    periods: int,
    period_ms: int,
) -> Columns:
    """The columns of a plan for consecutive periods, best of a month at once.

    Bands of a series are those that it has in these periods; a column that is absent is 0. Columns
    of exports are for the registers of exports (`Plan.direction`).

    Raises:
        TariffError: a period has no price, or two; times of bands or prices are within a period.
    """
    _check_periods(begin_ms, period_ms)
    places = None
    meanings: list[Column] = []
    weights: list[Ints] = []
    windows: list[NDArray[np.bool_]] = []

    def local(whens: Sequence[When], component: int) -> Places:
        nonlocal places
        _check_edges(plan, component, whens, period_ms)
        places = places or calendar.places(begin_ms, periods, period_ms)
        return places

    def add(column: Column, weight: NDArray[Any]) -> None:
        meanings.append(column)
        weights.append(weight.astype(np.int64))

    for number, component in enumerate(plan.components):
        if isinstance(component, Demand):
            windows.append(component.holds(local([component], number)))
        elif not isinstance(component, Energy | Export):
            continue
        elif component.series is not None:
            its = course(component.series, prices, begin_ms, periods, period_ms)
            for place, band in enumerate(its.bands):
                here = its.band == place
                add(Column(number, band, "quantity"), here)
                add(Column(number, band, "cost"), here * its.eighths)
        elif component.bands is not None:
            bands = component.bands
            first = chosen(bands, local(bands, number))
            for name in dict.fromkeys(band.name for band in bands):
                of_name = [place for place, band in enumerate(bands) if band.name == name]
                add(Column(number, name, "quantity"), np.isin(first, of_name))
        else:
            add(Column(number, "", "quantity"), np.ones(periods))
    return Columns(
        np.stack(weights, axis=1) if weights else np.zeros((periods, 0), dtype=np.int64),
        tuple(meanings),
        np.stack(windows, axis=1) if windows else np.zeros((periods, 0), dtype=np.bool_),
    )


def products(energy_mwh: Ints, weights: Ints) -> NDArray[Any]:
    """[registers x periods] times [periods x columns], exact.

    Rows that might not fit into 64 bits are computed in Python's integers; the whole is then an
    array of these (dtype object). Otherwise it is int64.
    """
    heaviest = max(
        (sum(map(abs, column)) for column in weights.T.astype(object).tolist()), default=0
    )
    fits = _fits(energy_mwh, np.iinfo(np.int64).max // max(heaviest, 1))
    if fits.all():
        found: NDArray[Any] = energy_mwh @ weights
        return found
    exact = np.empty((len(energy_mwh), weights.shape[1]), dtype=object)
    exact[fits] = (energy_mwh[fits] @ weights).astype(object)
    exact[~fits] = energy_mwh[~fits].astype(object) @ weights.astype(object)
    return exact


def netted(import_mwh: Ints, export_mwh: Ints) -> tuple[Ints, Ints]:
    """Import and export of periods, with what a period has of both taken off both: for plans with
    `net = "period"`."""
    both = np.minimum(import_mwh, export_mwh)
    return import_mwh - both, export_mwh - both


def _fits(energy_mwh: Ints, most: int) -> NDArray[np.bool_]:
    """Rows of which no element is larger than `most`; compared with both signs, since the smallest
    int64 has no absolute value."""
    found: NDArray[np.bool_] = ((energy_mwh <= most) & (energy_mwh >= -most)).all(axis=1)
    return found


def _check_periods(begin_ms: int, period_ms: int) -> None:
    if period_ms <= 0 or begin_ms % period_ms:
        raise TariffError(
            f"begin_ms is {begin_ms} and period_ms {period_ms}: give periods that begin at "
            "multiples of their length since the epoch"
        )


def _check_edges(plan: Plan, component: int, whens: Sequence[When], period_ms: int) -> None:
    for when in whens:
        for field, minute in (("from", when.from_minute), ("to", when.to_minute)):
            if minute % DAY_MINUTES * MINUTE_MS % period_ms:
                raise TariffError(
                    f"plan {plan.id}: {field} in component[{component + 1}] is "
                    f"{minute // 60:02}:{minute % 60:02}, within a period: give a time that is a "
                    f"multiple of {period_ms // MINUTE_MS} minutes"
                )
