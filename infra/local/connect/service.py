"""How the Connect process is configured, started and asked."""

from pathlib import Path

import httpx

from adapters.authorities import authorities
from contracts.settings import Settings
from infra import artifacts
from infra.local.service import Service
from infra.local.templates import filled_in
from infra.prerequisites import require_java_runtime
from infra.settings import StackSettings, client_ports

TEMPLATES = tuple(
    Path(__file__).with_name(name) for name in ("worker.properties", "log4j2.properties")
)


def service(settings: Settings, stack: StackSettings) -> Service:
    """The worker. It has no data of its own: that is in Kafka."""
    port = client_ports(settings).connect
    run_dir = stack.run_dir("connect")
    tmp_dir = run_dir / "tmp"
    values = {
        "bootstrap": settings.kafka_bootstrap,
        "replication": settings.kafka_replication,
        "port": port,
        "plugins": stack.jvm_dir("connect-plugins"),
    }

    def ready() -> None:
        url = f"{settings.connect_url.rstrip('/')}/health"
        httpx.get(url, timeout=2, verify=authorities()).raise_for_status()

    return Service(
        name="connect",
        command=command(stack),
        environment={},
        ports={"WATTSTREAM_CONNECT_URL": port},
        log=stack.log_dir / "connect.log",
        files={run_dir / template.name: filled_in(template, values) for template in TEMPLATES},
        made_of=artifacts.inputs("connect"),
        prepare=lambda: tmp_dir.mkdir(parents=True, exist_ok=True),
        ready=ready,
    )


def command(stack: StackSettings) -> tuple[str, ...]:
    """What starts a worker by the configuration in its run folder."""
    run_dir = stack.run_dir("connect")
    return (
        str(require_java_runtime() / "bin" / "java"),
        "-Xms64m",
        f"-Xmx{stack.connect_heap_mib}m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        f"-Djava.io.tmpdir={run_dir / 'tmp'}",
        f"-Dlog4j2.configurationFile={run_dir / 'log4j2.properties'}",
        *("-cp", str(stack.jvm_dir("connect") / "*")),
        "org.apache.kafka.connect.cli.ConnectDistributed",
        str(run_dir / "worker.properties"),
    )
