"""Gas by what it heats: from volume to energy, with the calorific value of each gas day.

kWh = m3 * correction * (MJ a m3) / 3.6. The correction is for temperature and pressure: 1.02264 in
Great Britain (Gas (Calculation of Thermal Energy) Regulations 1996), in Germany the z of the site.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from billing.tariffs.calendar import Calendar
from billing.tariffs.errors import TariffError
from contracts.energy import Span
from contracts.masters import CalorificValue

CORRECTION = Decimal("1.02264")
MJ_PER_KWH = Fraction("3.6")

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Conversion:
    """Thousandths of a Wh that a thousandth of a litre has, period by period, as fractions of one
    denominator. That of a month must be made at once, for the denominator to be one."""

    numerators: tuple[int, ...]
    denominator: int

    def of(self, first: int, last: int) -> "Conversion":
        """That of some of the periods, up to but without the last."""
        return Conversion(self.numerators[first:last], self.denominator)


def conversion(
    values: Iterable[CalorificValue],
    gas_zone: str,
    calendar: Calendar,
    begin_ms: int,
    periods: int,
    period_ms: int,
    correction: Decimal = CORRECTION,
) -> Conversion:
    """How gas is converted in consecutive periods; a period has the value of the gas day in which
    it begins.

    Raises:
        TariffError: a gas day has no value in the zone, two, or one that is not above 0.
    """
    span = Span(begin_ms, begin_ms + periods * period_ms)
    known = _by_day(values, gas_zone)
    factors: list[Fraction] = []
    for day in calendar.gas_days(span):
        if day not in known:
            raise TariffError(
                f"gas_zone {gas_zone!r} has no calorific value of {day}: load it into the table "
                "`calorific_value`"
            )
        factor = Fraction(correction) * Fraction(known[day]) / MJ_PER_KWH
        end_ms = min(calendar.gas_day(day).end_ms, span.end_ms)
        until = -((begin_ms - end_ms) // period_ms)
        factors += [factor] * (until - len(factors))
    denominator = lcm(*(factor.denominator for factor in factors))
    return Conversion(tuple(int(factor * denominator) for factor in factors), denominator)


def converted(
    volume_ml: Ints, how: Conversion, rests: NDArray[Any] | None = None
) -> tuple[Ints, NDArray[Any]]:
    """Energy [registers x periods] of volumes, in whole thousandths, and what is left of each
    register as parts of the denominator, to begin its next periods with.

    Sums from the beginning on are rounded down, so that parts of a month add up to the month.
    """
    exact = _dtype(volume_ml, how)
    before = np.zeros(len(volume_ml), dtype=exact) if rests is None else rests.astype(exact)
    parts = np.cumsum(volume_ml.astype(exact) * np.array(how.numerators, dtype=exact), axis=1)
    parts += before[:, np.newaxis]
    whole = parts // how.denominator
    energy = np.diff(whole, axis=1, prepend=np.zeros((len(whole), 1), dtype=exact))
    last = parts[:, -1] if parts.shape[1] else before
    return energy.astype(np.int64), last % how.denominator


def _dtype(volume_ml: Ints, how: Conversion) -> Any:  # noqa: ANN401
    """64 bits where all sums fit, else Python's integers."""
    largest = max(abs(int(volume_ml.max(initial=0))), abs(int(volume_ml.min(initial=0))))
    most = largest * max(how.numerators, default=0) * volume_ml.shape[1] + how.denominator
    return np.int64 if most <= np.iinfo(np.int64).max else object


def _by_day(values: Iterable[CalorificValue], gas_zone: str) -> dict[date, Decimal]:
    known: dict[date, Decimal] = {}
    for each in values:
        if each.zone != gas_zone:
            continue
        if not each.mj_per_m3 > 0:
            raise TariffError(
                f"gas_zone {gas_zone!r}: mj_per_m3 of {each.gas_day} is {each.mj_per_m3}: give a "
                "number above 0"
            )
        if known.setdefault(each.gas_day, each.mj_per_m3) != each.mj_per_m3:
            raise TariffError(
                f"gas_zone {gas_zone!r} has two calorific values of {each.gas_day}, "
                f"{known[each.gas_day]} and {each.mj_per_m3}: keep one"
            )
    return known
