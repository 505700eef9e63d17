"""How the Cassandra process is configured, started and asked."""

import socket
from pathlib import Path

from adapters.connect import cassandra_session
from contracts.settings import Settings
from infra import artifacts
from infra.local.service import Service
from infra.local.templates import filled_in
from infra.prerequisites import require_java_home
from infra.settings import LOOPBACK, StackSettings, client_ports, stack_data_dir

TEMPLATES = tuple(
    Path(__file__).with_name(name) for name in ("cassandra.yaml", "logback.xml", "jvm.options")
)


def service(settings: Settings, stack: StackSettings) -> Service:
    """The node. Its options are in a file that java reads itself (`java @jvm.options`)."""
    port = client_ports(settings).cassandra
    run_dir, data_dir = stack.run_dir("cassandra"), stack_data_dir(settings) / "cassandra"
    jvm_dir = stack.jvm_dir("cassandra")

    tmp_dir = run_dir / "tmp"
    values = {
        "port": port,
        "storage_port": stack.cassandra_storage_port,
        "heap_mib": stack.cassandra_heap_mib,
        "data_dir": data_dir,
        "tmp_dir": tmp_dir,
        "jamm": next(jvm_dir.glob("jamm-*.jar"), jvm_dir / "jamm.jar"),
        "config": run_dir / "cassandra.yaml",
        "logback": run_dir / "logback.xml",
    }

    def prepare() -> None:
        for folder in (data_dir, tmp_dir):
            folder.mkdir(parents=True, exist_ok=True)

    def ready() -> None:
        # The driver tells of every refused connection in its log: ask it only if someone listens.
        socket.create_connection((LOOPBACK, port), timeout=1).close()
        session = cassandra_session(settings.cassandra)
        try:
            session.execute("SELECT release_version FROM system.local")
        finally:
            session.cluster.shutdown()

    return Service(
        name="cassandra",
        command=(
            str(require_java_home() / "bin" / "java"),
            f"@{run_dir / 'jvm.options'}",
            *("-cp", str(jvm_dir / "*")),
            "org.apache.cassandra.service.CassandraDaemon",
        ),
        environment={},
        ports={
            "WATTSTREAM_CASSANDRA_PORT": port,
            "WATTSTREAM_STACK_CASSANDRA_STORAGE_PORT": stack.cassandra_storage_port,
        },
        log=stack.log_dir / "cassandra.log",
        files={run_dir / template.name: filled_in(template, values) for template in TEMPLATES},
        made_of=artifacts.inputs("cassandra"),
        prepare=prepare,
        ready=ready,
        goes="soon",
    )
