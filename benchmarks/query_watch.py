"""What services and jobs do while something is measured: processors that they take, and how fast
the jobs read on."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from adapters.flink import FlinkRest
from adapters.kafka import topic_ends
from adapters.progress import Behind
from benchmarks.cpu import cpu_s
from benchmarks.sustained import slope
from contracts.jobs import READERS
from contracts.settings import Settings
from infra.settings import StackSettings

POLL_S = 2.0


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen."""

    seconds: float
    cores: dict[str, float]
    """Processors that each service took, on the average."""
    sent_per_s: float
    """Readings, by the offsets of the topic."""
    read_per_s: dict[str, float]
    """Readings that each job that reads them has read, by the slope of its offsets."""
    behind: dict[str, int]
    """Readings that each has not read at the end."""

    @property
    def jobs_cpu_s_per_million(self) -> float:
        """CPU seconds of the jobs, Python workers included, for a million readings."""
        jobs = sum(self.cores.get(name, 0.0) for name in ("flink-taskmanager", "python-workers"))
        return jobs / self.sent_per_s * 1e6 if self.sent_per_s else 0.0


def watch(settings: Settings, seconds: float, check: Callable[[], None]) -> Watched:
    """Watch for so long.

    Args:
        check: Raises what must end it.

    Raises:
        FlinkError, confluent_kafka.KafkaException: either does not answer.
    """
    stack, began_s = StackSettings(), time.monotonic()
    before = cpu_s(stack)
    at_s: list[float] = []
    sent: list[int] = []
    lags: dict[str, list[int]] = {job: [] for job in READERS}
    with FlinkRest(settings) as rest:
        behind = Behind(settings, rest)
        while not at_s or time.monotonic() - began_s < seconds:
            check()
            found = {job: _lag(settings, rest, behind, job) for job in READERS}
            at_s.append(time.monotonic())
            sent.append(sum(topic_ends(settings)))
            for job, lag in found.items():
                lags[job].append(lag)
            time.sleep(max(0.0, min(POLL_S, began_s + seconds - time.monotonic())))
    after, took_s = cpu_s(stack), time.monotonic() - began_s
    moments, ends = np.array(at_s), np.array(sent, dtype=float)
    enough = len(moments) > 1
    return Watched(
        seconds=took_s,
        cores={name: (after[name] - before.get(name, 0.0)) / took_s for name in sorted(after)},
        sent_per_s=slope(moments, ends) if enough else 0.0,
        read_per_s={
            job: slope(moments, ends - np.array(lag)) if enough else 0.0
            for job, lag in lags.items()
        },
        behind={job: lag[-1] for job, lag in lags.items()},
    )


def _lag(settings: Settings, rest: FlinkRest, behind: Behind, kind: str) -> int:
    """As of `Behind`; of a job that does not run all that its topics have is to be read."""
    job = rest.find(settings.job_name(kind))
    return sum(topic_ends(settings)) if job is None else behind.records(kind, job)
