"""What a further thousandth of a Wh or litre costs on a plan: the prices of a live tail.

Only what follows from energy itself has one. A standing charge, a demand charge, a minimum and what
else a plan asks for are the interim run's.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from billing.settlement.terms import Terms
from billing.tariffs.money import PER_CENT, in_eighths
from billing.tariffs.plan import Discount, Energy, Export, Levy, Plan, Tiers
from billing.tariffs.rating import WHOLE, Usage, prorated
from billing.tariffs.units import THOUSANDTHS
from contracts.energy import Span
from contracts.masters import Direction
from contracts.so_far import PricesSoFar, Step

Reached = tuple[int, ...]
"""Of each component of tiers, in the plan's order, the place of the tier that a month is in."""


class _Cost(NamedTuple):
    net: Fraction
    tax: Fraction


def reached(plan: Plan, span: Span, month: Span, total: int) -> Reached:
    """The tiers that a supply of a month is in.

    Args:
        total: What it took so far, in what the plan counts.
    """
    usage = Usage(span, month, {}, total)
    found = []
    for component in plan.components:
        if isinstance(component, Tiers):
            ends = [
                prorated(Fraction(tier.to) * THOUSANDTHS[plan.sold], usage)
                for tier in component.tiers
                if tier.to is not None
            ]
            found.append(sum(end <= total for end in ends))
    return tuple(found)


def further(
    terms: Terms,
    rates: Mapping[str, Decimal],
    in_tiers: Reached,
    begin_ms: int,
    first: int,
    period_ms: int,
) -> PricesSoFar:
    """The prices of a month from one of its periods on.

    Args:
        rates: Per cent by category of tax.
        begin_ms: Of the month.
        first: Place of the period.
    """
    periods = range(first, len(terms.weights.imported))

    def steps(direction: Direction) -> list[Step]:
        found: list[Step] = []
        known: dict[tuple[object, ...], _Cost] = {}
        for period in periods:
            # Periods that count alike cost alike, and most do.
            key = _counts(terms, direction, period)
            if key not in known:
                known[key] = _cost(terms, rates, in_tiers, direction, period)
            net, tax = (round(each) for each in known[key])
            if not found or (net, tax) != (found[-1].net, found[-1].tax):
                found.append(Step(begin_ms + period * period_ms, net, tax))
        return found

    return PricesSoFar(steps("import"), steps("export"))


def _counts(terms: Terms, direction: Direction, period: int) -> tuple[object, ...]:
    how = terms.weights.conversion
    return (
        *_weights(terms, direction)[period].tolist(),
        None if how is None else how.numerators[period],
    )


def _weights(terms: Terms, direction: Direction) -> NDArray[np.int64]:
    return terms.weights.imported if direction == "import" else terms.weights.exported


def _cost(
    terms: Terms,
    rates: Mapping[str, Decimal],
    in_tiers: Reached,
    direction: Direction,
    period: int,
) -> _Cost:
    plan = terms.plan
    tiers = iter(in_tiers)
    net = tax = Fraction(0)
    for number in range(len(plan.components)):
        rate = Fraction(in_eighths(rates.get(plan.category(number), Decimal(0))), PER_CENT)
        asked = sum(_asked(terms, number, tiers, direction, period), Fraction(0))
        component = plan.components[number]
        if isinstance(component, Discount) and component.percent is not None:
            # Of what was charged before it, from which tax has been taken already; not of exports.
            asked = -net * Fraction(component.percent) / 100 if direction == "import" else asked
        elif plan.prices_include_tax:
            asked /= 1 + rate
        net += asked
        tax += asked * rate
    how = terms.weights.conversion
    ratio = Fraction(1) if how is None else Fraction(how.numerators[period], how.denominator)
    return _Cost(net * ratio, tax * ratio)


def _asked(
    terms: Terms, number: int, tiers: Iterator[int], direction: Direction, period: int
) -> Iterator[Fraction]:
    """What a component asks for a thousandth, 10^-14 of the currency."""
    plan, component = terms.plan, terms.plan.components[number]
    by = Fraction(WHOLE) / THOUSANDTHS[plan.sold]
    if isinstance(component, Tiers):
        price = component.tiers[next(tiers)].price
        if direction == "import":
            yield in_eighths(price) * by
    elif isinstance(component, Energy | Export):
        sign = -1 if isinstance(component, Export) else 1
        counts = _weights(terms, direction)[period]
        bands = {band.name: band.price for band in component.bands or ()}
        for weight, column in zip(counts, terms.meanings, strict=True):
            if column.component != number or not weight:
                continue
            if column.what == "cost":
                yield Fraction(sign * int(weight))
            elif component.series is None:
                one_price = bands.get(column.band, component.price)
                assert one_price is not None
                yield sign * in_eighths(one_price) * by
    elif direction == "import" and isinstance(component, Levy):
        yield in_eighths(component.price) * by
    elif direction == "import" and isinstance(component, Discount) and component.price is not None:
        yield -in_eighths(component.price) * by
