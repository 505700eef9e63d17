"""Peaks of a month: a demand is charged once, in the part of the month that has the peak."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from billing.settlement.allocation import Supply
from billing.settlement.terms import Terms
from billing.settlement.used import Used
from billing.tariffs.plan import Demand
from contracts.masters import PlanVersion

PeakKey: TypeAlias = tuple[int, str, str]
"""Customer, premises, and component of a plan as charges name it."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """Energy of the largest period for each component of demand, in the plan's order; None: none is
    known, or another part of the month has it."""

    own_mwh: tuple[int | None, ...]
    earlier_mwh: tuple[int | None, ...]
    """Of the months that the component looks back at."""


def peaks_once(
    supplies: Sequence[Supply],
    terms: Mapping[PlanVersion, Terms],
    used: Sequence[Used],
    earlier: Sequence[Mapping[PeakKey, int]] = (),
) -> list[Peaks]:
    """Of each supply the peaks that are charged in it: of the parts of a customer's month on a plan
    (a version ends, a tax changes, somebody comes back) the one with the largest, of equal ones the
    first.

    Args:
        earlier: Peaks of the months before, the latest first (`ratchets.peaks_of`).
    """
    best: dict[PeakKey, tuple[int, int]] = {}
    for place, supply in enumerate(supplies):
        for key, peak in zip(peak_keys(supply, terms), used[place].peaks_mwh, strict=True):
            size = -1 if peak is None else peak
            if key not in best or size > best[key][0]:
                best[key] = size, place
    found = []
    for place, supply in enumerate(supplies):
        has = [best[key][1] == place for key in peak_keys(supply, terms)]
        own = zip(has, used[place].peaks_mwh, strict=True)
        before = zip(has, _before(supply, terms, earlier), strict=True)
        found.append(
            Peaks(
                tuple(peak if is_its else None for is_its, peak in own),
                tuple(peak if is_its else None for is_its, peak in before),
            )
        )
    return found


def peak_keys(supply: Supply, terms: Mapping[PlanVersion, Terms]) -> tuple[PeakKey, ...]:
    """The components of demand of a supply's plan, in its order."""
    if supply.plan is None:
        return ()
    plan = terms[supply.plan].plan
    return tuple((supply.customer_id, supply.premises_id, plan.key(each)) for each in plan.demands)


def _before(
    supply: Supply, terms: Mapping[PlanVersion, Terms], earlier: Sequence[Mapping[PeakKey, int]]
) -> Iterator[int | None]:
    if supply.plan is None:
        return
    plan = terms[supply.plan].plan
    for place, key in zip(plan.demands, peak_keys(supply, terms), strict=True):
        component = plan.components[place]
        assert isinstance(component, Demand)
        months = earlier[: component.ratchet_months or 0]
        yield max((peaks[key] for peaks in months if key in peaks), default=None)
