"""Waits until the jobs have read everything recorded and written what follows from it."""

import time
from collections.abc import Callable

from rich.console import Console

from adapters.flink import FlinkRest, Job
from adapters.kafka import committed_offsets, topic_ends
from contracts.jobs import JOBS, READERS
from contracts.settings import Settings
from contracts.topics import Topic, area_minutes, minutes, readings
from verification.errors import VerificationError

TIMEOUT_S = 300.0
"""How long a job may go without progress."""

_POLL_S = 1.0
FURTHER_CHECKPOINTS = 2


class NotSettledError(VerificationError):
    """A job is not running, or stands still before it has read everything."""


def wait_until_settled(
    settings: Settings, ends: list[int], console: Console, timeout_s: float = TIMEOUT_S
) -> None:
    """Return when the readers of the log have committed it up to `ends` and two more checkpoints
    after that, and then the history job all that they put out.

    A commit says that a record is in a job's state. What the last records close goes out with the
    watermark, which follows them, and files become visible when a checkpoint has completed: both
    are certain two checkpoints later. A checkpoint comes first: a job that was started from an
    older state finds the commits of its predecessor, which are ahead until it commits its own.

    Raises:
        NotSettledError: a job is not running, or has made no progress for `timeout_s`.
        FlinkError: Flink does not answer.
        confluent_kafka.KafkaException: Kafka does not answer.
    """
    with FlinkRest(settings) as flink, console.status("waiting for the jobs") as status:

        def checkpoints(kind: str, number: int) -> None:
            _wait_for_checkpoints(flink, settings.job_name(kind), number, status.update, timeout_s)

        def offsets(kind: str, topic: Topic, ends: list[int]) -> None:
            _wait_for_offsets(
                settings, flink, settings.job_name(kind), topic, ends, status.update, timeout_s
            )

        for kind in JOBS:
            checkpoints(kind, 1)
        for kind in READERS:
            offsets(kind, readings(settings), ends)
        for kind in READERS:
            checkpoints(kind, FURTHER_CHECKPOINTS)
        for topic in (minutes(settings), area_minutes(settings)):
            offsets("history", topic, topic_ends(settings, topic))


def lag(committed: list[int], ends: list[int]) -> int:
    """Records that the job has not read, over all partitions."""
    return sum(max(end - offset, 0) for offset, end in zip(committed, ends, strict=True))


def _wait_for_offsets(
    settings: Settings,
    flink: FlinkRest,
    name: str,
    topic: Topic,
    ends: list[int],
    say: Callable[[str], None],
    timeout_s: float,
) -> None:
    records = sum(ends)
    least, since = records + 1, time.monotonic()
    while True:
        job = _running(flink, name)
        behind = lag(committed_offsets(settings, name, topic), ends)
        if not behind:
            return
        if behind < least:
            least, since = behind, time.monotonic()
        if time.monotonic() - since > timeout_s:
            raise NotSettledError(
                f"{name} is {behind:,} of {records:,} records of {topic.name} behind and has not "
                f"advanced for {timeout_s:.0f} s; it is {job.state}: {flink.root_exception(job)}"
            )
        say(f"waiting for {name}: {behind:,} of {records:,} records behind")
        time.sleep(_POLL_S)


def _wait_for_checkpoints(
    flink: FlinkRest, name: str, number: int, say: Callable[[str], None], timeout_s: float
) -> None:
    for taken in range(number):
        say(f"waiting for {name}: checkpoint {taken + 1} of {number}")
        since = time.monotonic()
        while not _checkpoint(flink, name, since + timeout_s):
            pass


def _checkpoint(flink: FlinkRest, name: str, deadline: float) -> bool:
    """Take one checkpoint; false if it failed and there is time for another."""
    # Watermarks go out a few times a second: this one has passed before the checkpoint.
    time.sleep(_POLL_S)
    job = _running(flink, name)
    state = "not taken"
    if job.state == "RUNNING":
        request = flink.trigger_checkpoint(job)
        while (state := flink.checkpoint_state(job, request)) == "under_way":
            if time.monotonic() > deadline:
                break
            time.sleep(_POLL_S / 4)
    if state != "completed" and time.monotonic() > deadline:
        raise NotSettledError(
            f"{name} completes no checkpoint (the last is {state}); it is {job.state}: "
            f"{flink.root_exception(job)}"
        )
    return state == "completed"


def _running(flink: FlinkRest, name: str) -> Job:
    job = flink.find(name)
    if job is None:
        raise NotSettledError(
            f"Flink has no job {name}: submit it with `wattstream submit`, or verify what is there "
            "with `wattstream verify --no-wait`"
        )
    if not job.alive:
        raise NotSettledError(
            f"{name} is {job.state}: {flink.root_exception(job)}\nSubmit it again with "
            "`wattstream submit`, or verify what is there with `wattstream verify --no-wait`"
        )
    return job
