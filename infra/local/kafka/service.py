"""How the Kafka process is configured, started and asked."""

import os
import subprocess
from pathlib import Path

from confluent_kafka.admin import AdminClient

from adapters.connect import kafka_config
from contracts.settings import Settings, without_settings
from contracts.topics import MAX_MESSAGE_BYTES
from infra import artifacts
from infra.errors import StackError
from infra.local.service import Service
from infra.local.templates import filled_in
from infra.prerequisites import require_java_home
from infra.settings import StackSettings, client_ports, stack_data_dir

TEMPLATES = tuple(
    Path(__file__).with_name(name) for name in ("server.properties", "log4j2.properties")
)

CLUSTER_ID = "d2F0dHN0cmVhbS1zdGFjaw"
"""16 bytes in base64, as Kafka wants them; kept in the data folder by the first start."""

HEADROOM_BYTES = 64 * 1024
"""For the key and the headers of a reject that carries the largest message."""


def service(settings: Settings, stack: StackSettings) -> Service:
    """The broker."""
    port = client_ports(settings).kafka
    run_dir, data_dir = stack.run_dir("kafka"), stack_data_dir(settings) / "kafka"
    properties, tmp_dir = run_dir / "server.properties", run_dir / "tmp"
    java = (
        str(require_java_home() / "bin" / "java"),
        "-Xms256m",
        f"-Xmx{stack.kafka_heap_mib}m",
        "-XX:+ExitOnOutOfMemoryError",
        f"-Djava.io.tmpdir={tmp_dir}",
        f"-Dlog4j2.configurationFile={run_dir / 'log4j2.properties'}",
        *("-cp", str(stack.jvm_dir("kafka") / "*")),
    )

    values = {
        "port": port,
        "controller_port": stack.kafka_controller_port,
        "data_dir": data_dir,
        "max_message_bytes": 2 * MAX_MESSAGE_BYTES + HEADROOM_BYTES,
    }

    def prepare() -> None:
        tmp_dir.mkdir(parents=True, exist_ok=True)
        if not (data_dir / "meta.properties").exists():
            _format([*java, "kafka.tools.StorageTool"], properties)

    def ready() -> None:
        admin = AdminClient({**kafka_config(settings), "log_level": 0})
        admin.list_topics(timeout=2)

    return Service(
        name="kafka",
        command=(*java, "kafka.Kafka", str(properties)),
        environment={},
        ports={
            "WATTSTREAM_KAFKA_BOOTSTRAP": port,
            "WATTSTREAM_STACK_KAFKA_CONTROLLER_PORT": stack.kafka_controller_port,
        },
        log=stack.log_dir / "kafka.log",
        files={run_dir / template.name: filled_in(template, values) for template in TEMPLATES},
        made_of=artifacts.inputs("kafka"),
        prepare=prepare,
        ready=ready,
    )


def _format(tool: list[str], properties: Path) -> None:
    outcome = subprocess.run(
        [*tool, "format", "--cluster-id", CLUSTER_ID, "--config", str(properties)],
        env=without_settings(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode != 0:
        raise StackError(f"Kafka cannot format its data folder:\n{outcome.stdout}{outcome.stderr}")
