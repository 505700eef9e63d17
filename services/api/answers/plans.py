"""Plans side by side: what each would have cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.tariffs.money import minor_digits
from services.api.answers.shapes import Answer

if TYPE_CHECKING:
    from services.settlement.billed_plans import BilledMonths
    from services.settlement.compare import Compared


@dataclass(frozen=True, slots=True)
class ToCompare:
    """What plans are compared by, and which."""

    billed: "BilledMonths | None"
    """None: nothing was billed yet."""
    names: Mapping[str, str]
    """What people call plans."""
    on_offer: frozenset[str]
    """Those that anybody may choose."""
    among: frozenset[str] | None
    """Those that who asks is told of besides the own one; None: all, and why one is left out."""


class PlanOffer(Answer):
    """What a plan would have cost, with tax."""

    plan_id: str
    plan_name: str
    own: bool
    on_offer: bool
    """Whether anybody may choose it now; customers are told of no others but their own."""
    gross_minor: int
    saving_minor: int
    """How much less that is than on the own plan."""


class PlanComparison(Answer):
    """Plans side by side, for what was used as it was used: nobody's habits change."""

    meter_id: str
    customer: str | None
    first_month: str | None
    last_month: str | None
    """The months of which that is: those that were billed, a year at most."""
    days: int | None
    estimated_share: float | None
    """Of the energy."""
    currency: str | None
    minor_digits: int | None
    offers: list[PlanOffer]
    """The cheapest first; empty where plans cannot be compared."""
    why_not: str | None
    left_out: list[str]
    """Plans that cannot be compared: what people call them, which is all that customers are told;
    others have the id and the reason."""


def plan_comparison(meter_id: str, asked: ToCompare, found: "Compared | str") -> PlanComparison:
    """A comparison, or why there is none."""
    billed = asked.billed
    first, last = (None, None) if billed is None else billed.months
    customer = None if billed is None else f"{billed.customer_id}"
    if isinstance(found, str):
        return PlanComparison(
            meter_id=meter_id,
            customer=customer,
            first_month=first,
            last_month=last,
            days=None,
            estimated_share=None,
            currency=None,
            minor_digits=None,
            offers=[],
            why_not=found,
            left_out=[],
        )
    its = found.comparison
    return PlanComparison(
        meter_id=meter_id,
        customer=customer,
        first_month=first,
        last_month=last,
        days=its.days,
        estimated_share=float(its.estimated),
        currency=found.currency,
        minor_digits=minor_digits(found.currency),
        offers=[
            PlanOffer(
                plan_id=each.plan_id,
                plan_name=asked.names.get(each.plan_id, each.plan_id),
                own=each.plan_id == its.own,
                on_offer=each.plan_id in asked.on_offer,
                gross_minor=each.gross_minor,
                saving_minor=each.saving_minor,
            )
            for each in its.offers
        ],
        why_not=None,
        left_out=[
            f"{each.plan_id}: {each.reason}"
            if asked.among is None
            else asked.names.get(each.plan_id, each.plan_id)
            for each in found.left_out
        ],
    )
