"""How the Flink processes are configured, started and asked.

Flink comes with the Python package `apache-flink`, which stays untouched: configuration, logs and
the lib folder are the stack's own, named to Flink's scripts by environment variables.
"""

import shutil
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx

from adapters.authorities import authorities
from contracts.settings import Settings
from infra import artifacts
from infra.errors import StackError
from infra.local import processes
from infra.local.prometheus.targets import VARIABLE, port_of
from infra.local.service import Service
from infra.local.templates import filled_in
from infra.prerequisites import require_java_runtime
from infra.settings import LOOPBACK, StackSettings, client_ports, stack_data_dir

CONFIG, LOG4J = (Path(__file__).with_name(name) for name in ("config.yaml", "log4j.properties"))

JOBMANAGER, TASKMANAGER = "flink-jobmanager", "flink-taskmanager"

_REPORTER = "metrics.reporter.prom"
_PROMETHEUS = "org.apache.flink.metrics.prometheus"

LOG_LEVELS = {
    "log4j-console.properties": "INFO",
    "log4j-cli.properties": "WARN",
    "log4j-session.properties": "WARN",
}
"""The names under which servers and clients look for their log configuration. At INFO a client
logs its whole environment, passwords included."""


def flink_home() -> Path:
    """Where the Python package keeps Flink.

    Raises:
        StackError: the package is not installed.
    """
    spec = find_spec("pyflink")
    if spec is None or not spec.submodule_search_locations:
        raise StackError("the Python package apache-flink is missing; run `uv sync`")
    return Path(spec.submodule_search_locations[0])


def environment(stack: StackSettings) -> dict[str, str]:
    """What Flink's scripts need, servers and `flink run` alike."""
    run_dir = stack.run_dir("flink")
    return {
        "JAVA_HOME": str(require_java_runtime()),
        "FLINK_HOME": str(flink_home()),
        "FLINK_CONF_DIR": str(run_dir / "conf"),
        "FLINK_LIB_DIR": str(run_dir / "lib"),
        "FLINK_LOG_DIR": str(stack.log_dir),
        "FLINK_PID_DIR": str(run_dir / "pid"),
    }


def configuration(settings: Settings, stack: StackSettings) -> dict[Path, str]:
    """The text of each file of the configuration folder, of servers and clients alike."""
    conf = stack.run_dir("flink") / "conf"
    values = {
        "rest_port": client_ports(settings).flink_rest,
        "rpc_port": stack.flink_rpc_port,
        "blob_port": stack.flink_blob_port,
        "taskmanager_rpc_port": stack.flink_taskmanager_rpc_port,
        "data_port": stack.flink_data_port,
        "zookeeper_port": stack.zookeeper_port,
        "jobmanager_mib": stack.flink_jobmanager_mib,
        "taskmanager_mib": stack.flink_taskmanager_mib,
        "slots": stack.flink_slots,
        "log_dir": stack.log_dir,
        "tmp_dir": _tmp_dir(stack),
        "data_dir": _data_dir(settings),
        "python": Path(sys.executable),
        "java_home": require_java_runtime(),
    }
    return {
        conf / "config.yaml": filled_in(CONFIG, values),
        conf / "masters": f"{LOOPBACK}\n",
        conf / "workers": f"{LOOPBACK}\n",
        **{conf / name: filled_in(LOG4J, {"level": level}) for name, level in LOG_LEVELS.items()},
    }


def jobmanager(settings: Settings, stack: StackSettings) -> Service:
    """What plans the jobs and keeps them going."""

    def ready() -> None:
        _overview(_rest(settings))

    ports = {
        "WATTSTREAM_FLINK_REST_URL": client_ports(settings).flink_rest,
        "WATTSTREAM_STACK_FLINK_RPC_PORT": stack.flink_rpc_port,
        "WATTSTREAM_STACK_FLINK_BLOB_PORT": stack.flink_blob_port,
    }
    return _service(JOBMANAGER, "jobmanager.sh", ports, ready, settings, stack)


def taskmanager(settings: Settings, stack: StackSettings) -> Service:
    """What runs the jobs' tasks, with their Python workers."""
    rest = _rest(settings)

    def ready() -> None:
        # For some seconds the job manager goes on believing in a task manager that was killed.
        socket.create_connection((LOOPBACK, stack.flink_taskmanager_rpc_port), timeout=1).close()
        overview = _overview(rest)
        if overview["taskmanagers"] != 1 or overview["slots-total"] != stack.flink_slots:
            raise StackError(
                f"{rest}/overview tells of {overview['taskmanagers']} task managers with "
                f"{overview['slots-total']} slots, not of 1 with {stack.flink_slots}"
            )

    ports = {
        "WATTSTREAM_STACK_FLINK_TASKMANAGER_RPC_PORT": stack.flink_taskmanager_rpc_port,
        "WATTSTREAM_STACK_FLINK_DATA_PORT": stack.flink_data_port,
    }
    service = _service(TASKMANAGER, "taskmanager.sh", ports, ready, settings, stack)
    return replace(service, goes="last")


def _service(
    name: str,
    script: str,
    ports: Mapping[str, int],
    ready: Callable[[], None],
    settings: Settings,
    stack: StackSettings,
) -> Service:
    def prepare() -> None:
        # Killed processes leave their scratch files; the two share the folder.
        if not any(processes.running(stack.record(each)) for each in (JOBMANAGER, TASKMANAGER)):
            shutil.rmtree(_tmp_dir(stack), ignore_errors=True)
        for folder in (_data_dir(settings), _tmp_dir(stack) / "blobs"):
            folder.mkdir(parents=True, exist_ok=True)
        fill_lib(stack.run_dir("flink") / "lib", stack.jvm_dir("flink"))

    command = ("bash", str(flink_home() / "bin" / script), "start-foreground")
    reporter: tuple[str, ...] = ()
    if stack.watched.exists():
        port = port_of(name, stack)
        ports = {**ports, VARIABLE: port}
        reporter = tuple(
            each for option in reported(port).items() for each in ("-D", "=".join(option))
        )
    return Service(
        name=name,
        command=(*command, *reporter),
        environment=environment(stack),
        ports=ports,
        log=stack.log_dir / f"{name}.log",
        files=configuration(settings, stack),
        made_of=artifacts.inputs("flink"),
        prepare=prepare,
        ready=ready,
    )


def reported(port: int) -> dict[str, str]:
    """Options by which a process of Flink tells Prometheus how it does, at a port.

    The reporter is of Flink's own plugins. It listens at all addresses of the machine, and cannot
    be told not to.
    """
    return {
        f"{_REPORTER}.factory.class": f"{_PROMETHEUS}.PrometheusReporterFactory",
        # Otherwise it says `town_hot` of the job `town-hot`.
        f"{_REPORTER}.filterLabelValueCharacters": "false",
        f"{_REPORTER}.port": str(port),
    }


def _rest(settings: Settings) -> str:
    return settings.flink_rest_url.rstrip("/")


def _overview(rest: str) -> Any:  # noqa: ANN401
    answer = httpx.get(f"{rest}/overview", timeout=2, verify=authorities())
    return answer.raise_for_status().json()


def _data_dir(settings: Settings) -> Path:
    return stack_data_dir(settings) / "flink"


def _tmp_dir(stack: StackSettings) -> Path:
    return stack.run_dir("flink") / "tmp"


def fill_lib(lib: Path, added: Path) -> None:
    """Link Flink's own jars, its Python runner (clients need it on the cluster) and the added."""
    home = flink_home()
    lib.mkdir(parents=True, exist_ok=True)
    jars = {
        jar.name: jar
        for jar in (
            *(home / "lib").glob("*.jar"),
            *(home / "opt").glob("flink-python-*.jar"),
            *added.glob("*.jar"),
        )
    }
    for link in lib.iterdir():
        if link.name not in jars or link.readlink() != jars[link.name]:
            link.unlink()
    for name, jar in jars.items():
        if not (lib / name).is_symlink():
            (lib / name).symlink_to(jar)
