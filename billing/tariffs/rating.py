"""From what was used in a span to the lines of a bill.

Amounts are whole multiples of 10^-14 of the currency, and each line is rounded once to minor units.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from billing.tariffs.columns import Column
from billing.tariffs.money import (
    PER_CENT,
    exact_in_minor,
    in_eighths,
    minor,
    rate_of,
    rounded,
)
from billing.tariffs.plan import (
    Demand,
    Discount,
    Energy,
    Export,
    Levy,
    Minimum,
    Plan,
    Standing,
    Tiers,
)
from billing.tariffs.units import THOUSANDTHS, Sold
from contracts.billing import EXACT_DECIMALS, PRICE_DECIMALS, Letter, Unit
from contracts.energy import Span
from contracts.time import HOUR_MS, MINUTE_MS

WHOLE = 10 ** (EXACT_DECIMALS - PRICE_DECIMALS)
"""Exact amounts in 10^-8 of the currency."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used in a span within a local month, on one version of one plan."""

    span: Span
    month: Span
    sums: Mapping[Column, int]
    """What is absent is 0."""
    total: int
    """Thousandths of a Wh or litre that were taken."""
    peaks: tuple[int | None, ...] = ()
    """For each component of demand, in the plan's order: energy of the largest period in its
    window; None if none is known."""
    days: int = 0
    """Local days whose first instant is in the span."""
    by_letter: tuple[tuple[Letter, int], ...] = ()
    """How much of `total` is known how."""
    earlier_peaks: tuple[int | None, ...] = ()
    """Like `peaks`, of the months before that the component's ratchet looks back for."""
    period_ms: int = 30 * MINUTE_MS
    """Of `peaks`."""


@dataclass(frozen=True, slots=True)
class Line:
    """An amount of a bill, and what it is for."""

    component: str
    """`Plan.key`."""
    band: str
    unit: Unit
    quantity: int
    exact: int
    """10^-14 of the currency."""
    minor: int
    """Rounded once, half away from zero."""
    tax_category: str
    price: Decimal | None = None
    """Without tax, by the plan's unit, a kW or a day; None where it is not one price."""


def rated(plan: Plan, usage: Usage, rates: Mapping[str, Decimal] | None = None) -> tuple[Line, ...]:
    """The lines of a span, in the order of the plan; without those of nothing.

    Args:
        rates: Per cent by tax category. Needed where the plan's prices include tax, which is then
            taken out of each line.

    Raises:
        TariffError: prices include tax, and a category has no rate.
        ValueError: the usage does not fit the plan or itself: the caller's mistake.
    """
    _check(plan, usage)
    lines: list[Line] = []
    for number in range(len(plan.components)):
        category = plan.category(number)
        rate = rate_of(category, rates or {}) if plan.prices_include_tax else Decimal(0)
        for amount in _amounts(plan, number, usage, lines, rate):
            if not amount.quantity and not amount.exact:
                continue
            is_net = amount.is_net or not rate
            exact = amount.exact if is_net else without_tax(amount.exact, rate)
            lines.append(
                Line(
                    component=plan.key(number),
                    band=amount.band,
                    unit=amount.unit,
                    quantity=amount.quantity,
                    exact=exact,
                    minor=minor(exact, plan.currency),
                    tax_category=category,
                    price=None if plan.prices_include_tax else amount.price,
                )
            )
    return tuple(lines)


@dataclass(frozen=True, slots=True)
class _Amount:
    """What a line will be of."""

    quantity: int
    unit: Unit
    exact: int
    band: str = ""
    price: Decimal | None = None
    is_net: bool = False
    """It was made of lines, from which tax has been taken already."""


def without_tax(exact: int, rate: Decimal) -> int:
    """What an amount with tax is without it, by a rate in per cent; to the nearest 10^-14."""
    return rounded(exact * PER_CENT, PER_CENT + in_eighths(rate))


def cost(quantity: int, price: Decimal, unit: Sold) -> int:
    """What a quantity in thousandths costs, 10^-14 of the currency: exact by kWh and m3, to the
    nearest by other units."""
    by = THOUSANDTHS[unit]
    return rounded(quantity * in_eighths(price) * WHOLE * by.denominator, by.numerator)


def _amounts(
    plan: Plan, number: int, usage: Usage, before: Sequence[Line], rate: Decimal
) -> Iterator[_Amount]:
    component = plan.components[number]
    if isinstance(component, Energy):
        yield from _priced(plan, number, component, usage)
    elif isinstance(component, Export):
        for each in _priced(plan, number, component, usage):
            yield _Amount(-each.quantity, each.unit, -each.exact, each.band, each.price)
    elif isinstance(component, Tiers):
        yield from _tiers(plan, component, usage)
    elif isinstance(component, Demand):
        yield from _demand(component, plan.demands.index(number), usage)
    elif isinstance(component, Standing):
        price = in_eighths(component.per_day) * WHOLE
        yield _Amount(usage.days, "days", usage.days * price, price=component.per_day)
    elif isinstance(component, Levy):
        exact = cost(usage.total, component.price, plan.sold)
        yield _Amount(usage.total, plan.counted, exact, price=component.price)
    elif isinstance(component, Discount):
        yield _discount(plan, component, usage, before)
    else:
        yield _minimum(plan, component, usage, before, rate)


def _priced(plan: Plan, number: int, component: Energy | Export, usage: Usage) -> Iterator[_Amount]:
    if component.series is not None:
        sums: dict[str, dict[str, int]] = defaultdict(dict)
        for column, amount in usage.sums.items():
            if column.component == number:
                sums[column.band][column.what] = amount
        for band, its in sorted(sums.items()):
            quantity, exact = its.get("quantity", 0), its.get("cost", 0)
            yield _Amount(quantity, plan.counted, exact, band, one_price(exact, quantity))
        return
    if component.bands is not None:
        prices = {band.name: band.price for band in component.bands}
    else:
        assert component.price is not None
        prices = {"": component.price}
    for band, price in prices.items():
        quantity = usage.sums.get(Column(number, band, "quantity"), 0)
        yield _Amount(quantity, plan.counted, cost(quantity, price, plan.sold), band, price)


def one_price(exact: int, quantity: int) -> Decimal | None:
    """The price that makes a quantity cost so much, if there is one of eight decimals."""
    if not quantity or exact % quantity:
        return None
    return Decimal(exact // quantity).scaleb(-PRICE_DECIMALS).normalize() + Decimal(0)


def _tiers(plan: Plan, component: Tiers, usage: Usage) -> Iterator[_Amount]:
    reached = 0
    for place, tier in enumerate(component.tiers, 1):
        upto = usage.total
        if tier.to is not None:
            upto = min(upto, prorated(Fraction(tier.to) * THOUSANDTHS[plan.sold], usage))
        quantity = max(upto - reached, 0)
        reached += quantity
        exact = cost(quantity, tier.price, plan.sold)
        yield _Amount(quantity, plan.counted, exact, f"tier {place}", tier.price)


def prorated(amount: Fraction, usage: Usage) -> int:
    """What the span of a usage has of a month's amount, by time; rounded down."""
    span, month = usage.span, usage.month
    return floor(amount * Fraction(span.end_ms - span.begin_ms, month.end_ms - month.begin_ms))


def _demand(component: Demand, place: int, usage: Usage) -> Iterator[_Amount]:
    peak = usage.peaks[place]
    earlier = usage.earlier_peaks[place] if usage.earlier_peaks else None
    known = [] if peak is None else [peak]
    if component.ratchet_months is not None and earlier is not None:
        known.append(earlier * in_eighths(component.ratchet_percent) // PER_CENT)
    if not known:
        return
    demand_mw = max(known) * HOUR_MS // usage.period_ms
    yield _Amount(
        demand_mw // 1_000, "w", demand_mw * in_eighths(component.price), price=component.price
    )


def _discount(plan: Plan, component: Discount, usage: Usage, before: Sequence[Line]) -> _Amount:
    if component.percent is not None:
        charged = _charged(plan, before) * exact_in_minor(plan.currency)
        exact = rounded(charged * in_eighths(component.percent), PER_CENT)
        return _Amount(0, "none", -exact, is_net=True)
    if component.price is not None:
        exact = cost(usage.total, component.price, plan.sold)
        return _Amount(usage.total, plan.counted, -exact, price=-component.price)
    assert component.per_day is not None
    exact = usage.days * in_eighths(component.per_day) * WHOLE
    return _Amount(usage.days, "days", -exact, price=-component.per_day)


def _minimum(
    plan: Plan, component: Minimum, usage: Usage, before: Sequence[Line], rate: Decimal
) -> _Amount:
    """What is missing, by the amounts that are printed: the bill says the minimum to the penny."""
    month = Fraction(in_eighths(component.per_month) * WHOLE)
    least = without_tax(prorated(month, usage), rate)
    missing = least - _charged(plan, before) * exact_in_minor(plan.currency)
    return _Amount(0, "none", max(missing, 0), is_net=True)


def _charged(plan: Plan, lines: Sequence[Line]) -> int:
    """What lines come to in minor units, without exports."""
    exports = {
        plan.key(place) for place, each in enumerate(plan.components) if isinstance(each, Export)
    }
    return sum(line.minor for line in lines if line.component not in exports)


def _check(plan: Plan, usage: Usage) -> None:
    if not (usage.month.begin_ms <= usage.span.begin_ms <= usage.span.end_ms <= usage.month.end_ms):
        raise ValueError(f"span is {usage.span}, not within month {usage.month}: cut it by month")
    for name in ("peaks", "earlier_peaks"):
        given = getattr(usage, name)
        if len(given) != len(plan.demands) and (given or name == "peaks"):
            raise ValueError(
                f"{name} is {given} for {len(plan.demands)} components of demand of plan "
                f"{plan.id}: give one for each"
            )
    for number, component in enumerate(plan.components):
        if isinstance(component, Energy):
            priced = sum(
                amount
                for column, amount in usage.sums.items()
                if column.component == number and column.what == "quantity"
            )
            if priced != usage.total:
                raise ValueError(
                    f"sums of component[{number + 1}] of plan {plan.id} are {priced} in all, and "
                    f"total is {usage.total}: add up the same periods for both"
                )
