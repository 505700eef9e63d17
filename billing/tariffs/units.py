"""Units in which people buy, in whole thousandths of a Wh or litre.

Definitions are exact: a foot is 0.3048 m, a US gallon 231 cubic inches, an imperial gallon
4.54609 l.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import floor
from typing import Literal

Sold = Literal["kWh", "m3", "l", "ccf", "us_gal", "us_kgal", "imp_gal"]
"""`ccf` is a hundred cubic feet, `us_kgal` a thousand US gallons."""

THOUSANDTHS: Mapping[Sold, Fraction] = {
    "kWh": Fraction(1_000_000),
    "m3": Fraction(1_000_000),
    "l": Fraction(1_000),
    "ccf": 100 * Fraction("0.3048") ** 3 * 1_000_000,
    "us_gal": Fraction("3785.411784"),
    "us_kgal": Fraction("3785411.784"),
    "imp_gal": Fraction("4546.09"),
}
"""How many thousandths of a Wh (kWh) or of a litre (all others) a unit is."""


def thousandths(amount: Fraction, unit: Sold) -> int:
    """An amount in whole thousandths of a Wh or litre, rounded down."""
    return floor(amount * THOUSANDTHS[unit])
