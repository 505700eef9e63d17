"""Which services the stack has, and which part each plays: the one table of them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from contracts.settings import PREFIX, Settings, of_channels, variables
from infra.local import supervisor
from infra.local.api.service import service as api
from infra.local.brokers import BROKERS
from infra.local.cassandra.service import service as cassandra
from infra.local.connect.service import service as connect
from infra.local.flink.service import JOBMANAGER, TASKMANAGER, jobmanager, taskmanager
from infra.local.kafka.service import service as kafka
from infra.local.mosquitto.service import variables_of_bridge
from infra.local.postgresql.service import service as postgresql
from infra.local.prometheus.service import service as prometheus
from infra.local.prometheus.targets import telling
from infra.local.python_service import python_service
from infra.local.redis.service import service as redis
from infra.local.service import Service
from infra.local.zookeeper.service import service as zookeeper
from infra.settings import StackSettings


class Part(Enum):
    """What a service is to the others; members stop in the opposite order."""

    STORE = "store"
    """What all the others are clients of."""
    CLIENT = "client"
    """Stopped before its stores, or the jobs would fail and start again."""
    OBSERVER = "observer"
    """Looks at the others, where the stack is watched; nobody is its client."""
    WATCHER = "watcher"
    """Starts the others again when they die: the last to start, the first to stop."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A service as it is known without settings and without Java."""

    name: str
    part: Part
    make: Callable[[Settings, StackSettings], Service]
    """Raises StackError if an address is not on this machine, or Java or Flink is missing."""


def _program(
    name: str, needs: frozenset[str], *, tells: bool = False, part: Part = Part.CLIENT
) -> Entry:
    """A process of `services/` that serves nobody but Prometheus: it runs or it does not.

    Args:
        needs: Its settings, by their variables without the common beginning.
        tells: Whether it has the addresses and secrets of channels.
    """

    def make(settings: Settings, stack: StackSettings) -> Service:
        environment = variables(settings, {f"{PREFIX}{each}" for each in {*needs, "LOG"}})
        if tells:
            environment |= of_channels(os.environ)
        module = f"services.{name}"
        made = python_service(name, ("-m", module), environment, stack, ready=lambda: None)
        return telling(made, stack)

    return Entry(name, part, make)


def _bridge(settings: Settings, stack: StackSettings) -> Service:
    wanted = {f"{PREFIX}{each}" for each in ("KAFKA_BOOTSTRAP", "BRIDGE_FILE", "DATA_DIR", "LOG")}
    wanted |= {f"{PREFIX}MQTT_{each}" for each in ("URL", "USERNAME", "PASSWORD")}
    environment = variables(settings, wanted) | variables_of_bridge(settings)
    arguments = ("-m", "services.bridge")
    made = python_service("bridge", arguments, environment, stack, ready=lambda: None)
    return telling(made, stack)


TABLE = {
    entry.name: entry
    for entry in (
        Entry("kafka", Part.STORE, kafka),
        Entry("zookeeper", Part.STORE, zookeeper),
        Entry("cassandra", Part.STORE, cassandra),
        Entry("redis", Part.STORE, redis),
        Entry("postgresql", Part.STORE, postgresql),
        *(Entry(each.name, Part.STORE, each.make) for each in BROKERS.values()),
        Entry(JOBMANAGER, Part.CLIENT, jobmanager),
        Entry(TASKMANAGER, Part.CLIENT, taskmanager),
        Entry("connect", Part.CLIENT, connect),
        _program("capture", frozenset({"CONNECT_URL"})),
        _program("pacemaker", frozenset({"KAFKA_BOOTSTRAP", "QUIET_S"})),
        _program("ingest", frozenset({"KAFKA_BOOTSTRAP"})),
        _program("digest", frozenset({"KAFKA_BOOTSTRAP", "REDIS_URL"})),
        _program("notifier", frozenset({"KAFKA_BOOTSTRAP", "NOTIFY_FILE"}), tells=True),
        Entry("bridge", Part.CLIENT, _bridge),
        Entry("api", Part.CLIENT, api),
        _program(
            "exporter",
            frozenset(
                {"KAFKA_BOOTSTRAP", "REDIS_URL", "POSTGRES_URL", "FLINK_REST_URL", "DATA_DIR"}
            ),
            part=Part.OBSERVER,
        ),
        Entry("prometheus", Part.OBSERVER, prometheus),
        Entry(supervisor.NAME, Part.WATCHER, supervisor.service),
    )
}
"""By name, in the order in which they are shown."""


def kept_alive(stack: StackSettings) -> tuple[str, ...]:
    """What always runs, and the supervisor starts again."""
    return tuple(entry.name for entry in _chosen(stack) if entry.part in (Part.STORE, Part.CLIENT))


def services(settings: Settings, stack: StackSettings) -> list[Service]:
    """All services, ready to be started: of the brokers the one that is chosen, and those that only
    look at others if the stack is watched.

    Raises:
        StackError: an address is not on this machine, or Java or Flink is missing.
    """
    is_watched = stack.watched.exists()
    return [
        entry.make(settings, stack)
        for entry in _chosen(stack)
        if is_watched or entry.part is not Part.OBSERVER
    ]


def _chosen(stack: StackSettings) -> list[Entry]:
    """All but the brokers that the stack does not have."""
    return [
        entry
        for entry in TABLE.values()
        if entry.name not in BROKERS or entry.name == stack.mqtt_broker
    ]
