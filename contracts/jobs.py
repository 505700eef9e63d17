"""The jobs of a namespace: what each reads and writes, by which time, and what of it must be kept.

`jobs/<name>.py` says how a job does it, and `Settings.job_name` what Flink calls it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.settings import Settings
from contracts.topics import (
    Topic,
    alert_notes,
    alerts,
    area_minutes,
    facts,
    masters,
    minutes,
    periods,
    readings,
    rejects,
    tenant_months,
)

TopicOf = Callable[[Settings], Topic]


@dataclass(frozen=True, slots=True)
class Job:
    """A job that runs as long as its namespace is there."""

    name: str
    reads: tuple[TopicOf, ...]
    writes: tuple[TopicOf, ...] = ()
    watermark_delay_ms: Callable[[Settings], int] | None = None
    """How far its watermark is behind the arrival; None without event time."""
    parallelism: float = 1.0
    """Of the cluster's default."""
    keeps_state: bool = True
    """What it has read is in its state: without one it begins at its topics' beginnings. Another
    job goes on from what its consumer group has committed."""
    archives: bool = False
    """It writes the archive, in which nothing replaces what is there: begun anew without its state,
    or with an older one, it would archive readings twice."""

    @property
    def reads_readings(self) -> bool:
        """Whether it reads the readings, and nobody puts out what it reads."""
        return readings in self.reads


JOBS = {
    job.name: job
    for job in (
        Job(
            "hot",
            reads=(readings,),
            writes=(minutes, periods, area_minutes, facts),
            watermark_delay_ms=lambda settings: settings.on_time_ms,
        ),
        Job(
            "cold",
            reads=(readings,),
            writes=(rejects,),
            watermark_delay_ms=lambda settings: settings.slack_ms,
            archives=True,
        ),
        # Facts are few, even in a storm.
        Job("watch", reads=(facts, alert_notes), writes=(alerts,), parallelism=0.5),
        # Minutes are a sixtieth of the readings.
        Job(
            "history",
            reads=(minutes, periods, area_minutes, alerts),
            parallelism=0.5,
            keeps_state=False,
        ),
    )
}
"""By name. Whoever reads what another one writes comes after it."""


REFERENCES = {
    job.name: job
    for job in (
        Job(
            "reference_c",
            reads=(readings, masters),
            writes=(tenant_months,),
            watermark_delay_ms=lambda settings: settings.slack_ms,
        ),
    )
}
"""By name: jobs that do as a system of before did, to be compared with. Whoever wants one submits
it beside the others; nothing waits for it."""


def instances(job: str, parallelism: int, settings: Settings) -> int:
    """Parallel instances of a job's tasks where so many are the cluster's default, or are asked
    for; the job takes as many slots."""
    share = JOBS[job].parallelism if job in JOBS else 1
    return max(1, int(min(parallelism, settings.readings_partitions) * share))


READERS = tuple(name for name, job in JOBS.items() if job.reads_readings)
"""The jobs that read the readings."""

(ARCHIVER,) = (name for name, job in JOBS.items() if job.archives)
"""The job that writes the archive."""

FROM_OUTSIDE: tuple[TopicOf, ...] = (readings, alert_notes)
"""Topics that no job writes, but producers and people do."""

SELDOM: tuple[TopicOf, ...] = (facts, alerts, alert_notes)
"""Topics in which there may be nothing for as long as nothing is the matter."""

BATCHES = ("recompute",)
"""The jobs that end by themselves, run over the archive now and then; named alike."""
