"""Kinds of devices: which message each publishes at a time, byte for byte as its firmware does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import orjson

from contracts.time import HOUR_MS, SECOND_MS
from simulators.devices.load import Load

SINCE_MS = 1_767_225_600_000
"""2026-01-01: when the plug's counter was 0."""
MAINS_V = 230


class Publication(NamedTuple):
    """A message on its way to the MQTT broker."""

    topic: str
    payload: bytes
    qos: int


class Device(Protocol):
    """One that is called so in its topics."""

    @property
    def name(self) -> str:
        """Its user name at the broker, too."""

    def publications(self, at_ms: int) -> Iterator[Publication]:
        """What it says at a time, epoch ms; times go forward."""


@dataclass(frozen=True, slots=True)
class TasmotaPlug:
    """A plug with the firmware Tasmota: a counter since ever in kWh, local time (here UTC), and
    publications at QoS 0."""

    name: str
    load: Load

    def publications(self, at_ms: int) -> Iterator[Publication]:
        """Its `SENSOR` message."""
        power_w = self.load.power_w(at_ms)
        total_wh = self.load.energy_wh(at_ms) - self.load.energy_wh(SINCE_MS)
        said = {
            "Time": datetime.fromtimestamp(at_ms / SECOND_MS, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "ENERGY": {
                "TotalStartTime": "2026-01-01T00:00:00",
                "Total": round(total_wh / 1_000, 3),
                "Power": round(power_w),
                "Voltage": MAINS_V,
                "Current": round(power_w / MAINS_V, 3),
            },
        }
        yield Publication(f"tele/{self.name}/SENSOR", orjson.dumps(said), 0)


@dataclass(slots=True)
class PulseBoard:
    """A board that counts the flashes of a meter, one for each Wh, and is zeroed by each of its
    messages; they say no time, so they are at QoS 1."""

    name: str
    load: Load
    counted_wh: int | None = None
    """None before the first message."""
    at_ms: int = 0

    def publications(self, at_ms: int) -> Iterator[Publication]:
        """The flashes since the message before; nothing the first time."""
        now_wh = int(self.load.energy_wh(at_ms))
        if self.counted_wh is not None and at_ms > self.at_ms:
            flashes = now_wh - self.counted_wh
            rate = round(flashes * HOUR_MS / (at_ms - self.at_ms), 3)
            said = {"sensor_count_1": flashes, "sensor_1_rate_mwh": rate}
            yield Publication(f"power/{self.name}", orjson.dumps(said), 1)
        self.counted_wh, self.at_ms = now_wh, at_ms
