"""Flink: whether the jobs do their work, and how far they are behind."""

from collections.abc import Iterator, Mapping, Sequence

from confluent_kafka import KafkaException

from adapters.flink import FlinkRest, Job
from adapters.progress import Behind
from contracts.jobs import JOBS
from contracts.settings import Settings
from contracts.time import MINUTE_MS, SECOND_MS
from services.exporter.metrics import (
    JOB_BEHIND,
    JOB_CHECKPOINT_AGE,
    JOB_CHECKPOINT_EACH,
    JOB_FAILED_AGO,
    JOB_FAILURES,
    JOB_RUNS,
    Sample,
)

ANSWER_TIMEOUT_S = 10.0
LATELY_MS = 5 * MINUTE_MS


class Jobs:
    """The jobs of all namespaces."""

    name = "flink"

    def __init__(self, settings: Settings) -> None:
        self._flink = FlinkRest(settings, ANSWER_TIMEOUT_S)
        self._behind: dict[str, Behind] = {}

    def look(self, served: Sequence[Settings]) -> Iterator[Sample]:
        """How they do.

        Raises:
            FlinkError: Flink does not answer.
        """
        names = {each.namespace for each in served}
        self._behind = {name: each for name, each in self._behind.items() if name in names}
        # Whether it answers, wherever there is no job.
        self._flink.slots()
        for settings in served:
            found = {kind: self._flink.find(settings.job_name(kind)) for kind in JOBS}
            if is_to_run(found):
                for kind, job in found.items():
                    yield from self._of_job(settings, kind, job)

    def _of_job(self, settings: Settings, kind: str, job: Job | None) -> Iterator[Sample]:
        its = settings.namespace, kind
        runs = job is not None and job.state == "RUNNING" and job.all_tasks_run
        yield JOB_RUNS.of(runs, *its)
        if job is None or not job.alive:
            return
        checkpoint = self._flink.checkpoint_age(job.id)
        yield JOB_CHECKPOINT_AGE.of(checkpoint.age_ms / SECOND_MS, *its)
        yield JOB_CHECKPOINT_EACH.of(checkpoint.interval_ms / SECOND_MS, *its)
        ago_ms = [each.ago_ms for each in self._flink.failures(job) if each.ago_ms <= LATELY_MS]
        yield JOB_FAILURES.of(len(ago_ms), *its)
        if ago_ms:
            yield JOB_FAILED_AGO.of(min(ago_ms) / SECOND_MS, *its)
        if settings.namespace not in self._behind:
            self._behind[settings.namespace] = Behind(settings, self._flink)
        try:
            yield JOB_BEHIND.of(self._behind[settings.namespace].records(kind, job), *its)
        except KafkaException:
            # That Kafka does not answer is told by who looks at it.
            return


def is_to_run(found: Mapping[str, Job | None]) -> bool:
    """Whether the jobs of a namespace are to run: one does, or has failed; nobody stopped all."""
    return any(job is not None and (job.alive or job.state == "FAILED") for job in found.values())
