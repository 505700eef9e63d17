"""What a unit of a line costs, as a bill prints it."""

from decimal import Decimal

from billing.tariffs.plan import Demand, Discount, Energy, Export, Levy, Plan, Standing, Tiers
from billing.tariffs.rating import one_price
from contracts.billing import Charge

TIER = "tier "
"""How bands of tiers begin, before their place from 1."""


NET_DECIMALS = 6
"""Of a price out of which tax was taken."""


def unit_price(plan: Plan, number: int, charge: Charge, rate: Decimal) -> Decimal | None:
    """Without tax, by the plan's unit, a kW or a day; None where it is not one price. Where the
    plan's prices include tax it is rounded.

    Args:
        number: Place of the charge's component in the plan, from 0.
        rate: Per cent of tax.
    """
    price = _price(plan, number, charge)
    if price is None or not plan.prices_include_tax:
        return price
    return round(price / (1 + rate / 100), NET_DECIMALS)


def _price(plan: Plan, number: int, charge: Charge) -> Decimal | None:
    component = plan.components[number]
    if isinstance(component, Standing):
        return component.per_day
    if isinstance(component, Demand):
        return component.price
    if isinstance(component, Discount) and component.per_day is not None:
        return -component.per_day
    if isinstance(component, Energy | Export):
        if component.series is not None:
            # Of what it came to, tax is taken out already.
            is_net = not plan.prices_include_tax
            return one_price(charge.exact, charge.quantity) if is_net else None
        prices = {band.name: band.price for band in component.bands or ()}
        return prices.get(charge.key.band, component.price)
    if isinstance(component, Tiers):
        return component.tiers[int(charge.key.band.removeprefix(TIER)) - 1].price
    if isinstance(component, Levy):
        return component.price
    if isinstance(component, Discount) and component.price is not None:
        return -component.price
    return None
