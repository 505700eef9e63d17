"""What a unit of a line costs, as a bill prints it."""

from decimal import Decimal

from billing.tariffs.plan import Demand, Discount, Energy, Export, Levy, Plan, Standing, Tiers
from billing.tariffs.rating import one_price
from contracts.billing import Charge

TIER = "tier "
"""How bands of tiers begin, before their place from 1."""


def unit_price(plan: Plan, number: int, charge: Charge) -> Decimal | None:
    """Without tax, by the unit that is printed (kWh, m3, kW, day); None where it is not one price,
    or the plan has another: with tax, or by another unit.

    Args:
        number: Place of the charge's component in the plan, from 0.
    """
    component = plan.components[number]
    if plan.prices_include_tax:
        return None
    if isinstance(component, Standing):
        return component.per_day
    if isinstance(component, Demand):
        return component.price
    if isinstance(component, Discount) and component.per_day is not None:
        return -component.per_day
    if plan.sold not in ("kWh", "m3"):
        return None
    if isinstance(component, Energy | Export):
        if component.series is not None:
            return one_price(charge.exact, charge.quantity)
        prices = {band.name: band.price for band in component.bands or ()}
        return prices.get(charge.key.band, component.price)
    if isinstance(component, Tiers):
        return component.tiers[int(charge.key.band.removeprefix(TIER)) - 1].price
    if isinstance(component, Levy):
        return component.price
    if isinstance(component, Discount) and component.price is not None:
        return -component.price
    return None
