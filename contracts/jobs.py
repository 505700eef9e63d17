"""The jobs of a namespace: what each reads and writes, by which time, and what of it must be kept.

`jobs/<name>.py` says how a job does it, and `Settings.job_name` what Flink calls it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.settings import Settings
from contracts.topics import Topic, alerts, area_minutes, minutes, periods, readings, rejects

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
    archives: bool = False
    """It writes the archive, in which nothing replaces what is there: begun anew without its state,
    or with an older one, it would archive readings twice."""

    @property
    def reads_readings(self) -> bool:
        """Whether it begins at the topic's beginning unless it is given a state to go on from; the
        others go on from what their consumer group has committed."""
        return readings in self.reads


JOBS = {
    job.name: job
    for job in (
        Job(
            "hot",
            reads=(readings,),
            writes=(minutes, periods, area_minutes),
            watermark_delay_ms=lambda settings: settings.on_time_ms,
        ),
        Job(
            "cold",
            reads=(readings,),
            writes=(rejects,),
            watermark_delay_ms=lambda settings: settings.slack_ms,
            archives=True,
        ),
        # Minutes are a sixtieth of the readings.
        Job("history", reads=(minutes, periods, area_minutes, alerts), parallelism=0.5),
    )
}
"""By name. Whoever reads what another one writes comes after it."""

READERS = tuple(name for name, job in JOBS.items() if job.reads_readings)
"""The jobs that read the readings."""

(ARCHIVER,) = (name for name, job in JOBS.items() if job.archives)
"""The job that writes the archive."""

BATCHES = ("recompute",)
"""The jobs that end by themselves, run over the archive now and then; named alike."""
