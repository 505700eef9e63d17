"""What only the local stack needs to know: inner ports, memory, folders.

Each field is an environment variable with the prefix `WATTSTREAM_STACK_`. The addresses of the
services come from `contracts.settings`, since their clients need them too.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.settings import PROJECT, Port, Settings, host_and_port, without_password
from infra.errors import StackError

LOOPBACK = "127.0.0.1"

MiB = Annotated[int, Field(ge=1)]


class StackSettings(BaseSettings):
    """Inner ports, memory in MiB, and the folder of everything that can be made again."""

    model_config = SettingsConfigDict(
        env_prefix="WATTSTREAM_STACK_", env_file=PROJECT / ".env", extra="ignore"
    )

    local_dir: Annotated[Path, AfterValidator(Path.resolve)] = PROJECT / ".local"
    """Class paths, rendered configuration, process records and logs."""

    kafka_controller_port: Port = 19_093
    zookeeper_port: Port = 18_181
    cassandra_storage_port: Port = 19_070
    flink_rpc_port: Port = 18_123
    flink_blob_port: Port = 18_124
    flink_taskmanager_rpc_port: Port = 18_122
    flink_data_port: Port = 18_121
    prometheus_port: Port = 18_090
    metrics_port: Annotated[int, Field(ge=1, le=65_500)] = 18_200
    """Where the first of those listens who tell Prometheus how they do; the others follow
    (`infra.local.prometheus.targets`)."""

    kafka_heap_mib: MiB = 480
    connect_heap_mib: MiB = 384
    zookeeper_heap_mib: MiB = 64
    cassandra_heap_mib: MiB = 1_024
    flink_jobmanager_mib: MiB = 1_024
    """The whole process, not only its heap."""
    flink_taskmanager_mib: MiB = 4_608
    """The JVM and its Python workers, whose share is Flink's managed memory."""
    flink_slots: Annotated[int, Field(ge=1)] = 12
    """Enough for two namespaces."""
    redis_data_mib: MiB = 512
    """Redis refuses writes beyond this; it never evicts."""

    postgresql_shared_mib: MiB = 64
    """Buffers that all its processes share; each has some MiB of its own."""

    mqtt_broker: Literal["mosquitto", "hivemq"] = "mosquitto"
    """HiveMQ CE keeps what it has acknowledged when it is killed, and takes more of the machine."""
    mosquitto_queue_mib: MiB = 32
    """Of messages that wait for the bridge; beyond this the broker drops what is new."""

    hivemq_heap_mib: MiB = 256
    hivemq_queue_messages: Annotated[int, Field(ge=1)] = 1_000_000
    """Which wait for the bridge, on the disk; beyond this the broker drops what is new."""

    prometheus_disk_mb: Annotated[int, Field(ge=1)] = 256
    """What it may keep; what is older goes."""

    ready_timeout_s: Annotated[float, Field(gt=0)] = 180.0
    """How long a service may take to answer after its start."""

    @property
    def log_dir(self) -> Path:
        """One log file for each service."""
        return self.local_dir / "log"

    @property
    def watched(self) -> Path:
        """There while Prometheus watches the stack: from `up --watched` until `down`."""
        return self.run_dir("watched")

    def run_dir(self, service: str) -> Path:
        """Rendered configuration and scratch files of a service."""
        return self.local_dir / "run" / service

    def record(self, service: str) -> Path:
        """Which process the service is; see `infra.local.processes`."""
        return self.run_dir(f"{service}.json")

    def jvm_dir(self, module: str) -> Path:
        """Class path of a module of `infra/local/pom.xml`."""
        return self.local_dir / "jvm" / module

    @property
    def hivemq_dir(self) -> Path:
        """Class path of HiveMQ CE, which is there once it was chosen."""
        return self.local_dir / "hivemq"


def stack_data_dir(settings: Settings) -> Path:
    """What the services themselves keep: `down` leaves it, `wipe` deletes it."""
    return settings.data_dir.resolve() / "stack"


def flink_state_dirs(settings: Settings) -> tuple[Path, Path]:
    """Where the namespace's jobs keep checkpoints and savepoints, so that `erase` finds them."""
    root = stack_data_dir(settings) / "flink"
    return root / "checkpoints" / settings.namespace, root / "savepoints" / settings.namespace


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the services listen for their clients, all on loopback."""

    kafka: int
    redis: int
    cassandra: int
    flink_rest: int
    postgres: int
    connect: int
    mqtt: int


def client_ports(settings: Settings) -> Ports:
    """The ports that the settings' addresses name.

    Raises:
        StackError: an address is not on this machine, or has no port.
    """
    known = Settings.model_construct()
    kafka, cassandra = settings.kafka_bootstrap, settings.cassandra
    return Ports(
        kafka=_port("kafka_bootstrap", kafka, known.kafka_bootstrap, f"//{kafka}"),
        redis=_port("redis_url", settings.redis.url, known.redis.url),
        cassandra=_port(
            "cassandra_hosts", cassandra.hosts, known.cassandra.hosts, f"//{cassandra.address}"
        ),
        flink_rest=_port("flink_rest_url", settings.flink_rest_url, known.flink_rest_url),
        postgres=_port("postgres_url", settings.postgres.url, known.postgres.url),
        connect=_port("connect_url", settings.connect_url, known.connect_url),
        mqtt=_port("mqtt_url", settings.mqtt.url, known.mqtt.url),
    )


def _port(field: str, value: str, example: str, url: str | None = None) -> int:
    host, port = host_and_port(url or value)
    problem = f"WATTSTREAM_{field.upper()} is {without_password(value)}"
    if host not in (LOOPBACK, "localhost"):
        raise StackError(
            f"{problem}, and the local stack listens on {LOOPBACK} only: unset it, or leave out "
            "`up` and use the services that run there"
        )
    if port is None:
        raise StackError(f"{problem}: add a port, as in {example}")
    return port
