"""Flink's configuration in containers and in Kubernetes, made of the local stack's.

What was found to matter (the collector, time-outs, restarts, checkpoints) is said once, in
`infra/local/flink/config.yaml`. Here stands only what is other where a process has a host of its
own: addresses, folders, and what Flink itself decides in Kubernetes.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import yaml

from contracts.settings import PROJECT, Settings, host_and_port
from infra.deploy.manifest import text_of
from infra.local.flink.service import (
    CONFIG,
    LOG4J,
    LOG_LEVELS,
    fill_lib,
    flink_home,
    reported,
)
from infra.local.templates import filled_in
from infra.settings import StackSettings

HOME = Path("/opt/flink")
"""Where an image has Flink."""
PYTHON = "/opt/wattstream/.venv/bin/python"
DATA = "file:///var/lib/wattstream"
"""The volume that all processes of Flink share."""
JOBMANAGER, ZOOKEEPER = "flink-jobmanager", "zookeeper:2181"
"""Hosts of the Compose file."""
PORTS = {
    "rest.port": "8081",
    "jobmanager.rpc.port": "6123",
    "blob.server.port": "6124",
    "taskmanager.rpc.port": "6122",
    "taskmanager.data.port": "6121",
}
"""Flink's usual ones."""
METRICS_PORT = 9249
"""Where each process tells Prometheus how it does; the reporter's usual one."""
REPORTED = reported(METRICS_PORT)

PATCH = PROJECT / "infra" / "deploy" / "kubernetes" / "base" / "flink" / "configuration.yaml"

OF_ONE_MACHINE = (
    *("rest.", "jobmanager.bind-host", "jobmanager.rpc.", "taskmanager.bind-host"),
    *("taskmanager.host", "taskmanager.rpc.", "taskmanager.data.", "taskmanager.log."),
    *("web.log.", "web.tmpdir", "blob.", "io.tmp.", "high-availability.storageDir"),
    *("high-availability.jobmanager.", "high-availability.zookeeper.quorum"),
    *("execution.checkpointing.dir", "execution.checkpointing.savepoint-dir"),
    *("python.executable", "python.client.executable", "env.java.home"),
)
"""How the options of the local stack begin that name its addresses and folders."""

OF_ONE_CLUSTER = (
    *("high-availability.", "zookeeper.", "resourcemanager.standalone.", "parallelism.default"),
    *("jobmanager.memory.process.", "taskmanager.memory.process.", "taskmanager.memory.managed."),
    "taskmanager.numberOfTaskSlots",
)
"""How those begin that a cluster for one job has otherwise: the operator sets them, or the job's
own manifest."""

FOR_KUBERNETES = {
    "high-availability.type": "kubernetes",
    "high-availability.storageDir": f"{DATA}/flink/ha",
    "execution.checkpointing.dir": f"{DATA}/flink/checkpoints",
    "execution.checkpointing.savepoint-dir": f"{DATA}/flink/savepoints",
    "python.executable": PYTHON,
    "python.client.executable": PYTHON,
    "kubernetes.rest-service.exposed.type": "ClusterIP",
    # Nobody signs in to it: it shows, and the operator alone changes.
    "web.submit.enable": "false",
    # A job that archives must go on from its last state, or it archives everything again.
    "kubernetes.operator.job.savepoint-on-deletion": "true",
    "kubernetes.operator.savepoint.dispose-on-delete": "false",
    # Python's workers are counted in managed memory, which nothing enforces: interpreters and their
    # allocators take some more.
    "kubernetes.taskmanager.memory.limit-factor": "1.2",
    **REPORTED,
}

LOGS = """
# It tells of the whole environment of the Python that it starts, passwords included.
logger.python.name = org.apache.flink.client.python
logger.python.level = WARN
"""
"""In an application cluster the client is the job manager, which logs at INFO."""


def tuned(stack: StackSettings) -> dict[str, str]:
    """The local stack's options without addresses and folders, flat."""
    names = {
        *("rest_port", "rpc_port", "blob_port", "taskmanager_rpc_port", "data_port", "log_dir"),
        *("zookeeper_port", "data_dir", "python", "java_home"),
    }
    values = dict.fromkeys(names, "left-out") | {
        "tmp_dir": "/tmp",
        "jobmanager_mib": str(stack.flink_jobmanager_mib),
        "taskmanager_mib": str(stack.flink_taskmanager_mib),
        "slots": str(stack.flink_slots),
    }
    options = _flat(yaml.safe_load(filled_in(CONFIG, values)))
    return {name: text for name, text in options.items() if not name.startswith(OF_ONE_MACHINE)}


def of_container(settings: Settings, stack: StackSettings) -> dict[str, str]:
    """The options of a session cluster whose processes have a container each."""
    _, rest_port = host_and_port(settings.flink_rest_url)
    return (
        tuned(stack)
        | PORTS
        | REPORTED
        | {
            "rest.address": JOBMANAGER,
            "rest.port": str(rest_port or PORTS["rest.port"]),
            "rest.bind-address": "0.0.0.0",
            "jobmanager.rpc.address": JOBMANAGER,
            "jobmanager.bind-host": "0.0.0.0",
            "taskmanager.bind-host": "0.0.0.0",
            "high-availability.storageDir": f"{DATA}/flink/ha",
            "high-availability.jobmanager.port": PORTS["jobmanager.rpc.port"],
            "high-availability.zookeeper.quorum": ZOOKEEPER,
            "execution.checkpointing.dir": f"{DATA}/flink/checkpoints",
            "execution.checkpointing.savepoint-dir": f"{DATA}/flink/savepoints",
            "python.executable": PYTHON,
            "python.client.executable": PYTHON,
        }
    )


def of_kubernetes(stack: StackSettings) -> dict[str, str]:
    """The options that the clusters of all jobs share, an application cluster each."""
    shared = {
        name: text for name, text in tuned(stack).items() if not name.startswith(OF_ONE_CLUSTER)
    }
    return shared | FOR_KUBERNETES


def patch(stack: StackSettings) -> str:
    """What Kustomize adds to each FlinkDeployment."""
    manifest = {
        "apiVersion": "flink.apache.org/v1beta1",
        "kind": "FlinkDeployment",
        "metadata": {"name": "any"},
        "spec": {
            "flinkConfiguration": of_kubernetes(stack),
            "logConfiguration": {
                "log4j-console.properties": filled_in(LOG4J, {"level": "INFO"}) + LOGS
            },
        },
    }
    begin = "# Made of infra/local/flink/ by `python -m infra.deploy.flink kubernetes`.\n"
    return begin + text_of(manifest)


def write_configuration(folder: Path, options: Mapping[str, str]) -> None:
    """A configuration folder, as Flink's scripts want it."""
    folder.mkdir(parents=True, exist_ok=True)
    # In one process group nobody starts others by ssh; the scripts still look for the files.
    for name in ("masters", "workers"):
        (folder / name).write_text("localhost\n")
    for name, level in LOG_LEVELS.items():
        (folder / name).write_text(filled_in(LOG4J, {"level": level}) + LOGS)
    (folder / "config.yaml").write_text(yaml.dump(dict(options), sort_keys=True, width=10_000))


def make_home(home: Path, stack: StackSettings) -> None:
    """Lay out a Flink of the Python package, the stack's jars and the configuration of Compose. The
    run folder of the local stack becomes another name of it, since `wattstream submit` has its
    client there."""
    package = flink_home()
    for name in ("log", "plugins"):
        (home / name).mkdir(parents=True, exist_ok=True)
    write_configuration(home / "conf", of_container(Settings.model_construct(), stack))
    for name in ("bin", "opt"):
        (home / name).symlink_to(package / name)
    for plugin in (each for each in (package / "plugins").iterdir() if each.is_dir()):
        (home / "plugins" / plugin.name).symlink_to(plugin)
    fill_lib(home / "lib", stack.jvm_dir("flink"))
    stack.run_dir("").mkdir(parents=True, exist_ok=True)
    stack.run_dir("flink").symlink_to(home)


def main() -> None:
    """Write what an image, a container or Kubernetes needs of Flink's configuration."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy.flink", description=main.__doc__)
    tasks = parser.add_subparsers(dest="task", required=True)
    home = tasks.add_parser("home", help="lay out Flink in an image")
    home.add_argument("folder", type=Path)
    container = tasks.add_parser("container", help="write the configuration of a container")
    container.add_argument("folder", type=Path)
    tasks.add_parser("kubernetes", help=f"write {PATCH.relative_to(PROJECT)} again")
    arguments = parser.parse_args()
    match arguments.task:
        case "home":
            make_home(arguments.folder, StackSettings())
        case "container":
            options = of_container(Settings(), StackSettings())
            write_configuration(arguments.folder, options)
        case "kubernetes":
            PATCH.write_text(patch(StackSettings.model_construct()))


def _flat(options: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in options.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = str(value).lower() if isinstance(value, bool) else str(value)
    return flat


if __name__ == "__main__":
    main()
