"""Peaks of a month: a demand is charged once, in the part of the month that has the peak."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from billing.settlement.allocation import Supply
from billing.settlement.terms import Terms
from billing.settlement.used import Used
from contracts.masters import PlanVersion

PeakKey: TypeAlias = tuple[int, str, str]
"""Customer, premises, and component of a plan as charges name it."""
Peaks: TypeAlias = tuple[int | None, ...]
"""Energy of the largest period for each component of demand, in the plan's order; None: none is
known, or another part of the month has it."""


def peaks_once(
    supplies: Sequence[Supply], terms: Mapping[PlanVersion, Terms], used: Sequence[Used]
) -> list[Peaks]:
    """Of each supply the peaks that are charged in it: of the parts of a customer's month on a plan
    (a version ends, a tax changes, somebody comes back) the one with the largest, of equal ones the
    first."""
    best: dict[PeakKey, tuple[int, int]] = {}
    for place, supply in enumerate(supplies):
        for key, peak in zip(peak_keys(supply, terms), used[place].peaks_mwh, strict=True):
            if peak is not None and (key not in best or peak > best[key][0]):
                best[key] = peak, place
    return [
        tuple(
            peak if best.get(key, (None, None))[1] == place else None
            for key, peak in zip(peak_keys(supply, terms), used[place].peaks_mwh, strict=True)
        )
        for place, supply in enumerate(supplies)
    ]


def peak_keys(supply: Supply, terms: Mapping[PlanVersion, Terms]) -> tuple[PeakKey, ...]:
    """The components of demand of a supply's plan, in its order."""
    if supply.plan is None:
        return ()
    plan = terms[supply.plan].plan
    return tuple((supply.customer_id, supply.premises_id, plan.key(each)) for each in plan.demands)
