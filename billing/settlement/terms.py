"""The terms of a month: each version of a plan that somebody has, and how periods count on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from billing.settlement.allocation import Supply, Unpriced
from billing.settlement.errors import MastersError, RunError
from billing.settlement.used import Weights
from billing.tariffs.calendar import Calendar
from billing.tariffs.columns import Column, columns
from billing.tariffs.errors import TariffError
from billing.tariffs.gas import Conversion, conversion
from billing.tariffs.plan import Plan, check_site
from billing.tariffs.versions import plans_of
from contracts.energy import Span
from contracts.masters import Masters, PlanVersion, Site


@dataclass(frozen=True, slots=True)
class Terms:
    """A version of a plan, ready to be rated."""

    plan: Plan
    meanings: tuple[Column, ...]
    """Of the weights' columns."""
    weights: Weights
    places: Mapping[tuple[str, str], int]
    """Of the columns of quantities, by component's key and band."""

    def column(self, component: str, band: str) -> int | None:
        """The column that a line's quantity is the sum of, if it is of one."""
        return self.places.get((component, band))


def terms_of(
    masters: Masters,
    site: Site,
    calendar: Calendar,
    supplies: Sequence[Supply],
    month: Span,
    period_ms: int,
) -> Mapping[PlanVersion, Terms]:
    """The terms of all supplies of a month.

    Raises:
        MastersError: a contract is unpriced.
        TariffError: a plan cannot be read or does not fit the site, or a period that somebody has
            it in has no price, or gas no calorific value.
        RunError: gas is sold by kWh at a site that has no zone of calorific values.
    """
    for supply in supplies:
        if supply.unpriced is not None:
            raise MastersError(
                f"{supply.unpriced.why}; customer {supply.customer_id} has it at "
                f"{supply.premises_id} then"
            )
    plans = plans_of(masters.plans)
    return {
        version: _terms(
            plans[version.plan_id, version.version], own, masters, site, calendar, month, period_ms
        )
        for version, own in _by_version(supplies).items()
    }


def priced(
    masters: Masters,
    site: Site,
    calendar: Calendar,
    supplies: Sequence[Supply],
    month: Span,
    period_ms: int,
) -> tuple[tuple[Supply, ...], Mapping[PlanVersion, Terms]]:
    """As `terms_of`, for who takes those that there are: all supplies at their places, those whose
    version of a plan has none as unpriced ones, and the terms of the others.

    Raises:
        TariffError: a plan cannot be read.
    """
    plans = plans_of(masters.plans)
    found: dict[PlanVersion, Terms] = {}
    lacking: dict[PlanVersion, Unpriced] = {}
    for version, own in _by_version(supplies).items():
        plan = plans[version.plan_id, version.version]
        try:
            found[version] = _terms(plan, own, masters, site, calendar, month, period_ms)
        except (TariffError, RunError) as error:
            lacking[version] = Unpriced(version.plan_id, str(error))

    def told(supply: Supply) -> Supply:
        unpriced = None if supply.plan is None else lacking.get(supply.plan)
        return supply if unpriced is None else replace(supply, plan=None, unpriced=unpriced)

    return tuple(map(told, supplies)), found


def _by_version(supplies: Sequence[Supply]) -> Mapping[PlanVersion, Sequence[Supply]]:
    """Those on each version of a plan."""
    found: dict[PlanVersion, list[Supply]] = {}
    for supply in supplies:
        if supply.plan is not None:
            found.setdefault(supply.plan, []).append(supply)
    return found


def _terms(
    plan: Plan,
    supplies: Sequence[Supply],
    masters: Masters,
    site: Site,
    calendar: Calendar,
    month: Span,
    period_ms: int,
) -> Terms:
    """The terms of those on one version of a plan; errors are those of `terms_of`."""
    for commodity in {supply.commodity for supply in supplies}:
        check_site(plan, commodity, site)
    begin = (min(supply.span.begin_ms for supply in supplies) - month.begin_ms) // period_ms
    end = -((month.begin_ms - max(supply.span.end_ms for supply in supplies)) // period_ms)
    begin_ms = month.begin_ms + begin * period_ms
    its = columns(plan, calendar, masters.prices, begin_ms, end - begin, period_ms)
    periods = (month.end_ms - month.begin_ms) // period_ms
    weights = np.zeros((periods, its.weights.shape[1]), dtype=np.int64)
    windows = np.zeros((periods, its.windows.shape[1]), dtype=np.bool_)
    weights[begin:end], windows[begin:end] = its.weights, its.windows
    exported = np.array(
        [plan.direction(each.component) == "export" for each in its.meanings], dtype=np.bool_
    )
    places = {
        (plan.key(each.component), each.band): place
        for place, each in enumerate(its.meanings)
        if each.what == "quantity"
    }
    return Terms(
        plan,
        its.meanings,
        Weights(
            weights * ~exported,
            weights * exported,
            windows,
            tuple(places.values()),
            _conversion(plan, masters, site, calendar, month, period_ms),
            nets=plan.net == "period",
        ),
        places,
    )


def _conversion(
    plan: Plan,
    masters: Masters,
    site: Site,
    calendar: Calendar,
    month: Span,
    period_ms: int,
) -> Conversion | None:
    """How gas becomes energy in the whole month; None where what is counted is what is sold."""
    if plan.commodity != "gas" or plan.counted == "ml":
        return None
    if site.gas_zone is None:
        raise RunError(
            f"plan {plan.id} sells gas by kWh, and site {site.site_id} has no gas_zone: say whose "
            "calorific values are its own"
        )
    periods = (month.end_ms - month.begin_ms) // period_ms
    return conversion(
        masters.calorific_values, site.gas_zone, calendar, month.begin_ms, periods, period_ms
    )
