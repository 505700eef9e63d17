"""Waits until the jobs have read everything recorded and written what follows from it."""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rich.console import Console

from adapters.flink import FlinkRest, Job
from adapters.kafka import topic_ends
from adapters.progress import Ends, certainly_read, lag, seemingly_behind
from contracts.jobs import JOBS, READERS
from contracts.settings import Settings
from contracts.topics import area_minutes, minutes, readings
from verification.errors import VerificationError

TIMEOUT_S = 300.0
"""How long a job may go without progress."""

POLL_S = 0.5
INTERVAL_S = 10.0
"""How often a job takes a checkpoint by itself; more would make the archive's files small."""
WATERMARK_S = 0.5
FURTHER_CHECKPOINTS = 2


class NotSettledError(VerificationError):
    """A job is not running, or stands still before it has read everything."""


def wait_until_settled(
    settings: Settings, ends: list[int], console: Console, timeout_s: float = TIMEOUT_S
) -> None:
    """Return when the readers of the log have completed a checkpoint with all records before `ends`
    in it and two more after that, and then the history job one with all that they put out.

    What the last records close goes out with the watermark, which follows them, and files become
    visible when a checkpoint has completed: both are certain two checkpoints later.

    Raises:
        NotSettledError: a job is not running, or has made no progress for `timeout_s`.
        FlinkError: Flink does not answer.
        confluent_kafka.KafkaException: Kafka does not answer.
    """
    with (
        FlinkRest(settings) as flink,
        console.status("waiting for the jobs") as status,
        ThreadPoolExecutor(len(READERS)) as pool,
    ):
        waiting = _Waiting(settings, flink, status.update, timeout_s)
        for kind in JOBS:
            running(flink, settings.job_name(kind))

        def reader(kind: str) -> None:
            waiting.until_read(kind, [(readings(settings), ends)])
            for number in range(FURTHER_CHECKPOINTS):
                # Watermarks go out a few times a second: this one has passed before the checkpoint.
                time.sleep(WATERMARK_S)
                waiting.checkpoint(kind, f"checkpoint {number + 1} of {FURTHER_CHECKPOINTS}")

        for done in [pool.submit(reader, kind) for kind in READERS]:
            done.result()
        rows = (minutes(settings), area_minutes(settings))
        waiting.until_read("history", [(topic, topic_ends(settings, topic)) for topic in rows])


@dataclass(frozen=True)
class _Waiting:
    """For the jobs of a namespace."""

    settings: Settings
    flink: FlinkRest
    say: Callable[[str], None]
    timeout_s: float
    """How long a job may go without progress."""

    def until_read(self, kind: str, ends: Ends) -> None:
        """Return when a checkpoint has been completed with all records before `ends` in it."""
        name = self.settings.job_name(kind)
        least, since = math.inf, time.monotonic()
        while True:
            checkpoint_id = self.checkpoint(kind, "checkpoint")
            job = running(self.flink, name)
            behind = sum(
                lag(certainly_read(self.settings, self.flink, job, topic, checkpoint_id), its_ends)
                for topic, its_ends in ends
            )
            if not behind:
                return
            if behind < least:
                least, since = behind, time.monotonic()
            if time.monotonic() - since > self.timeout_s:
                raise NotSettledError(
                    f"{name} is {behind:,} of {_records(ends):,} records of "
                    f"{' and '.join(topic.name for topic, _ in ends)} behind and has not advanced "
                    f"for {self.timeout_s:.0f} s; it is {job.state}: "
                    f"{self.flink.root_exception(job)}"
                )
            self._until_seemingly_read(job, ends)

    def _until_seemingly_read(self, job: Job, ends: Ends) -> None:
        """Let time pass as long as another checkpoint would only say that there is more to read."""
        until = time.monotonic() + INTERVAL_S
        while time.monotonic() < until:
            behind = seemingly_behind(self.flink, job, ends)
            if behind == 0:
                return
            told = "?" if behind is None else f"{behind:,}"
            self.say(f"waiting for {job.name}: {told} of {_records(ends):,} records behind")
            time.sleep(POLL_S)

    def checkpoint(self, kind: str, words: str) -> int:
        """Take a checkpoint, and another one if it fails; its number."""
        name, deadline = self.settings.job_name(kind), time.monotonic() + self.timeout_s
        self.say(f"waiting for {name}: {words}")
        while True:
            job = running(self.flink, name)
            state = "not taken"
            if job.state == "RUNNING":
                request = self.flink.trigger_checkpoint(job)
                while (state := self.flink.checkpoint_state(job, request)) == "under_way":
                    if time.monotonic() > deadline:
                        break
                    time.sleep(POLL_S / 4)
            if state == "completed":
                return self.flink.checkpoint_id(job, request)
            if time.monotonic() > deadline:
                raise NotSettledError(
                    f"{name} completes no checkpoint (the last is {state}); it is {job.state}: "
                    f"{self.flink.root_exception(job)}"
                )
            time.sleep(POLL_S)


def _records(ends: Ends) -> int:
    return sum(sum(its_ends) for _, its_ends in ends)


def running(flink: FlinkRest, name: str) -> Job:
    """The job of that name.

    Raises:
        NotSettledError: it is not there, or has ended.
    """
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
