"""From what devices say to readings of the contract, without I/O and without a clock."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from contracts.reading import (
    GEOHASH_PATTERN,
    MAX_DEMAND,
    MAX_ENERGY,
    MAX_INTERVAL_MS,
    MAX_METER_ID_LENGTH,
    MAX_QUALITY_CODE_LENGTH,
    MAX_REGISTER,
    MAX_REVISION,
    MAX_SEQ,
    MAX_TS_MS,
    MAX_VOLTAGE_V,
    Commodity,
    Reading,
)
from contracts.time import MINUTE_MS
from services.bridge.kinds import PROFILES
from services.bridge.registers import Register, counted, held
from services.bridge.routes import Route, meter_id_of
from services.bridge.said import Device, Dimension, Message, Said, Twice, UnmappedError

MOST_TOPICS = 100_000
"""Whose routes are known at once; a device may make up as many as it wants."""
PART_HOLDS_MS = 2 * MINUTE_MS
"""So old the power may be that goes with a register of another message."""
DIMENSIONS: Mapping[Commodity, Dimension] = {
    "electricity": "energy",
    "supply": "energy",
    "gas": "volume",
    "water": "volume",
}
_GEOHASH = re.compile(GEOHASH_PATTERN)


class Place(NamedTuple):
    """What is known of a meter besides what it says."""

    geohash: str
    commodity: Commodity
    cadence_ms: int


class Heard(NamedTuple):
    """What a message says, and of which route it is."""

    said: Sequence[Said]
    route: Route

    @property
    def is_timed(self) -> bool:
        """Whether all that it says has a time of its own that is one instant, so that the same
        message cannot mean two things."""
        return all(isinstance(each.ts_ms, int) for each in self.said)

    @property
    def waits_for_newer(self) -> bool:
        """Whether an old one of it is of no use: it says how things stand, and not when."""
        return any(
            each.ts_ms is None and each.pulses is None and not each.is_part for each in self.said
        )


class Last(NamedTuple):
    """The latest time of a meter, epoch ms, and its register there."""

    ts_ms: int
    register: float


class _Part(NamedTuple):
    demand: float | None
    voltage_v: float | None
    at_ms: int


@dataclass(slots=True)
class Mapper:
    """What was heard of devices, and what has to be remembered of it."""

    routes: Sequence[Route]
    places: Mapping[str, Place]
    """Of the registry, by meter."""
    registers: dict[str, Register] = field(default_factory=dict)
    """Of meters whose registers are made here."""
    last: dict[str, Last] = field(default_factory=dict)
    """Of meters whose times may be two instants."""
    _parts: dict[str, _Part] = field(default_factory=dict)
    _named: dict[str, str] = field(default_factory=dict)
    """The name behind the id of each meter."""
    _devices: dict[str, tuple[Route, Device]] = field(default_factory=dict)
    """By topic: each comes again and again, and to find its route takes as long as to read what it
    says."""

    def heard(self, message: Message) -> Heard:
        """What a message says.

        Raises:
            UnmappedError: nothing that is a reading.
        """
        route, device = self._devices.get(message.topic) or self._device_of(message.topic)
        said = PROFILES[route.profile].read(message, device)
        if not said:
            raise UnmappedError("empty", "it has nothing in it")
        return Heard(said, route)

    def reading(self, said: Said, route: Route, message: Message) -> Reading | None:
        """The reading that follows, and remember what comes after it depends on. None where a part
        waits for its register, and where nobody asked for what is said beside.

        Raises:
            UnmappedError: the meter is not known, or a value is out of bounds.
        """
        meter_id = self._id_of(said.meter_id)
        place = self._place(meter_id, said, route)
        if place is None:
            return None
        if said.is_part:
            self._remember(meter_id, said, message.received_ms)
            return None
        ts_ms = self._instant_ms(meter_id, said, message)
        register, quality = said.register, said.quality
        register_after: Register | None = None
        if is_running(said):
            register_after = self._run(meter_id, said, ts_ms, place.cadence_ms, message)
            register, ts_ms = register_after.amount, register_after.ts_ms
            quality = quality if said.pulses is not None else "derived"
        assert register is not None
        part = self._part_of(meter_id, message.received_ms)
        demand, voltage_v = said.demand, said.voltage_v
        if register_after is not None:
            demand = register_after.demand
        elif part is not None:
            demand = part.demand if demand is None else demand
            voltage_v = part.voltage_v if voltage_v is None else voltage_v
        reading = _checked(
            Reading(
                meter_id=meter_id,
                geohash=place.geohash,
                commodity=place.commodity,
                ts=ts_ms,
                seq=ts_ms // place.cadence_ms if said.seq is None else said.seq,
                register=register,
                demand=demand,
                voltage_v=voltage_v,
                energy=said.energy,
                interval_ms=said.interval_ms,
                revision=said.revision,
                quality=quality,
                quality_code=said.quality_code,
            )
        )
        if register_after is not None:
            self.registers[meter_id] = register_after
        if route.zone is not None:
            self.note(meter_id, Last(reading.ts, reading.register))
        return reading

    @property
    def has_local_times(self) -> bool:
        """Whether times may be two instants."""
        return any(route.zone is not None for route in self.routes)

    def note(self, meter_id: str, last: Last) -> None:
        """A meter has said so; what is later counts."""
        self.last[meter_id] = max(last, self.last.get(meter_id, last), key=lambda each: each.ts_ms)

    def _device_of(self, topic: str) -> tuple[Route, Device]:
        for route in self.routes:
            if (device := route.device(topic)) is not None:
                if len(self._devices) >= MOST_TOPICS:
                    self._devices.clear()
                self._devices[topic] = route, device
                return route, device
        raise UnmappedError("no_route", "no topic filter of bridge.toml is for it")

    def _id_of(self, named: str) -> str:
        if self._named.get(named) == named:
            return named
        meter_id = meter_id_of(named)
        if not 0 < len(meter_id) <= MAX_METER_ID_LENGTH:
            raise UnmappedError(
                "out_of_range",
                f"the meter's id {meter_id!r:.80} has {len(meter_id)} characters: give 1 to "
                f"{MAX_METER_ID_LENGTH} by `meter` in bridge.toml",
            )
        if (other := self._named.setdefault(meter_id, named)) != named:
            raise UnmappedError(
                "meter_collision", f"{named!r} and {other!r} would both be meter {meter_id}"
            )
        return meter_id

    def _place(self, meter_id: str, said: Said, route: Route) -> Place | None:
        place = self.places.get(meter_id)
        if place is None and said.is_beside:
            return None
        if place is None and route.geohash is not None:
            place = Place(route.geohash, said.commodity or route.commodity, route.cadence_ms)
        if place is None and said.geohash and said.commodity:
            place = Place(said.geohash, said.commodity, route.cadence_ms)
        if place is None:
            raise UnmappedError(
                "unknown_meter",
                f"the registry does not know {meter_id}: add it there, or give the route a geohash",
            )
        if said.commodity is not None and said.commodity != place.commodity:
            raise UnmappedError(
                "commodity_mismatch",
                f"{meter_id} says {said.commodity}, and the registry {place.commodity}",
            )
        if said.geohash is not None and said.geohash != place.geohash:
            raise UnmappedError(
                "place_mismatch",
                f"{meter_id} says that it is at {said.geohash!r:.80}, and is known at "
                f"{place.geohash}",
            )
        if said.dimension not in (None, DIMENSIONS[place.commodity]):
            raise UnmappedError(
                "unit_needs_conversion",
                f"{meter_id} counts {place.commodity}, in units of {DIMENSIONS[place.commodity]}, "
                f"and the message says {said.dimension}",
            )
        return place

    def _instant_ms(self, meter_id: str, said: Said, message: Message) -> int:
        if said.ts_ms is None:
            return message.received_ms
        if not isinstance(said.ts_ms, Twice):
            return said.ts_ms
        if not message.is_backlog:
            return min(said.ts_ms, key=lambda each: abs(each - message.received_ms))
        last = self.last.get(meter_id)
        if last is not None and last.ts_ms in said.ts_ms and last.register == said.register:
            # It is said once more.
            return last.ts_ms
        later = [each for each in said.ts_ms if last is not None and each > last.ts_ms]
        if not later:
            raise UnmappedError(
                "ambiguous_time",
                f"it waited at the broker, its time was {said.ts_ms.first_ms} and "
                f"{said.ts_ms.second_ms}, and what {meter_id} said before does not tell which",
            )
        return later[0]

    def _run(
        self, meter_id: str, said: Said, ts_ms: int, cadence_ms: int, message: Message
    ) -> Register:
        before = self.registers.get(meter_id)
        if said.pulses is not None:
            # What was drawn some time ago is not what is drawn now.
            demand = None if message.is_backlog and said.ts_ms is None else said.demand
            return counted(before, said.pulses, demand, ts_ms)
        if said.demand is None:
            raise UnmappedError("missing", "there is neither a register nor a demand")
        return held(before, said.demand, ts_ms, cadence_ms)

    def _remember(self, meter_id: str, said: Said, at_ms: int) -> None:
        before = self._part_of(meter_id, at_ms)
        demand, voltage_v = said.demand, said.voltage_v
        if before is not None:
            demand = before.demand if demand is None else demand
            voltage_v = before.voltage_v if voltage_v is None else voltage_v
        self._parts[meter_id] = _Part(demand, voltage_v, at_ms)

    def _part_of(self, meter_id: str, at_ms: int) -> _Part | None:
        part = self._parts.get(meter_id)
        return part if part is not None and at_ms - part.at_ms <= PART_HOLDS_MS else None


def is_running(said: Said) -> bool:
    """Whether its register is made here, of what came before."""
    return said.register is None and not said.is_part


def _checked(reading: Reading) -> Reading:
    """Refuse what the contract would reject.

    Raises:
        UnmappedError: names the field, its value and its bounds.
    """
    bounds: tuple[tuple[str, float | None, float, float], ...] = (
        ("ts", reading.ts, 0, MAX_TS_MS),
        ("seq", reading.seq, 0, MAX_SEQ),
        ("register", reading.register, 0, MAX_REGISTER),
        ("demand", reading.demand, -MAX_DEMAND, MAX_DEMAND),
        ("voltage_v", reading.voltage_v, 0, MAX_VOLTAGE_V),
        ("energy", reading.energy, -MAX_ENERGY, MAX_ENERGY),
        ("interval_ms", reading.interval_ms, 1, MAX_INTERVAL_MS),
        ("revision", reading.revision, 0, MAX_REVISION),
    )
    for name, value, least, most in bounds:
        if value is not None and not least <= value <= most:
            raise UnmappedError("out_of_range", f"{name} is {value}: give {least} to {most}")
    if not _GEOHASH.fullmatch(reading.geohash):
        raise UnmappedError("out_of_range", f"geohash is {reading.geohash!r:.80}: 5 to 12 of them")
    code = reading.quality_code
    if code is not None and not (
        0 < len(code) <= MAX_QUALITY_CODE_LENGTH and code.isascii() and code.isprintable()
    ):
        raise UnmappedError("out_of_range", f"quality_code is {code!r:.80}: give 1 to 16 of ASCII")
    return reading
