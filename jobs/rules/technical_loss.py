"""What a feeder loses as a rule: in its transformer, its cables, and to street lights.

The loss of a half-hour is a + b·S + c·S² + d·night with S what the homes took in it: a transformer
loses something without any load, meters are off by a share, wires lose with the square of the
current, and lights that nobody meters burn at night. The numbers are fitted to the feeder's own
days (least squares, b, c and d held to 0 a little: ridge).
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from contracts.facts import HALF_HOUR_MS, HALF_HOURS
from contracts.time import DAY_MS, HOUR_MS
from jobs.rules.balance import Balance, Floats
from jobs.rules.loss_numbers import FitNumbers

TERMS = 4
Coefficients = tuple[float, ...]
"""Of TERMS: kWh a half-hour; of kWh a half-hour; of their square; kWh a half-hour."""

NIGHT_UNTIL_MS, NIGHT_FROM_MS = 6 * HOUR_MS, 18 * HOUR_MS
"""By the sun, all the year."""

_BASE_32 = "0123456789bcdefghjkmnpqrstuvwxyz"


class Sums(Struct, frozen=True, array_like=True):
    """Days added up, as a fit needs them."""

    days: int = 0
    products: tuple[float, ...] = (0.0,) * (TERMS * (TERMS + 1))
    """Sums of products of the terms with one another and, at the end of each row, with the loss."""

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.days + other.days,
            tuple(a + b for a, b in zip(self.products, other.products, strict=True)),
        )


def sums_of(balance: Balance, night: NDArray[np.bool_]) -> Sums:
    """A day's."""
    terms = _terms(balance, night)[balance.counted]
    columns = np.column_stack([terms, balance.missing[balance.counted]])
    products = np.einsum("ti,tj->ij", terms, columns)
    return Sums(1, tuple(products.ravel().tolist()))


def fit(sums: Sums, numbers: FitNumbers) -> Coefficients:
    """What the days say that the feeder loses."""
    products = np.array(sums.products).reshape(TERMS, TERMS + 1)
    held = np.diag([0.0, numbers.load, numbers.load_squared, numbers.night]) ** 2
    solved = np.linalg.solve(products[:, :TERMS] + held, products[:, TERMS])
    return tuple(solved.tolist())


def expected_kwh(balance: Balance, night: NDArray[np.bool_], coefficients: Coefficients) -> float:
    """What the feeder would lose as a rule, in the half-hours of a day that count."""
    loss: Floats = _terms(balance, night) @ np.array(coefficients)
    return float(loss[balance.counted].sum())


def night_of(area: str) -> NDArray[np.bool_]:
    """Which half-hours of a UTC day are at night where a geohash is, by the mean sun."""
    middles_ms = (np.arange(HALF_HOURS) * HALF_HOUR_MS + HALF_HOUR_MS // 2).astype(np.float64)
    by_sun_ms = (middles_ms + _longitude(area) / 360 * DAY_MS) % DAY_MS
    return np.asarray((by_sun_ms < NIGHT_UNTIL_MS) | (by_sun_ms >= NIGHT_FROM_MS))


def _terms(balance: Balance, night: NDArray[np.bool_]) -> Floats:
    taken = balance.taken
    return np.column_stack([np.ones(HALF_HOURS), taken, taken**2, night.astype(np.float64)])


def _longitude(geohash: str) -> float:
    """Of the middle of a geohash, in degrees: every other bit of it halves the earth."""
    west, east = -180.0, 180.0
    bits = "".join(f"{_BASE_32.index(letter):05b}" for letter in geohash)
    for bit in bits[::2]:
        middle = (west + east) / 2
        west, east = (middle, east) if bit == "1" else (west, middle)
    return (west + east) / 2
