"""Two rules of before: a score by the hour of the day from a table of smallest and largest use, and
a rule for water.
"""

LOWEST_WH = (
    *(110, 112, 109, 114, 108, 110, 111, 108, 107, 111, 106, 107),
    *(108, 108, 109, 108, 108, 108, 114, 109, 108, 110, 107, 112),
)
"""Smallest use of each hour of the day."""
HIGHEST_WH = (
    *(464, 346, 390, 361, 363, 348, 1954, 2689, 2607, 2120, 2032, 2272),
    *(1639, 1333, 1555, 1458, 2371, 2716, 3296, 3380, 3745, 3381, 2463, 566),
)
"""Largest use of each hour of the day."""
NO_HOUR = -1.0
"""The score of an hour that is none of the day's."""
UNUSUAL = 1.0
"""A score above it is an alert; the largest use itself scores it, and is none."""


def hour_score(hour: float, energy_wh: float) -> float:
    """How much of the hour's span from smallest to largest use was used; -1 of no hour."""
    if hour not in range(len(LOWEST_WH)):
        return NO_HOUR
    lowest, highest = LOWEST_WH[int(hour)], HIGHEST_WH[int(hour)]
    return (energy_wh - lowest) / (highest - lowest)


def is_unusual(hour: float, energy_wh: float) -> bool:
    """Whether the hour is alerted of."""
    return hour_score(hour, energy_wh) > UNUSUAL


def water_score(hour: float, litres: float) -> float:
    """How odd it is to use so much water in an hour of the day; 1 of no hour, or of less than 0."""
    if hour not in range(24) or litres < 0:
        return 1.0
    for before, above, odd in ((6, 20, 0.8), (18, 50, 0.6), (20, 100, 0.4)):
        if hour < before and litres > above:
            return odd
    return 0.1
