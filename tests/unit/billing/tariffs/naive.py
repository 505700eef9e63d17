"""What a plan costs, one period after another in fractions: slow, and by no code of `billing`
but the plan's own fields."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from billing.tariffs.plan import Energy, Export, Plan
from billing.tariffs.when import When
from contracts.masters import Price

KWH = 1_000_000


def cost(
    plan: Plan,
    component: int,
    energy_mwh: Sequence[int],
    begin_ms: int,
    period_ms: int,
    time_zone: str,
    prices: Sequence[Price] = (),
) -> Fraction:
    """What a component of energy comes to, in the currency."""
    priced = plan.components[component]
    assert isinstance(priced, Energy | Export)
    found = Fraction(0)
    for place, energy in enumerate(energy_mwh):
        at_ms = begin_ms + place * period_ms
        if priced.series is not None:
            (price,) = (
                each.price
                for each in prices
                if each.series_id == priced.series and each.begin_ms <= at_ms < each.end_ms
            )
        elif priced.bands is not None:
            local = datetime.fromtimestamp(at_ms / 1_000, UTC).astimezone(ZoneInfo(time_zone))
            price = next(band.price for band in priced.bands if applies(band, local))
        else:
            assert priced.price is not None
            price = priced.price
        found += Fraction(energy, KWH) * Fraction(price)
    return found


def applies(when: When, local: datetime) -> bool:
    """Whether conditions hold at a local time, without holidays."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    minute = local.hour * 60 + local.minute
    weekend = local.weekday() > 4
    if when.months is not None and local.month not in when.months:
        return False
    if when.days is not None:
        kinds = {names[local.weekday()], *(("weekend", "free") if weekend else ("workday",))}
        if not kinds & set(when.days):
            return False
    if when.from_minute < when.to_minute:
        return when.from_minute <= minute < when.to_minute
    return minute >= when.from_minute or minute < when.to_minute
