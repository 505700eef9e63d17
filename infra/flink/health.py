"""Whether the jobs of a namespace do their work, for whoever has to keep them going."""

from collections.abc import Sequence
from dataclasses import dataclass

from confluent_kafka import KafkaException

from adapters.flink import ENDED, CheckpointAge, Failure, FlinkRest, Job
from adapters.progress import Behind
from contracts.jobs import JOBS
from contracts.settings import Settings, without_password
from contracts.time import MINUTE_MS

LATELY_MS = 5 * MINUTE_MS
CIRCLE = 3
"""So many failures lately, and no checkpoint since the last, are no accident: the job goes on from
the same place and fails at the same thing."""


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of a job of the namespace."""

    kind: str
    """One of `contracts.jobs.JOBS`."""
    name: str
    """As Flink calls it."""
    job: Job | None
    """None if Flink does not know it."""
    failures: Sequence[Failure] = ()
    """Within LATELY_MS, the last one first."""
    checkpoint: CheckpointAge | None = None
    """None of a job that has ended."""
    behind: int | None = None
    """Records of its topics that it has not read; None of a job that has ended, or if Kafka does
    not tell."""

    @property
    def submitted(self) -> bool:
        """Whether it is to run: it does, or has failed; no one stopped it."""
        return self.job is not None and (self.job.alive or self.job.state == "FAILED")

    @property
    def circles(self) -> bool:
        """Whether it is started again and again and gets nowhere."""
        if len(self.failures) < CIRCLE or self.checkpoint is None:
            return False
        return self.checkpoint.age_ms >= self.failures[0].ago_ms

    @property
    def well(self) -> bool:
        """Whether all of its tasks run, and will go on."""
        runs = self.job is not None and self.job.state == "RUNNING" and self.job.all_tasks_run
        return runs and not self.circles

    @property
    def state(self) -> str:
        """In a word or two."""
        if self.job is None or self.job.state in ENDED - {"FAILED"}:
            return "not running"
        if self.circles:
            return "in a circle"
        if self.well:
            return "running"
        if self.job.state == "RUNNING":
            return "starting"
        return self.job.state.lower()


def jobs_health(settings: Settings, flink: FlinkRest, behind: Behind) -> list[Health]:
    """The health of each job of the namespace; of none if it has none that is to run.

    Raises:
        FlinkError: Flink does not answer.
    """
    found = [_health(settings, flink, behind, kind) for kind in JOBS]
    return found if any(each.submitted for each in found) else []


def advice(settings: Settings, health: Health) -> str:
    """What is wrong with a job that is not well, and what to do."""
    if health.job is None or not health.submitted:
        return (
            f"{health.name} does not run, and others of {settings.namespace} do: `wattstream stop "
            f"-n {settings.namespace}`, then `wattstream submit --from latest -n "
            f"{settings.namespace}`"
        )
    page = f"{without_password(settings.flink_rest_url).rstrip('/')}/#/job/{health.job.id}"
    why = f": {health.failures[0].cause}" if health.failures else ""
    if health.job.state == "FAILED":
        return (
            f"{health.name} has failed for good{why}. Mend that, then `wattstream submit --from "
            f"latest -n {settings.namespace}` goes on from its last checkpoint. {page}/exceptions"
        )
    if health.circles:
        last_s = health.failures[0].ago_ms / 1_000
        return (
            f"{health.name} restarts in a circle, {len(health.failures)} times in the last "
            f"{LATELY_MS // MINUTE_MS} minutes, the last {last_s:.0f} s ago{why}. Mend that, and "
            "it goes on from its last checkpoint by itself; `wattstream stop -n "
            f"{settings.namespace}` ends it, and keeps that. {page}/exceptions"
        )
    return f"{health.name} is {health.state}{why}. If it stays so: {page}"


def _health(settings: Settings, flink: FlinkRest, behind: Behind, kind: str) -> Health:
    name = settings.job_name(kind)
    job = flink.find(name)
    if job is None:
        return Health(kind, name, None)
    failures = [each for each in flink.failures(job) if each.ago_ms <= LATELY_MS]
    if not job.alive:
        return Health(kind, name, job, failures)
    checkpoint = flink.checkpoint_age(job.id)
    try:
        records = behind.records(kind, job)
    except KafkaException:
        records = None
    return Health(kind, name, job, failures, checkpoint, records)
