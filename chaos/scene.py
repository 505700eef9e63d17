"""What a fault may touch: services, jobs, and a writer of its own."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psutil
from rich.console import Console

from adapters.flink import FlinkRest
from chaos.size import Size
from chaos.writer import Writer
from contracts.jobs import JOBS
from contracts.settings import PROJECT, Settings
from infra.flink import submission
from infra.local import processes, stack
from infra.settings import StackSettings

READY_TIMEOUT_S = 180.0
SILENT = Console(quiet=True)


@dataclass
class Scene:
    """A namespace with running jobs and load, on a stack that may be harmed."""

    settings: Settings
    size: Size
    rng: Random
    writer: Writer
    """Of the last partition; the load has the others."""
    project: Path = PROJECT
    """Whose jobs are submitted first."""
    stack: StackSettings = field(default_factory=StackSettings)

    def pause(self, least_s: float, most_s: float) -> None:
        """Let a time pass that only the seed decides."""
        time.sleep(self.rng.uniform(least_s, most_s))

    def kill(self, *names: str) -> None:
        """Wait until services answer, and end them with SIGKILL, all at once: it is for the
        supervisor to bring them back."""
        self.wait_until_ready(*names)
        stack.kill_services(*names)

    def stop(self, name: str) -> None:
        """Wait until a service answers, and stop it; it stays down until it is started."""
        self.wait_until_ready(name)
        stack.stop_service(self.settings, name)

    def start(self, name: str) -> None:
        """Start a service and wait until it answers."""
        stack.start_service(self.settings, name, SILENT)

    def wait_until_ready(self, *names: str) -> None:
        """Wait until services answer."""
        stack.wait_until_ready(self.settings, names, READY_TIMEOUT_S)

    def family(self, name: str) -> list[psutil.Process]:
        """The processes of a service, its children included."""
        return processes.family(self.stack.record(name))

    def resubmit(self, parallelism: int | None = None) -> None:
        """Stop the jobs with a savepoint, and go on from it with those of the working tree."""
        written = submission.stop(self.settings, SILENT, with_savepoint=True)
        assert written is not None
        savepoints = submission.read_savepoints(written)
        submission.submit(self.settings, SILENT, savepoints, parallelism=parallelism)

    def restores(self) -> int:
        """How often jobs have gone back to a checkpoint, all jobs together."""
        with FlinkRest(self.settings) as rest:
            ids = [rest.running(self.settings.job_name(job)) for job in JOBS]
            return sum(rest.get(f"/jobs/{each}/checkpoints")["counts"]["restored"] for each in ids)
