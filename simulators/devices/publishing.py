"""Devices at an MQTT broker: each a client of its own, as real ones are."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from adapters.mqtt import address, let_in
from contracts.settings import MqttSettings
from simulators.devices.kinds import Device

ENDS_WITHIN_S = 2.0


def wall_ms() -> int:
    """The time on the wall, epoch ms."""
    return time.time_ns() // 1_000_000


@contextmanager
def publishing(
    device: Device,
    settings: MqttSettings,
    every_s: float,
    now_ms: Callable[[], int] = wall_ms,
) -> Iterator[None]:
    """Let a device publish for as long as the context lasts. A broker that is away is tried again;
    what it says at QoS 1 meanwhile waits.

    Raises:
        OperationError: its certificate or key cannot be read.
    """
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=device.name, clean_session=False)
    let_in(client, settings)
    client.connect_async(*address(settings))
    client.loop_start()
    stop = threading.Event()

    def publish() -> None:
        while True:
            for topic, payload, qos in device.publications(now_ms()):
                client.publish(topic, payload, qos)
            if stop.wait(every_s):
                return

    thread = threading.Thread(target=publish, name=device.name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(ENDS_WITHIN_S)
        client.disconnect()
        client.loop_stop()
