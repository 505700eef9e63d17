"""What the services take: CPU time by process, so that a rate is more than a rate."""

from collections import defaultdict
from contextlib import suppress

import psutil

from infra.local import processes
from infra.local.flink.service import TASKMANAGER
from infra.local.services import TABLE
from infra.settings import StackSettings

WORKERS = "python-workers"


def cpu_s(stack: StackSettings) -> dict[str, float]:
    """CPU seconds, user and system, that each service has taken since it began; the Python workers
    of the task manager apart from it."""
    seconds: dict[str, float] = defaultdict(float)
    for service in TABLE:
        for process in processes.family(stack.record(service)):
            with suppress(psutil.NoSuchProcess):
                times, is_worker = process.cpu_times(), "python" in process.name()
                flink = service == TASKMANAGER
                seconds[WORKERS if flink and is_worker else service] += times.user + times.system
                # Of a worker that has ended, only its parent still knows.
                ended = times.children_user + times.children_system
                seconds[WORKERS if flink else service] += ended
    return dict(seconds)
