"""A device on MQTT and a bridge of its own, in a namespace of their own that has topics alone, and
what of it arrived."""

import time
from collections import Counter
from typing import Self

import orjson
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from adapters.kept_records import kept
from adapters.mqtt import address, let_in
from chaos.beside import beside
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.topics import Topic, readings, unmapped
from infra.local.mosquitto.service import as_device
from infra.local.own_bridge import OwnBridge
from infra.provision import erase_topics, provision_topics

DEVICE = "chaos"
METERS = 20
IN_FLIGHT = 200
POLL_S = 0.5
ARRIVAL_TIMEOUT_S = 180.0
BRIDGE_FILE = f"""name = "{DEVICE}"
[[route]]
topic = "meters/{DEVICE}/+"
profile = "native"
meter = "{{1}}"
geohash = "gcpvj0e5k0"
[[route]]
topic = "power/{DEVICE}"
profile = "pulses"
wh_per_pulse = 1
interval = "1m"
geohash = "gcpvj0e5k0"
"""


class Bridged:
    """A namespace whose readings come over MQTT. Use it as a context manager.

    Args:
        settings: Of the stack; the namespace is another one beside it.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = beside(settings, "mqtt")
        self._bridge = OwnBridge(self.settings, DEVICE, BRIDGE_FILE)
        self._published = self._answered = 0
        self.device = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=DEVICE, clean_session=False
        )
        self.device.max_inflight_messages_set(IN_FLIGHT)
        self.device.reconnect_delay_set(1, 1)
        self.device.on_publish = self._note

    def __enter__(self) -> Self:
        erase_topics(self.settings)
        provision_topics(self.settings)
        self._bridge.forget()
        self.begin()
        let_in(self.device, as_device(self.settings, DEVICE))
        self._bridge.await_session()
        self.device.connect(*address(self.settings.mqtt))
        self.device.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self.device.disconnect()
        self.device.loop_stop()
        self._bridge.end()
        erase_topics(self.settings)

    def begin(self) -> None:
        """Start the bridge."""
        self._bridge.begin()

    def kill(self) -> None:
        """Let the bridge die at once."""
        self._bridge.kill()

    def publish(self, first: int, number: int, pause_s: float = 0.0) -> None:
        """Send readings number `first` and on at QoS 1, with no more than IN_FLIGHT unanswered."""
        for n in range(first, first + number):
            self.send(f"meters/{DEVICE}/m{n % METERS}", orjson.dumps({"ts": n + 1, "register": n}))
            if pause_s:
                time.sleep(pause_s)

    def send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send one message at QoS 1."""
        while self._published - self._answered >= IN_FLIGHT:
            time.sleep(0.01)
        self.device.publish(topic, payload, qos=1, retain=retain)
        self._published += 1

    def await_answers(self) -> None:
        """Wait until the broker has acknowledged all.

        Raises:
            OperationError: it does not.
        """
        deadline_s = time.monotonic() + ARRIVAL_TIMEOUT_S
        while self._answered < self._published:
            if time.monotonic() > deadline_s:
                raise OperationError(
                    f"the MQTT broker has answered {self._answered} of {self._published} messages"
                )
            time.sleep(POLL_S)

    def arrived(self, expected: int) -> Counter[tuple[str, int]]:
        """How often each reading is in the log, by meter and time, once that many are or nothing
        more comes."""
        deadline_s, before, found = time.monotonic() + ARRIVAL_TIMEOUT_S, -1, self._in_log()
        while found.total() < expected and time.monotonic() < deadline_s:
            before = found.total()
            time.sleep(4 * POLL_S)
            found = self._in_log()
        if before < found.total():
            # What comes twice comes later.
            time.sleep(4 * POLL_S)
            found = self._in_log()
        return found

    def registers(self, meter_id: str) -> list[float]:
        """Registers of a meter as they are in the log."""
        said = [orjson.loads(each.value() or b"{}") for each in kept(self.settings, self._topic)]
        return [each["register"] for each in said if each.get("meter_id") == meter_id]

    def unmapped(self) -> list[tuple[bytes, dict[str, bytes]]]:
        """Payload and headers of what is no reading."""
        return [
            (_bytes(each.value()), {name: _bytes(v) for name, v in each.headers() or []})
            for each in kept(self.settings, unmapped(self.settings))
        ]

    @property
    def _topic(self) -> Topic:
        return readings(self.settings)

    def _in_log(self) -> Counter[tuple[str, int]]:
        said = [orjson.loads(each.value() or b"{}") for each in kept(self.settings, self._topic)]
        return Counter((each["meter_id"], each["ts"]) for each in said if "meter_id" in each)

    def _note(self, *_: object) -> None:
        self._answered += 1


def _bytes(value: str | bytes | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""
