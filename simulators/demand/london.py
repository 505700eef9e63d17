"""The demand of the `london` profile, minute by minute, and its exact integral.

Half-hours come from the day library (London's homes; made-up businesses, water and hot water), from
the weather (gas heating) and, at night, from charging cars. Within a half-hour an appliance is on
for some minutes and takes a share of the half-hour's energy, so that the half-hour stays what the
library says. Demand is a whole number of mW (or ml/h) in each minute; energy is in mW s.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.demand.day_library import CALENDARS, day_library, number_of, row_of
from simulators.demand.london_profile import HALF_HOURS, london_profile
from simulators.demand.solar import SKIES, SolarHomes, band_of, solar_homes
from simulators.demand.weather import CYCLE_DAYS, heating_degrees_dc
from simulators.fleet.registry import USED, Registry
from simulators.hashing import Hashes, uniform

MINUTE_S, HALF_HOUR_S = 60, 1_800
MINUTES = 30
"""Of a half-hour."""
ON_MINUTES = np.array([3, 5, 6, 10, 15, 30])
"""How long an appliance is on; each divides the half-hour, so that powers are whole numbers."""
APPLIANCE_EIGHTHS = {"electricity": 6, "gas": 8, "water": 9}
"""The appliance takes less than this many eighths of the half-hour's energy."""
DEGREES_LONGITUDE_PER_HOUR = 15

HEATING_SHAPE = np.array(
    [40] * 10 + [80, 140, 220, 260, 240, 180] + [90] * 16 + [150, 180, 190, 180, 170, 150, 120, 90]
    + [40] * 8
)  # fmt: skip
"""Share of the day's heating in each half-hour."""
SOLAR_ARCHETYPES = 6
"""Solar homes live like the first few archetypes only, to keep their classes few."""
EV_MW = 7_000_000
EV_FROM, EV_HALF_HOURS = 1, 6
"""A car begins at half past midnight and charges up to this many half-hours: never in the sun."""
EV_PATTERNS = 16
WEEK = 7 * HALF_HOURS

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Energy:
    """One element per meter, at the beginning of a minute."""

    used: Ints
    """What its register counts, from the epoch, mW s."""
    level: Ints
    """What it counts in this minute, mW."""
    net: Ints
    """Import less export, mW s; what a reading's demand is taken from."""
    net_level: Ints

    def take(self, rows: Ints) -> "Energy":
        """Some of the meters."""
        return Energy(self.used[rows], self.level[rows], self.net[rows], self.net_level[rows])


@dataclass(frozen=True, slots=True)
class LondonDemand:
    """What the demand of each meter is made of; one element per meter of the registry."""

    key: Hashes
    """Of the home's meter of this commodity: import and export share it."""
    row: Ints
    """Calendar of the day library."""
    scale: Ints
    """mW of mean demand per unit of the library."""
    heating: Ints
    """Gas for heating, ml/h per tenth of a degree."""
    ev: Ints
    """Pattern of charging, 0 without a car."""
    solar_class: Ints
    """Class of `solar`, or -1."""
    solar: SolarHomes
    is_export: NDArray[np.bool_]
    eighths: Ints
    """Limit of the appliance's share."""
    ahead_s: Ints
    """Local solar time less UTC, in whole hours."""
    seed: int

    def at(self, meter: Ints, minute: Ints) -> Energy:
        """Energy and level of meters at the beginnings of minutes since the epoch."""
        local = minute + self.ahead_s[meter] // MINUTE_S
        half_hour, within = np.divmod(local, MINUTES)
        used, level = self._own(meter, half_hour, within)
        if not len(self.solar.row):
            return Energy(used, level, used, level)
        return self._with_solar(meter, half_hour, within, used, level)

    def _own(self, meter: Ints, half_hour: Ints, within: Ints) -> tuple[Ints, Ints]:
        """Without solar."""
        before, units = day_library().until(self.row[meter], half_hour)
        before, level = before * self.scale[meter], units * self.scale[meter]
        heating = self.heating[meter]
        if heating.any():
            heat_before, heat = _heating_until(half_hour)
            before += heating * heat_before
            level += heating * heat
        used, level = self._in_minutes(meter, half_hour, within, before, level)
        return self._with_ev(meter, half_hour, within, used, level)

    def _in_minutes(
        self, meter: Ints, half_hour: Ints, within: Ints, before: Ints, level: Ints
    ) -> tuple[Ints, Ints]:
        """Energy (mW s) and level at a minute of a half-hour that has this mean level."""
        draw = uniform(self.seed, "appliance", self.key[meter], half_hour.astype(np.uint64))
        eighths = self.eighths[meter]
        # one draw gives three whole numbers: share, length and beginning
        share, draw = _digit(draw, eighths)
        kind, draw = _digit(draw, np.int64(len(ON_MINUTES)))
        length = ON_MINUTES[kind]
        begin, _ = _digit(draw, MINUTES + 1 - length)
        taken = level * share >> 3
        base, power = level - taken, taken * (MINUTES // length)
        on = within - begin
        minutes_mw = base * within + power * np.clip(on, 0, length)
        now = base + np.where((on >= 0) & (on < length), power, 0)
        return HALF_HOUR_S * before + MINUTE_S * minutes_mw, now

    def _with_ev(
        self, meter: Ints, half_hour: Ints, within: Ints, used: Ints, level: Ints
    ) -> tuple[Ints, Ints]:
        pattern = self.ev[meter] * ~self.is_export[meter]
        if not pattern.any():
            return used, level
        weeks, place = np.divmod(half_hour, WEEK)
        before = weeks * _EV_BEFORE[pattern, -1] + _EV_BEFORE[pattern, place]
        charging = EV_MW * _EV[pattern, place]
        return (
            used + HALF_HOUR_S * EV_MW * before + MINUTE_S * within * charging,
            level + charging,
        )

    def _with_solar(
        self, meter: Ints, half_hour: Ints, within: Ints, used: Ints, level: Ints
    ) -> Energy:
        """Solar homes in the place of what `_own` says of them."""
        net, net_level = used.copy(), level.copy()
        rows = np.flatnonzero(self.solar_class[meter] >= 0)
        who, half, minute = meter[rows], half_hour[rows], within[rows]
        flows = []
        for export in (False, True):
            before, units = self.solar.until(self.solar_class[who], half, export=export)
            scale = self.scale[who]
            flows.append(self._in_minutes(who, half, minute, before * scale, units * scale))
        (exported, export_level) = flows[1]
        imported, import_level = self._with_ev(who, half, minute, *flows[0])
        export_row = self.is_export[who]
        used[rows] = np.where(export_row, exported, imported)
        level[rows] = np.where(export_row, export_level, import_level)
        # The home's meter tells of export as negative demand; an area must not add it once more.
        net[rows] = np.where(export_row, 0, imported - exported)
        net_level[rows] = np.where(export_row, 0, import_level - export_level)
        return Energy(used, level, net, net_level)


def london_demand(registry: Registry) -> LondonDemand:
    """The parts of each meter's demand, drawn by seed, home and commodity."""
    key = registry.home.astype(np.uint64) * np.uint64(4) + registry.commodity.astype(np.uint64)

    def draw(purpose: str) -> NDArray[np.float64]:
        return uniform(registry.seed, purpose, key)

    london = london_profile()
    gas, water = registry.is_commodity("gas"), registry.is_commodity("water")
    has_solar = registry.solar_w > 0
    choice = np.where(has_solar, SOLAR_ARCHETYPES, len(london.mean_w))
    archetype = (draw("archetype") * choice).astype(np.int64)
    mean_w = london.mean_w[archetype] * (0.9 + 0.2 * draw("spread"))
    kind = np.where(registry.business, number_of("business"), archetype)
    mean_w = np.where(registry.business, 800 * 20 ** draw("business size"), mean_w)
    kind = np.where(gas, number_of("hot water"), np.where(water, number_of("water"), kind))
    litres = np.where(gas, 10 + 30 * draw("hot water"), 5 + 20 * draw("water"))
    litres *= np.where(registry.business, 10, 1)
    scale = np.where(gas | water, litres, mean_w)
    heating = (8 + 28 * draw("heating")) * np.where(registry.business, 5, 1)
    calendar = np.where(has_solar, 0, (draw("calendar") * CALENDARS).astype(np.int64))
    row = row_of(kind, calendar)
    ev = np.where(registry.ev, 1 + (draw("ev") * EV_PATTERNS).astype(np.int64), 0)
    solar_class, solar = _solar(registry, row, has_solar, draw("sky"))
    limit = np.array([APPLIANCE_EIGHTHS[name] for name in USED])
    hours = np.rint(registry.longitude / DEGREES_LONGITUDE_PER_HOUR).astype(np.int64)
    return LondonDemand(
        key=key,
        row=row,
        scale=np.maximum(np.rint(scale), 1).astype(np.int64),
        heating=np.where(gas, heating, 0).astype(np.int64),
        ev=ev,
        solar_class=solar_class,
        solar=solar,
        is_export=registry.is_export,
        eighths=limit[registry.commodity],
        ahead_s=hours * 3_600,
        seed=registry.seed,
    )


def _solar(
    registry: Registry, row: Ints, has_solar: NDArray[np.bool_], sky: NDArray[np.float64]
) -> tuple[Ints, SolarHomes]:
    """Class of each meter, and the classes there are."""
    size = np.searchsorted(np.array([2_000, 4_000]), registry.solar_w, side="left")
    skies = (sky * SKIES).astype(np.int64)
    described = np.stack([row, size, skies, band_of(registry.latitude)], axis=1)[has_solar]
    kinds, place = np.unique(described, axis=0, return_inverse=True)
    solar_class = np.full(len(registry), -1, dtype=np.int64)
    solar_class[has_solar] = place
    return solar_class, solar_homes(*kinds.T)


def _digit(draw: NDArray[np.float64], base: Ints | np.int64) -> tuple[Ints, NDArray[np.float64]]:
    """A whole number below `base`, and what is left of the draw."""
    scaled = draw * base
    digit = scaled.astype(np.int64)
    return digit, scaled - digit


_HEATING_BEFORE = np.concatenate(([0], HEATING_SHAPE.cumsum()))
_DEGREES_BEFORE = np.concatenate(([0], heating_degrees_dc().cumsum()))


def _heating_until(half_hour: Ints) -> tuple[Ints, Ints]:
    """Heating up to a half-hour and in it, for one ml/h per tenth of a degree and share."""
    day, place = np.divmod(half_hour, HALF_HOURS)
    rounds, day = np.divmod(day, CYCLE_DAYS)
    degrees = heating_degrees_dc()[day]
    days = rounds * _DEGREES_BEFORE[-1] + _DEGREES_BEFORE[day]
    before = days * _HEATING_BEFORE[-1] + degrees * _HEATING_BEFORE[place]
    return before, degrees * HEATING_SHAPE[place]


def _ev_patterns() -> Ints:
    """[pattern, half-hour of the week]: 1 while the car charges; pattern 0 has no car."""
    charging = np.zeros((EV_PATTERNS + 1, 7, HALF_HOURS), dtype=np.int64)
    nights = np.arange(EV_PATTERNS * 7, dtype=np.uint64)
    length = (uniform(0, "ev nights", nights) * 2 * EV_HALF_HOURS).astype(np.int64)
    length = np.clip(length - EV_HALF_HOURS + 2, 0, EV_HALF_HOURS).reshape(EV_PATTERNS, 7)
    place = np.arange(HALF_HOURS) - EV_FROM
    charging[1:] = (place >= 0) & (place < length[:, :, None])
    return charging.reshape(EV_PATTERNS + 1, WEEK)


_EV = _ev_patterns()
_EV_BEFORE = np.concatenate([np.zeros((EV_PATTERNS + 1, 1), np.int64), _EV.cumsum(axis=1)], axis=1)
