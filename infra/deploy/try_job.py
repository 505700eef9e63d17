"""`python -m infra.deploy.try_job JOB`: starts a job in application mode, by what the manifests of
Kubernetes say, in the image that they name, and waits until the job manager tells of the job.

There is no task manager and no store: it shows that the image has all that makes the job, not that
the job works. What only Kubernetes has (its high availability, pods of its making) is left out.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import yaml

from contracts.jobs import JOBS
from contracts.settings import Settings
from infra.deploy.flink import HOME, PATCH, write_configuration
from infra.errors import StackError

WAIT_S = 300.0
POLL_S = 1.0


def specification(job: str, folder: Path = PATCH.parent) -> dict[str, Any]:
    """What the manifests say of a job's cluster, its options merged."""
    (own,) = (
        each["spec"]
        for each in yaml.safe_load_all((folder / "jobs.yaml").read_text())
        if each["metadata"]["name"] == f"wattstream-{job}" and each["kind"] == "FlinkDeployment"
    )
    shared = [yaml.safe_load(path.read_text())["spec"] for path in (folder / "cluster.yaml", PATCH)]
    options: dict[str, str] = {}
    for each in (*shared, own):
        options |= each["flinkConfiguration"]
    return {
        "options": options,
        "job": shared[0]["job"] | own["job"],
        "memory": shared[0]["jobManager"]["resource"]["memory"],
    }


def options_here(known: dict[str, Any], scratch: Path, rest: int, rpc: int) -> dict[str, str]:
    """The options of a job manager on this host, without what is Kubernetes'."""
    kept = {
        name: text
        for name, text in known["options"].items()
        if not name.startswith(("kubernetes.", "high-availability.", "job.autoscaler."))
    }
    return kept | {
        "rest.address": "127.0.0.1",
        "rest.bind-address": "127.0.0.1",
        "rest.port": str(rest),
        "jobmanager.bind-host": "127.0.0.1",
        "jobmanager.rpc.address": "127.0.0.1",
        "jobmanager.rpc.port": str(rpc),
        "jobmanager.memory.process.size": known["memory"],
        "parallelism.default": str(known["job"]["parallelism"]),
        "execution.checkpointing.dir": f"file://{scratch}/checkpoints",
        "execution.checkpointing.savepoint-dir": f"file://{scratch}/savepoints",
    }


def wait_for(job: str, rest: int, cluster: subprocess.Popen[bytes], log: Path) -> str:
    """The state of the job of that name, once the job manager knows it.

    Raises:
        StackError: the job manager ended, or does not know it after some minutes.
    """
    end_s = time.monotonic() + WAIT_S
    while time.monotonic() < end_s and cluster.poll() is None:
        try:
            jobs = httpx.get(f"http://127.0.0.1:{rest}/jobs/overview", timeout=5).json()["jobs"]
        except (httpx.HTTPError, ValueError, KeyError):
            jobs = []
        for each in jobs:
            if each["name"] == job:
                return str(each["state"])
        time.sleep(POLL_S)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
    raise StackError(f"no job {job} came up; the job manager's last words:\n{tail}")


def main() -> None:
    """Start one job's application cluster, without task managers, and end it."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.deploy.try_job", description=main.__doc__
    )
    parser.add_argument("job", choices=JOBS)
    job: str = parser.parse_args().job
    known, (rest, rpc) = specification(job), _free_ports(2)
    with tempfile.TemporaryDirectory() as folder:
        scratch, log = Path(folder), Path(folder) / "jobmanager.log"
        write_configuration(scratch / "conf", options_here(known, scratch, rest, rpc))
        script = HOME / "bin" / "standalone-job.sh"
        made = known["job"]
        with log.open("wb") as output:
            cluster = subprocess.Popen(
                [
                    *("bash", str(script), "start-foreground"),
                    *("--job-classname", made["entryClass"], *made["args"]),
                ],
                env={**os.environ, "FLINK_CONF_DIR": str(scratch / "conf")},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            name = Settings().job_name(job)
            print(f"{name} is {wait_for(name, rest, cluster, log).lower()}")
        except StackError as error:
            sys.exit(str(error))
        finally:
            cluster.terminate()
            cluster.wait()


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


if __name__ == "__main__":
    main()
