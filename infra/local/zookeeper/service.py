"""How the ZooKeeper process is configured, started and asked."""

import socket
from pathlib import Path

from contracts.settings import Settings
from infra import artifacts
from infra.errors import StackError
from infra.local.service import Service
from infra.local.templates import filled_in
from infra.prerequisites import require_java_home
from infra.settings import LOOPBACK, StackSettings, stack_data_dir

TEMPLATES = tuple(Path(__file__).with_name(name) for name in ("zoo.cfg", "log4j2.properties"))

ANSWER_TIMEOUT_S = 2.0


def service(settings: Settings, stack: StackSettings) -> Service:
    """The server."""
    port = stack.zookeeper_port
    run_dir, data_dir = stack.run_dir("zookeeper"), stack_data_dir(settings) / "zookeeper"
    tmp_dir = run_dir / "tmp"

    values = {"port": port, "data_dir": data_dir}

    def prepare() -> None:
        for folder in (data_dir, tmp_dir):
            folder.mkdir(parents=True, exist_ok=True)

    def ready() -> None:
        answer = _ask(port, "srvr")
        if "Mode: standalone" not in answer:
            raise StackError(f"it answers {answer.strip()!r} to `srvr`")

    return Service(
        name="zookeeper",
        command=(
            str(require_java_home() / "bin" / "java"),
            f"-Xmx{stack.zookeeper_heap_mib}m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            f"-Djava.io.tmpdir={tmp_dir}",
            f"-Dlog4j2.configurationFile={run_dir / 'log4j2.properties'}",
            *("-cp", str(stack.jvm_dir("zookeeper") / "*")),
            "org.apache.zookeeper.server.quorum.QuorumPeerMain",
            str(run_dir / "zoo.cfg"),
        ),
        environment={},
        ports={"WATTSTREAM_STACK_ZOOKEEPER_PORT": port},
        log=stack.log_dir / "zookeeper.log",
        files={run_dir / template.name: filled_in(template, values) for template in TEMPLATES},
        made_of=artifacts.inputs("zookeeper"),
        prepare=prepare,
        ready=ready,
    )


def _ask(port: int, word: str) -> str:
    """The answer to one of ZooKeeper's four-letter words; it closes the connection after it."""
    with socket.create_connection((LOOPBACK, port), timeout=ANSWER_TIMEOUT_S) as connection:
        connection.sendall(word.encode())
        with connection.makefile("rb") as answer:
            return answer.read().decode(errors="replace")
