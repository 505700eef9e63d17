"""The weather of the simulation: a day's mean temperature is a function of the date alone.

It repeats after 28 years, as weekdays and leap years do (10,227 days; good for 1970 to 2099).
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from simulators.hashing import uniform

CYCLE_DAYS = 10_227
"""28 years."""
MONTH_MEANS_C = (4.5, 3.8, 4.0, 8.5, 11.5, 15.0, 19.5, 18.5, 15.0, 13.0, 7.5, 7.5)
"""London in 2013, to about half a degree: a cold spring, a mild autumn."""
HEATING_LIMIT_C = 15.5
"""A home is heated on days colder than that."""
PERSISTENCE, ANOMALY_SD_C = 0.8, 2.5
"""Of the daily deviation from the season: a first-order autoregression."""

Ints = NDArray[np.int64]


def months(days: Ints) -> Ints:
    """Month, 0 to 11, of days since the epoch."""
    found: Ints = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    return found


def weekends(days: Ints) -> NDArray[np.bool_]:
    """Saturdays and Sundays among days since the epoch, a Thursday."""
    return (days + 3) % 7 >= 5


@cache
def temperatures_dc() -> Ints:
    """Mean temperature of each day of the cycle, tenths of a degree Celsius."""
    days = np.arange(CYCLE_DAYS)
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    day_of_month = (dates - month).astype(np.int64)
    seasons = np.array(MONTH_MEANS_C)
    nearest = months(days)
    other = (nearest + np.where(day_of_month < 15, -1, 1)) % 12
    weight = np.abs(day_of_month - 15) / 30
    season = seasons[nearest] * (1 - weight) + seasons[other] * weight
    noise = np.cbrt(uniform(0, "weather", days.astype(np.uint64)) * 2 - 1)
    anomaly = np.zeros(CYCLE_DAYS)
    for day in range(1, CYCLE_DAYS):
        anomaly[day] = PERSISTENCE * anomaly[day - 1] + noise[day]
    anomaly *= ANOMALY_SD_C / anomaly.std()
    tenths: Ints = np.rint((season + anomaly) * 10).astype(np.int64)
    return tenths


@cache
def heating_degrees_dc() -> Ints:
    """How much colder each day of the cycle is than the heating limit, tenths of a degree."""
    return np.maximum(round(HEATING_LIMIT_C * 10) - temperatures_dc(), 0)


@cache
def template_months() -> Ints:
    """Whose month's behaviour each day of the cycle shows: its own, or a neighbour's whose mean
    temperature in 2013 is nearer to the day's. That is how demand answers the weather."""
    days = np.arange(CYCLE_DAYS)
    candidates = (months(days)[:, None] + np.array([0, -1, 1])) % 12
    away = np.abs(np.array(MONTH_MEANS_C)[candidates] - temperatures_dc()[:, None] / 10)
    chosen: Ints = candidates[days, away.argmin(axis=1)]
    return chosen
