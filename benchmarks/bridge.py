"""`wattstream bench bridge`: how many messages a second one bridge brings from the MQTT broker into
the log, and what each costs.

Devices publish at QoS 1 while the bridge is away, so that what is measured waits for nobody but the
bridge. Then it comes back, takes all of it, and acknowledges each message when Kafka has it (one
broker, `acks=all`). The rate is by the broker's stamps, from the first reading to the last; CPU
time is that of the same span, but for the broker's, which has taken the messages before.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import NamedTuple

import orjson
from confluent_kafka import Consumer
from rich.console import Console
from rich.table import Table

from adapters.kept_records import ends_of, has_value, kept, reader
from benchmarks.bridge_devices import DEVICE, KINDS, Kind, publish
from benchmarks.cpu import cpu_s
from benchmarks.errors import BenchmarkError
from benchmarks.exclusive import alone
from contracts.settings import PROJECT, Settings
from contracts.time import SECOND_MS
from contracts.topics import readings
from infra.local.mosquitto.service import as_device
from infra.local.own_bridge import OwnBridge
from infra.provenance import origin
from infra.provision import erase_topics, provision_topics
from infra.settings import StackSettings

GEOHASH = "u33db"
AT_ONCE = 10_000
POLL_S = 0.2
SILENT_POLLS = 300
"""So often in a row nothing may come."""
MICRO = 1e6


@dataclass(frozen=True, slots=True)
class Trial:
    """A kind of devices."""

    profile: str
    messages: int
    payload_bytes: int
    """On average."""
    messages_per_s: float
    bridge_us: float
    """CPU time a message."""
    broker_us: float
    """Taken and given."""
    kafka_us: float
    right: bool
    """Whether each message is in the log once."""


class _Drained(NamedTuple):
    messages_per_s: float
    bridge_us: float
    kafka_us: float


def run(
    settings: Settings, profiles: Sequence[str], messages: int, console: Console
) -> Iterator[Trial]:
    """Measure so many messages of each kind, in a namespace that is emptied before and afterwards.

    Raises:
        BenchmarkError: jobs run, the namespace is no benchmark's, the messages have no room at the
            broker, or not all of them arrive.
        OperationError: the bridge does not begin.
    """
    with alone(settings, console, keep_readings=False):
        for profile in profiles:
            with console.status(f"{profile}: {messages:,} messages"):
                yield trial(settings, profile, messages)


def trial(settings: Settings, profile: str, messages: int) -> Trial:
    """Measure one kind of devices.

    Raises:
        BenchmarkError: the messages have no room at the broker, or not all of them arrive.
        OperationError: the bridge does not begin.
    """
    kind, stack = KINDS[profile], StackSettings()
    erase_topics(settings)
    provision_topics(settings)
    bridge = OwnBridge(settings, DEVICE, bridge_file(kind))
    bridge.forget()
    try:
        bridge.begin()
        bridge.await_session()
        bridge.end()
        broker_s = cpu_s(stack).get(stack.mqtt_broker, 0.0)
        size = publish(as_device(settings, DEVICE), kind, messages)
        _require_room(stack, size)
        with closing(_follower(settings)) as follower:
            bridge.begin()
            drained = _drain(follower, bridge, stack, messages)
        broker_s = cpu_s(stack).get(stack.mqtt_broker, 0.0) - broker_s
    finally:
        bridge.end()
        bridge.forget()
    return Trial(
        profile,
        messages,
        size // messages,
        drained.messages_per_s,
        drained.bridge_us,
        broker_s / messages * MICRO,
        drained.kafka_us,
        right=_each_once(settings, messages),
    )


def bridge_file(kind: Kind) -> str:
    """The `bridge.toml` of devices of one kind."""
    return f'name = "{DEVICE}"\n[[route]]\n{kind.route}\ngeohash = "{GEOHASH}"\ncadence = "10s"\n'


def _require_room(stack: StackSettings, size: int) -> None:
    if stack.mqtt_broker == "mosquitto" and size > stack.mosquitto_queue_mib * 2**20:
        raise BenchmarkError(
            f"{size / 2**20:.0f} MiB of messages do not all wait at a broker that keeps "
            f"{stack.mosquitto_queue_mib}: give fewer --messages, or let the stack begin with "
            "another WATTSTREAM_STACK_MOSQUITTO_QUEUE_MIB"
        )


def _follower(settings: Settings) -> Consumer:
    topic = readings(settings)
    return reader(settings, topic, ends_of(settings, topic))


def _drain(follower: Consumer, bridge: OwnBridge, stack: StackSettings, messages: int) -> _Drained:
    """Wait until so many readings are in the log."""
    stamps: list[int] = []
    first, before, silent = 0, (0.0, 0.0), 0
    while len(stamps) < messages:
        came = [
            each.timestamp()[1]
            for each in follower.consume(AT_ONCE, timeout=POLL_S)
            if has_value(each) and each.key() is not None
        ]
        silent = 0 if came else silent + 1
        if silent > SILENT_POLLS:
            raise BenchmarkError(f"of {messages:,} messages {len(stamps):,} have come, and no more")
        if came and not stamps:
            # What the bridge took to begin is no message's.
            first, before = len(came), _used(bridge, stack)
        stamps += came
    bridge_s, kafka_s = (now - then for now, then in zip(_used(bridge, stack), before, strict=True))
    later = max(messages - first, 1)
    return _Drained(
        messages / max(max(stamps) - min(stamps), 1) * SECOND_MS,
        bridge_s / later * MICRO,
        kafka_s / later * MICRO,
    )


def _used(bridge: OwnBridge, stack: StackSettings) -> tuple[float, float]:
    return bridge.cpu_s(), cpu_s(stack).get("kafka", 0.0)


def _each_once(settings: Settings, messages: int) -> bool:
    records = [each for each in kept(settings, readings(settings)) if each.key() is not None]
    said = (orjson.loads(each.value() or b"{}") for each in records)
    distinct = {(each["meter_id"], each["ts"]) for each in said}
    return len(records) == len(distinct) == messages


def content(trials: Sequence[Trial], command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    return {**origin(command, PROJECT), "trials": [asdict(each) for each in trials]}


def table(trials: Sequence[Trial]) -> Table:
    """The outcome on a terminal of 80 columns."""
    table = Table(
        caption="CPU time a message in µs; the broker's is that of taking it, too",
        box=None,
        padding=(0, 2, 0, 0),
        header_style="dim",
    )
    table.add_column("profile", no_wrap=True)
    for heading in ("bytes", "messages/s", "bridge", "broker", "Kafka"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("each once", no_wrap=True)
    for each in trials:
        table.add_row(
            each.profile,
            f"{each.payload_bytes:,}",
            f"{each.messages_per_s:,.0f}",
            *(f"{us:,.0f}" for us in (each.bridge_us, each.broker_us, each.kafka_us)),
            "yes" if each.right else "NO",
        )
    return table
