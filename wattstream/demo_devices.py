"""Real devices' ways in the demonstration: a plug and a pulse counter publish over MQTT, and the
bridge brings what they say into a log of its own, since the fleet's has one writer."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import orjson
from confluent_kafka import OFFSET_BEGINNING
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from adapters.kept_records import ends_of, has_value, reader
from contracts.settings import PREFIX, MqttSettings, Settings
from contracts.topics import readings
from infra.local.mosquitto.service import as_device, variables_of_bridge
from infra.provision import provision_topics
from infra.settings import StackSettings
from simulators.devices.kinds import PulseBoard, TasmotaPlug
from simulators.devices.load import Load
from simulators.devices.publishing import publishing
from wattstream.alert_tables import date_text
from wattstream.beside import beside
from wattstream.fitting import Part, more

NAMESPACE = "demo_home"
EVERY_S = 5.0
PLUG = TasmotaPlug("demo-kettle", Load(((25, 1_950.0), (35, 0.5))))
BOARD = PulseBoard("demo-boiler", Load(((40, 2_800.0), (20, 600.0))))
BRIDGE_FILE = f"""\
name = "demo"

[[route]]
topic = "tele/{PLUG.name}/SENSOR"
profile = "tasmota"
meter = "{PLUG.name}"
zone = "UTC"
geohash = "gcpvj0e5k0"
cadence = "{EVERY_S:g}s"

[[route]]
topic = "power/{BOARD.name}"
profile = "pulses"
wh_per_pulse = 1
interval = "{EVERY_S:g}s"
geohash = "gcpvj0e5k0"
cadence = "{EVERY_S:g}s"
"""
AT_ONCE = 1_000


class OverMqtt:
    """What the log has of the devices."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        topic = readings(settings)
        begins = [OFFSET_BEGINNING] * len(ends_of(settings, topic))
        self._consumer = reader(settings, topic, begins, polled=False)
        self._latest: dict[str, tuple[int, dict[str, float]]] = {}

    def part(self) -> Part:
        """The newest reading of each.

        Raises:
            confluent_kafka.KafkaException: the broker does not answer.
        """
        for message in self._consumer.consume(AT_ONCE, timeout=0):
            if has_value(message) and message.key() is not None:
                said = orjson.loads(message.value() or b"")
                # Whoever looks around may have announced a meter there.
                if isinstance(said, dict) and "meter_id" in said:
                    self._latest[said["meter_id"]] = message.timestamp()[1], said
        latest = sorted(self._latest.items())
        return Part(len(latest), lambda rows: _drawn(latest, rows))

    def close(self) -> None:
        """Let the client go."""
        self._consumer.close()


def _drawn(latest: list[tuple[str, tuple[int, dict[str, float]]]], most: int) -> RenderableType:
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("over MQTT", overflow="fold")
    for heading in ("demand", "register", "arrived, UTC"):
        table.add_column(heading, justify="right", no_wrap=True)
    for meter_id, (arrival_ms, said) in latest[:most]:
        demand = said.get("demand")
        table.add_row(
            Text(meter_id),
            "" if demand is None else f"{demand:,.0f} W",
            f"{said['register']:,.0f} Wh",
            date_text(arrival_ms),
        )
    return Group(table, *more(len(latest) - most))


@contextmanager
def devices(settings: Settings) -> Iterator[OverMqtt]:
    """Have the devices publish, and a bridge listen; yields what comes of it."""
    home = settings.model_copy(
        update={"namespace": NAMESPACE, "readings_timestamp_type": "LogAppendTime"}
    )
    provision_topics(home)
    file = StackSettings().run_dir("demo") / "bridge.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(BRIDGE_FILE)
    environment = variables_of_bridge(home) | {f"{PREFIX}BRIDGE_FILE": str(file)}
    with ExitStack() as together:
        together.enter_context(beside("bridge", home, environment))
        for device in (PLUG, PulseBoard(BOARD.name, BOARD.load)):
            together.enter_context(publishing(device, _as_device(home, device.name), EVERY_S))
        seen = OverMqtt(home)
        together.callback(seen.close)
        yield seen


def _as_device(settings: Settings, name: str) -> MqttSettings:
    """How the device gets in at the stack's broker; one of somebody's own is let in as the settings
    say."""
    if settings.mqtt.ca_file is not None or settings.mqtt.username is not None:
        return settings.mqtt
    return as_device(settings, name)
