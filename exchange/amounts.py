"""Decimal numbers of files as whole thousandths, rounded half up, exactly."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal, InvalidOperation

import numpy as np

from exchange.values import Ints

LARGEST = 2**42
"""Products below it are wrong by less than `NEAR_A_HALF`: 2^42 * 2^-52, for number and product."""
NEAR_A_HALF = 1e-3
SHORT = 16
"""So many digits are exact in Decimal, whatever they are multiplied with."""
HALF = Decimal("0.5")


def thousandths(number: str, per_unit: Decimal) -> int:
    """A decimal number times `per_unit`, half up: -0.5 is 0, as `floor(x + 0.5)`.

    Raises:
        ValueError: it is no finite decimal number.
    """
    if number.isdecimal() and len(number) < SHORT:
        whole = int(number) * per_unit
        if whole == (amount := int(whole)):
            return amount
    try:
        exact = Decimal(number) if "_" not in number else Decimal("NaN")
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite() or abs(exact.adjusted()) > 40:
        if exact.is_finite() and exact.adjusted() < 0:
            return 0
        raise ValueError(f"{number!r} is no number")
    return int((exact * per_unit + HALF).to_integral_value(ROUND_FLOOR))


def all_thousandths(numbers: Sequence[bytes], per_unit: int) -> Ints | None:
    """As `thousandths` of each, at the speed of floating point; None if any is no plain number, or
    is too large to be done so."""
    # Python's `1_000` is nobody else's number.
    if b"_" in b"".join(numbers):
        return None
    try:
        exact = np.array(list(map(float, numbers)))
    except ValueError:
        return None
    scaled = exact * per_unit
    # NaN is not below anything.
    if not (np.abs(scaled) < LARGEST).all():
        try:
            slow = [thousandths(each.decode(), Decimal(per_unit)) for each in numbers]
            return np.array(slow, np.int64)
        except (ValueError, OverflowError):
            return None
    shifted = scaled + 0.5
    whole = np.floor(shifted)
    near = np.abs(shifted - np.rint(shifted)) < NEAR_A_HALF
    amounts: Ints = whole.astype(np.int64)
    # What a user would round by hand is rounded as by hand.
    for place in np.flatnonzero(near):
        amounts[place] = thousandths(numbers[place].decode(), Decimal(per_unit))
    return amounts
