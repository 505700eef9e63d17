"""The demand of the reference profiles: independent draws from one distribution, step by step.

Each commodity has a long table of draws, with the distribution's exact shares in a shuffled order.
A meter walks round its table from a place of its own; prefix sums give the register at any time.
"""

from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from contracts.reading import Commodity
from simulators.hashing import uniform

DRAWS = 2**17
LITRES_PER_CCF, LITRES_PER_GALLON = 2_831.6846592, 3.785411784
MEAN_KWH, SD_KWH, DECIMALS_KWH = 0.0005, 0.00015, 5
LARGEST_D: dict[Commodity, float] = {
    "electricity": 0.30 * 1e6,
    "gas": 0.00045 * LITRES_PER_CCF * 1e3,
    "water": 0.023 * LITRES_PER_GALLON * 1e3,
}
"""Of a reading of `legacy-d`: mWh, millilitres."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Draws:
    """Amounts per step, in thousandths of Wh or litres."""

    step_s: int
    amount_m: Ints
    before_m: Ints
    """Sum of the amounts before each place; one element more than `amount_m`."""

    def register_m(self, start: Ints, t_s: Ints) -> Ints:
        """What was used from the epoch to a time, by meters with these starting places."""
        rounds, place = np.divmod(start + t_s // self.step_s, DRAWS)
        register: Ints = rounds * self.before_m[-1] + self.before_m[place] - self.before_m[start]
        return register


@cache
def draws(profile: str, commodity: Commodity) -> Draws:
    """The table of a commodity: `legacy-a` every second, `legacy-d` every 5 s."""
    shares = (np.arange(DRAWS) + 0.5) / DRAWS
    if profile == "legacy-a":
        # rounded half-up to 5 decimals of a kWh, which are 10,000 mWh / 1,000
        unit = 10.0**-DECIMALS_KWH
        normal = NormalDist(MEAN_KWH, SD_KWH)
        kwh = np.array([normal.inv_cdf(share) for share in shares.tolist()])
        amount_m = np.maximum(np.floor(kwh / unit + 0.5), 0) * unit * 1e6
        step_s = 1
    else:
        half = np.sqrt(np.minimum(shares, 1 - shares) / 2)
        amount_m = LARGEST_D[commodity] * np.where(shares < 0.5, half, 1 - half)
        step_s = 5
    order = np.argsort(uniform(0, f"{profile} {commodity}", np.arange(DRAWS, dtype=np.uint64)))
    amounts = np.rint(amount_m).astype(np.int64)[order]
    return Draws(step_s, amounts, np.concatenate(([0], amounts.cumsum())))
