"""What devices say to the bridge that is measured, and their way to the broker."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event

import orjson
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from adapters.mqtt import address, let_in
from benchmarks.errors import BenchmarkError
from contracts.settings import MqttSettings
from contracts.time import SECOND_MS
from simulators.devices.kinds import TasmotaPlug
from simulators.devices.load import Load

DEVICE = "bench"
"""How all of them are called at the broker: who is let in by that name publishes for all."""
METERS = 500
BEGIN_MS = 1_790_000_000_000
EACH_MS = 10 * SECOND_MS
"""Between two messages of a meter."""
LOAD = Load(((40, 2_800.0), (20, 600.0)))
IN_FLIGHT = 1_000
WAITS_S = 120.0
POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class Kind:
    """Devices that say their time, so that no message is as another."""

    message: Callable[[int, int], tuple[str, bytes]]
    """Topic and payload, by the meter's number and the time."""
    route: str
    """How bridge.toml has them."""

    def number(self, n: int) -> tuple[str, bytes]:
        """Topic and payload of the n-th message; meters take turns."""
        turn, meter = divmod(n, METERS)
        return self.message(meter, BEGIN_MS + turn * EACH_MS)


def _native(meter: int, at_ms: int) -> tuple[str, bytes]:
    register = round(LOAD.energy_wh(at_ms), 3)
    said = {"ts": at_ms, "register": register, "demand": LOAD.power_w(at_ms)}
    return f"meters/{DEVICE}/m{meter}", orjson.dumps(said)


def _tasmota(meter: int, at_ms: int) -> tuple[str, bytes]:
    (said,) = TasmotaPlug(f"{DEVICE}/m{meter}", LOAD).publications(at_ms)
    return said.topic, said.payload


def _zigbee2mqtt(meter: int, at_ms: int) -> tuple[str, bytes]:
    said = {
        "current": 4.2,
        "energy": round(LOAD.energy_wh(at_ms) / 1_000, 2),
        "last_seen": datetime.fromtimestamp(at_ms / SECOND_MS, UTC).isoformat(),
        "linkquality": 120,
        "power": LOAD.power_w(at_ms),
        "voltage": 231,
    }
    return f"zigbee2mqtt/{DEVICE}/m{meter}", orjson.dumps(said)


KINDS: Mapping[str, Kind] = {
    "native": Kind(_native, f'topic = "meters/{DEVICE}/+"\nprofile = "native"'),
    "tasmota": Kind(
        _tasmota, f'topic = "tele/{DEVICE}/+/SENSOR"\nprofile = "tasmota"\nzone = "UTC"'
    ),
    "zigbee2mqtt": Kind(_zigbee2mqtt, f'topic = "zigbee2mqtt/{DEVICE}/+"\nprofile = "zigbee2mqtt"'),
}
"""By the profile that reads them."""


def publish(settings: MqttSettings, kind: Kind, messages: int) -> int:
    """Publish so many messages at QoS 1, as fast as the broker answers; how many bytes of payload
    that was.

    Raises:
        BenchmarkError: the broker has not answered all of them.
    """
    answered = 0

    def note(*_: object) -> None:
        nonlocal answered
        answered += 1

    connected = Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=DEVICE, clean_session=True)
    client.max_inflight_messages_set(IN_FLIGHT)
    client.on_publish = note
    client.on_connect = lambda *_: connected.set()
    let_in(client, settings)
    client.connect(*address(settings))
    client.loop_start()
    try:
        connected.wait(WAITS_S)
        size = 0
        for n in range(messages):
            topic, payload = kind.number(n)
            size += len(payload)
            while n - answered >= IN_FLIGHT:
                time.sleep(POLL_S)
            client.publish(topic, payload, qos=1)
        deadline_s = time.monotonic() + WAITS_S
        while answered < messages:
            if time.monotonic() > deadline_s:
                raise BenchmarkError(f"the broker has answered {answered:,} of {messages:,}")
            time.sleep(POLL_S)
    finally:
        client.disconnect()
        client.loop_stop()
    return size
