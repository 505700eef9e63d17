"""What a customer would have paid on other plans, for what was used as it was used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing.tariffs.calendar import Calendar
from billing.tariffs.errors import ComparisonError, TariffError
from billing.tariffs.money import PER_CENT, in_eighths, rate_of, taxed
from billing.tariffs.plan import Plan
from billing.tariffs.rating import Usage, rated
from billing.tariffs.usage import Periods, usages
from contracts.billing import Letter
from contracts.energy import Span
from contracts.masters import Price

FEWEST_DAYS = 90
"""A season says too little of a year."""
MOST_ESTIMATED = Fraction(1, 10)
"""A comparison of prices by the hour is of no use where the hours are made up."""
ESTIMATES = (Letter.E, Letter.F)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a plan would have cost."""

    plan_id: str
    net_exact: int
    """10^-14 of the currency, before lines were rounded."""
    gross_minor: int
    """With tax, as documents of each month would have said."""
    saving_minor: int
    """How much less than on the own plan, with tax."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What plans would have cost, had nothing else been different: nobody's habits change."""

    own: str
    offers: tuple[Offer, ...]
    """The cheapest first; the own plan is among them, and before others that cost the same."""
    months: tuple[Span, ...]
    """The spans that were compared, one a local month."""
    days: int
    estimated: Fraction
    """Share of the energy."""

    @property
    def best(self) -> Offer:
        """The cheapest."""
        return self.offers[0]


def best_plan(
    own: Plan,
    others: Sequence[Plan],
    calendar: Calendar,
    prices: Sequence[Price],
    periods: Periods,
    rates: Mapping[str, Decimal],
) -> Comparison:
    """Compare what one place used on its own plan and on others.

    Args:
        periods: A year, or what there is.
        rates: Per cent by tax category, for all of the time.

    Raises:
        ComparisonError: fewer than 90 days, or more than a tenth estimated.
        TariffError: what `compared` and `columns` refuse.
    """
    plans = (own, *others)
    used = [usages(plan, calendar, prices, periods) for plan in plans]
    found = compared(plans, used, rates)
    if found.days < FEWEST_DAYS:
        raise ComparisonError(
            f"there are {found.days} days to compare plans by: wait until there are {FEWEST_DAYS}"
        )
    if found.estimated > MOST_ESTIMATED:
        raise ComparisonError(
            f"{float(found.estimated):.1%} of the energy is estimated: compare plans where at most "
            f"{float(MOST_ESTIMATED):.0%} is"
        )
    return found


def compared(
    plans: Sequence[Plan], used: Sequence[Sequence[Usage]], rates: Mapping[str, Decimal]
) -> Comparison:
    """Compare plans by the usage of each, month by month, however little it is; the first plan is
    the own.

    Raises:
        TariffError: a plan is for another commodity or currency.
    """
    own = plans[0]
    _check(plans)
    costs = [_cost(plan, months, rates) for plan, months in zip(plans, used, strict=True)]
    order = sorted(range(len(plans)), key=lambda place: (costs[place].gross_exact, place))
    return Comparison(
        own=own.id,
        offers=tuple(
            Offer(
                plans[place].id,
                costs[place].net_exact,
                costs[place].gross_minor,
                costs[0].gross_minor - costs[place].gross_minor,
            )
            for place in order
        ),
        months=tuple(usage.span for usage in used[0]),
        days=sum(usage.days for usage in used[0]),
        estimated=_estimated(used[0]),
    )


@dataclass(frozen=True, slots=True)
class _Cost:
    net_exact: int
    gross_exact: int
    """10^-24 of the currency."""
    gross_minor: int


def _cost(plan: Plan, months: Sequence[Usage], rates: Mapping[str, Decimal]) -> _Cost:
    bills = [rated(plan, usage, rates) for usage in months]
    return _Cost(
        net_exact=sum(line.exact for bill in bills for line in bill),
        gross_exact=sum(
            line.exact * (PER_CENT + in_eighths(rate_of(line.tax_category, rates)))
            for bill in bills
            for line in bill
        ),
        gross_minor=sum(taxed(bill, rates).gross for bill in bills),
    )


def _check(plans: Sequence[Plan]) -> None:
    own = plans[0]
    for plan in plans[1:]:
        for field in ("commodity", "currency", "counted"):
            if getattr(plan, field) != getattr(own, field):
                raise TariffError(
                    f"plan {plan.id}: {field} is {getattr(plan, field)!r}, and that of "
                    f"{own.id} is {getattr(own, field)!r}: compare plans that have the same"
                )


def _estimated(used: Sequence[Usage]) -> Fraction:
    guessed = sum(
        amount for usage in used for letter, amount in usage.by_letter if letter in ESTIMATES
    )
    return Fraction(guessed, max(sum(usage.total for usage in used), 1))
