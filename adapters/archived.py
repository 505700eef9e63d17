"""Up to where the readings are in the archive, for certain: what a run of bills may be cut at."""

import time

from adapters.flink import FlinkRest, Job
from adapters.progress import certainly_read
from contracts.errors import OperationError
from contracts.jobs import ARCHIVER
from contracts.settings import Settings
from contracts.topics import readings

FURTHER_CHECKPOINTS = 2
"""A file becomes visible after the checkpoint that has it; two later it is for certain."""
TIMEOUT_S = 300.0
POLL_S = 0.2


class NotArchivedError(OperationError):
    """The job that archives readings does not say how far it is; the message says what to do."""


def archived_until(settings: Settings, timeout_s: float = TIMEOUT_S) -> list[int]:
    """By partition of the readings, the first offset that is not certainly in the archive.

    Raises:
        NotArchivedError: the job does not run, or completes no checkpoint.
        FlinkError: Flink does not answer.
        confluent_kafka.KafkaException: Kafka does not answer.
    """
    with FlinkRest(settings) as flink:
        job = _archiver(flink, settings)
        until = certainly_read(settings, flink, job, readings(settings))
        if until is None:
            return [0] * readings(settings).partitions
        for _ in range(FURTHER_CHECKPOINTS):
            _checkpoint(flink, job, timeout_s)
        return until


def _archiver(flink: FlinkRest, settings: Settings) -> Job:
    name = settings.job_name(ARCHIVER)
    job = flink.find(name)
    if job is None or not job.alive:
        raise NotArchivedError(
            f"{name}, which archives the readings, does not run: submit it with `wattstream "
            "submit`, or go on where its readings end with `wattstream submit --from latest`"
        )
    return job


def _checkpoint(flink: FlinkRest, job: Job, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if flink.take_checkpoint(job, deadline - time.monotonic()) is not None:
            return
        time.sleep(POLL_S)
    raise NotArchivedError(
        f"{job.name}, which archives the readings, has completed no checkpoint for "
        f"{timeout_s:.0f} s; see `wattstream status`"
    )
