"""Units in which files say amounts, and what one of each is."""

from decimal import Decimal

LITRES_PER_UNIT = {
    "l": Decimal(1),
    "m3": Decimal(1000),
    "ft3": Decimal("28.316846592"),
    "US gal": Decimal("3.785411784"),
    "imp gal": Decimal("4.54609"),
}
WH_PER_UNIT = {
    "Wh": Decimal(1),
    "kWh": Decimal(1000),
    "MWh": Decimal(1_000_000),
}
MJ_PER_UNIT = {
    "Wh": Decimal("0.0036"),
    "kWh": Decimal("3.6"),
    "MWh": Decimal(3600),
    "therm": Decimal("29.3071") * Decimal("3.6"),
    "BTU": Decimal("0.00105505585262"),
}
"""Energy of gas, which is counted in litres: so many need to be told the calorific value."""
