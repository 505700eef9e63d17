"""Prices of a series, period by period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from billing.tariffs.errors import TariffError
from billing.tariffs.money import LARGEST_PRICE, in_eighths
from contracts.masters import Price
from contracts.time import SECOND_MS


@dataclass(frozen=True, slots=True)
class Course:
    """What a unit costs in each period; an element a period."""

    eighths: NDArray[np.int64]
    """10^-8 of the currency."""
    band: NDArray[np.int64]
    """Place in `bands`."""
    bands: tuple[str, ...]
    """In the order of the alphabet; "" has no name."""


def course(
    series: str, prices: Sequence[Price], begin_ms: int, periods: int, period_ms: int
) -> Course:
    """What a unit costs in each of consecutive periods, by the prices of a series, which may be
    among those of others.

    Raises:
        TariffError: a period has no price or two, a price begins or ends within a period, or has
            more than eight decimals. Says which series and period.
    """
    end_ms = begin_ms + periods * period_ms
    own = sorted(
        (
            each
            for each in prices
            if each.series_id == series and each.begin_ms < end_ms and begin_ms < each.end_ms
        ),
        key=lambda each: each.begin_ms,
    )
    bands = tuple(sorted({each.band or "" for each in own}))
    eighths = np.zeros(periods, dtype=np.int64)
    band = np.zeros(periods, dtype=np.int64)
    known_ms = begin_ms
    for each in own:
        for name in ("begin_ms", "end_ms"):
            if getattr(each, name) % period_ms:
                raise TariffError(
                    f"series {series!r}: {name} of the price {each.price} is "
                    f"{_shown(getattr(each, name))}, within a period: give prices for whole "
                    f"periods; period_ms is {period_ms}"
                )
        if each.begin_ms > known_ms:
            raise _no_price(series, known_ms, each.begin_ms)
        if each.begin_ms < known_ms and known_ms > begin_ms:
            raise TariffError(
                f"series {series!r} has two prices at {_shown(each.begin_ms)}, the later one "
                f"{each.price}: end the earlier one where the later begins"
            )
        first = max(each.begin_ms - begin_ms, 0) // period_ms
        last = (min(each.end_ms, end_ms) - begin_ms) // period_ms
        eighths[first:last] = _in_eighths(series, each)
        band[first:last] = bands.index(each.band or "")
        known_ms = each.end_ms
    if known_ms < end_ms:
        raise _no_price(series, known_ms, end_ms)
    return Course(eighths, band, bands)


def _no_price(series: str, begin_ms: int, end_ms: int) -> TariffError:
    return TariffError(
        f"series {series!r} has no price from {_shown(begin_ms)} to {_shown(end_ms)}: load its "
        "prices of this time into the table `price`"
    )


def _in_eighths(series: str, price: Price) -> int:
    try:
        if abs(price.price) >= LARGEST_PRICE:
            raise ValueError(f"{price.price} is too much: give less than {LARGEST_PRICE}")
        return in_eighths(price.price)
    except ValueError as error:
        raise TariffError(
            f"series {series!r}: price from {_shown(price.begin_ms)}: {error}"
        ) from None


def _shown(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / SECOND_MS, UTC).isoformat(timespec='minutes')}"
