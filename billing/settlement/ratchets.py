"""Ratchets: what earlier months' peaks a demand looks back at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from billing.curve.segments import Segments
from billing.settlement.allocation import allocated
from billing.settlement.month import month_of
from billing.settlement.peaks import PeakKey, peak_keys
from billing.settlement.tally import Tally
from billing.settlement.terms import terms_of
from billing.tariffs.calendar import calendar_of
from billing.tariffs.plan import Demand, Plan
from billing.tariffs.versions import plans_of
from contracts.energy import Span
from contracts.masters import Installation, Masters


@dataclass(frozen=True, slots=True)
class Ratchets:
    """What has to be known of earlier months to bill one."""

    months: int
    """How many before it; 0: no plan that somebody has there looks back."""
    premises: frozenset[str]
    """At which."""
    since_ms: int
    """When the earliest contract of these began: nothing before it counts."""


def ratchets_of(masters: Masters, month: Span) -> Ratchets:
    """Which premises' contracts of a month have a demand that looks back, and how far."""
    back: dict[str, int] = {}
    for (plan_id, _), plan in plans_of(masters.plans).items():
        back[plan_id] = max(back.get(plan_id, 0), _months(plan))
    own = [
        each
        for each in masters.contracts
        if back.get(each.plan_id)
        and each.begin_ms < month.end_ms
        and (each.end_ms is None or each.end_ms > month.begin_ms)
    ]
    return Ratchets(
        max((back[each.plan_id] for each in own), default=0),
        frozenset(each.premises_id for each in own),
        min((each.begin_ms for each in own), default=month.begin_ms),
    )


def peaks_of(
    masters: Masters,
    site_id: str,
    registers: Sequence[Installation],
    pieces: Iterable[Segments],
    month: str,
    *,
    period_ms: int,
) -> dict[PeakKey, int]:
    """The largest measured period of a month in the window of each demand that ratchets look back
    at, by who had it on that plan then.

    Args:
        registers: All that are at premises with ratchets; for the rest as `settle`.

    Raises:
        As `settle`.
    """
    site = next(each for each in masters.sites if each.site_id == site_id)
    calendar = calendar_of(site, masters.holidays)
    its = month_of(month, calendar, site, masters.tax_rates)
    begins = cache(lambda day: calendar.day(day).begin_ms)
    allocation = allocated(masters, site_id, registers, its.span, begins, its.changes_ms)
    plans = plans_of(masters.plans)
    supplies = [
        each
        for each in allocation.supplies
        if each.unpriced is not None
        or (each.plan is not None and _months(plans[each.plan.plan_id, each.plan.version]))
    ]
    terms = terms_of(masters, site, calendar, supplies, its.span, period_ms)
    place_of = {version: place for place, version in enumerate(terms)}
    tally = Tally(
        allocation,
        registers,
        its.span,
        period_ms,
        [None if each.plan is None else place_of.get(each.plan) for each in allocation.supplies],
        [each.weights for each in terms.values()],
    )
    for piece in pieces:
        tally.add(piece)
    found: dict[PeakKey, int] = {}
    for supply, used in zip(allocation.supplies, tally.used(), strict=True):
        if supply.plan in terms:
            for key, peak in zip(peak_keys(supply, terms), used.peaks_mwh, strict=True):
                if peak is not None:
                    found[key] = max(found.get(key, 0), peak)
    return found


def _months(plan: Plan) -> int:
    """How far a plan looks back."""
    demands = (plan.components[place] for place in plan.demands)
    return max(
        (each.ratchet_months or 0 for each in demands if isinstance(each, Demand)), default=0
    )
