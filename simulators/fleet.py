"""A small fleet of made-up meters: what each one reads is a formula of its seed and the time.

Demand is a base with a daily wave; the register is the exact integral of the demand since 1970,
so energy and demand always agree and nothing has to be remembered.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.reading import Commodity, Reading
from simulators.errors import OptionError
from simulators.hashing import text_hash, uniform
from simulators.london_grid import geohash_of, homes

DAY_S = 86_400
HOUR_S = 3_600
VOLTAGE_V, VOLTAGE_SWING_V, VOLTAGE_WAVE_S = 230.0, 4.0, 900


@dataclass(frozen=True, slots=True)
class Trade:
    """A commodity's share of the meters and its range of base demand (W or litres per hour)."""

    share: float
    lowest: float
    highest: float


TRADES: dict[Commodity, Trade] = {
    "electricity": Trade(0.7, 150.0, 700.0),
    "gas": Trade(0.15, 60.0, 250.0),
    "water": Trade(0.15, 5.0, 25.0),
}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fleet:
    """One element per meter."""

    meter_ids: list[str]
    geohashes: list[str]
    commodities: list[Commodity]
    meter_hash: NDArray[np.uint64]
    base: Floats
    """Mean demand, W or litres per hour."""
    swing: Floats
    """Height of the daily wave as a share of the base, below 1: demand stays above zero."""
    phase: Floats
    """Of the wave, radians."""

    def demand(self, t_s: float) -> Floats:
        """Demand of each meter at a time (s since the epoch)."""
        demand: Floats = self.base * (1 + self.swing * np.sin(self._angle(t_s)))
        return demand

    def register(self, t_s: float) -> Floats:
        """Wh or litres of each meter from the epoch to `t_s`, not rounded."""
        wave_s = DAY_S / (2 * np.pi) * (np.cos(self.phase) - np.cos(self._angle(t_s)))
        register: Floats = self.base * (t_s + self.swing * wave_s) / HOUR_S
        return register

    def voltage(self, t_s: float) -> Floats:
        """Volts at each meter."""
        angle = 2 * np.pi * (t_s % VOLTAGE_WAVE_S) / VOLTAGE_WAVE_S + self.phase
        volts: Floats = VOLTAGE_V + VOLTAGE_SWING_V * np.sin(angle)
        return volts

    def readings(self, t_s: int) -> list[Reading]:
        """What the meters send at a whole second: thousandths, and volts to one decimal."""
        return [
            Reading(
                meter_id=meter_id,
                geohash=geohash,
                commodity=commodity,
                ts=t_s * 1_000,
                seq=t_s,
                register=register,
                demand=demand,
                voltage_v=voltage_v if commodity == "electricity" else None,
            )
            for meter_id, geohash, commodity, register, demand, voltage_v in zip(
                self.meter_ids,
                self.geohashes,
                self.commodities,
                self.register(t_s).round(3).tolist(),
                self.demand(t_s).round(3).tolist(),
                self.voltage(t_s).round(1).tolist(),
                strict=True,
            )
        ]

    def _angle(self, t_s: float) -> Floats:
        return 2 * np.pi * (t_s % DAY_S) / DAY_S + self.phase


def make_fleet(meters: int, seed: int) -> Fleet:
    """A fleet of `sim-000001` and so on, in the homes of the London grids.

    Raises:
        OptionError: no meter, or more than there are homes.
    """
    if not 1 <= meters <= len(homes()):
        raise OptionError(f"--meters is {meters}: give 1 to {len(homes())}")
    meter_ids = [f"sim-{number:06d}" for number in range(1, meters + 1)]
    meter_hash = np.array([text_hash(meter_id) for meter_id in meter_ids], dtype=np.uint64)
    kinds = tuple(TRADES)
    limits = np.cumsum([trade.share for trade in TRADES.values()])[:-1]
    kind = np.searchsorted(limits, uniform(seed, "commodity", meter_hash), side="right")
    lowest = np.array([trade.lowest for trade in TRADES.values()])[kind]
    highest = np.array([trade.highest for trade in TRADES.values()])[kind]
    return Fleet(
        meter_ids=meter_ids,
        geohashes=[geohash_of(meter_id) for meter_id in meter_ids],
        commodities=[kinds[index] for index in kind],
        meter_hash=meter_hash,
        base=lowest + (highest - lowest) * uniform(seed, "base", meter_hash),
        swing=0.2 + 0.6 * uniform(seed, "swing", meter_hash),
        phase=2 * np.pi * uniform(seed, "phase", meter_hash),
    )
