"""What a device's message says, before it is known where the device is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from contracts.errors import RequestError
from contracts.meters import EXPORT_SUFFIX
from contracts.reading import Commodity, Quality

Dimension = Literal["energy", "volume"]
"""What an amount is of: Wh and W, or litres and litres per hour."""


@dataclass(frozen=True, slots=True)
class Message:
    """An MQTT publication as it was received."""

    topic: str
    payload: bytes
    received_ms: int
    """By the clock on the wall."""
    is_backlog: bool = False
    """Whether it waited at the broker while the bridge was away, so that the receipt says nothing
    of when it was sent."""


class Twice(NamedTuple):
    """A local time of the hour that comes twice: the instants that it may be, epoch ms."""

    first_ms: int
    second_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one meter says. Wh or litres, W or litres per hour; what is None is not said."""

    meter_id: str
    ts_ms: int | Twice | None = None
    """None: the device says no time, so it is that of the receipt."""
    register: float | None = None
    pulses: float | None = None
    """Wh or litres since the message before, which go on top of the register."""
    demand: float | None = None
    voltage_v: float | None = None
    dimension: Dimension | None = None
    """Of its amounts; None: they are of the meter's, whichever that is."""
    commodity: Commodity | None = None
    """None: the registry's."""
    is_beside: bool = False
    """Of a message that says more than the meter it is of (what is exported, a gas meter behind
    it): a reading only where the registry knows that meter."""
    is_part: bool = False
    """Demand and voltage alone, of a device whose register comes in a message of its own."""
    geohash: str | None = None
    seq: int | None = None
    energy: float | None = None
    interval_ms: int | None = None
    revision: int | None = None
    quality: Quality | None = None
    quality_code: str | None = None


def exported(
    meter: str,
    register: float | None,
    *,
    ts_ms: int | Twice | None = None,
    demand: float | None = None,
    dimension: Dimension = "energy",
) -> Said:
    """What is fed in beside what a meter takes, as a meter of its own."""
    return Said(
        meter_id=f"{meter}{EXPORT_SUFFIX}",
        ts_ms=ts_ms,
        register=register,
        demand=demand,
        dimension=dimension,
        is_beside=True,
    )


class UnmappedError(RequestError):
    """A message is no reading: a reason of one word that is counted, and what exactly it is."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Device:
    """What `bridge.toml` says of the devices whose message this is."""

    meter: str
    """The meter's id, by the topic."""
    levels: tuple[str, ...]
    """What stood in the place of each wildcard of the topic filter."""
    zone: str | None = None
    """Of times without one, such as `Europe/Berlin`."""
    wh_per_pulse: float = 1.0
    """Litres, of a meter of gas or water."""
    interval_ms: int = 60_000
    """Over which pulses are counted."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Of generic JSON: which field says what, and in which unit."""
    factors: Mapping[str, float] = field(default_factory=dict)
    """Wh or litres that one count is, by meter, where the device says no unit."""
