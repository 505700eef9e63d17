"""Waits until the jobs have read everything recorded and written what follows from it."""

import math
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from rich.console import Console

from adapters.flink import FlinkRest, Job
from adapters.kafka import topic_ends
from adapters.progress import Ends, certainly_read, lag, seemingly_behind
from contracts.jobs import JOBS, READERS
from contracts.settings import Settings
from contracts.topics import Topic, readings
from verification.errors import VerificationError

TIMEOUT_S = 300.0
"""How long a job may go without progress."""

POLL_S = 0.5
INTERVAL_S = 10.0
"""How long to look at a job's metrics before looking at its last checkpoint again."""
WATERMARK_S = 0.5
FURTHER_CHECKPOINTS = 2


class NotSettledError(VerificationError):
    """A job is not running, or stands still before it has read everything."""


def wait_until_settled(
    settings: Settings,
    ends: list[int],
    console: Console,
    timeout_s: float = TIMEOUT_S,
    kinds: Collection[str] = tuple(JOBS),
) -> None:
    """Return when the readers of the log have completed a checkpoint with all records before `ends`
    in it and two more after that, and then each other job one with all that they put out.

    What the last records close goes out with the watermark, which follows them, and files become
    visible when a checkpoint has completed: both are certain two checkpoints later.

    Args:
        kinds: Of the jobs that are waited for; among them are those that read the log for others.

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
        wanted = [kind for kind in JOBS if kind in kinds]
        for kind in wanted:
            running(flink, settings.job_name(kind))

        def reader(kind: str) -> None:
            waiting.until_read(kind, [(readings(settings), ends)])
            for number in range(FURTHER_CHECKPOINTS):
                # Watermarks go out a few times a second: this one has passed before the checkpoint.
                waiting.pause(WATERMARK_S)
                waiting.checkpoint(kind, f"checkpoint {number + 1} of {FURTHER_CHECKPOINTS}")

        try:
            readers = [pool.submit(reader, kind) for kind in wanted if kind in READERS]
            for done in wait(readers, return_when=FIRST_EXCEPTION).done:
                done.result()
        except BaseException:
            waiting.given_up.set()
            raise
        for kind in wanted:
            if kind not in READERS:
                topics = [topic_of(settings) for topic_of in JOBS[kind].reads]
                waiting.until_read(kind, [(each, topic_ends(settings, each)) for each in topics])


class _GivenUpError(NotSettledError):
    """The other reader will not get there."""


@dataclass(frozen=True)
class _Waiting:
    """For the jobs of a namespace."""

    settings: Settings
    flink: FlinkRest
    say: Callable[[str], None]
    timeout_s: float
    """How long a job may go without progress."""
    given_up: threading.Event = field(default_factory=threading.Event)

    def pause(self, seconds: float) -> None:
        """Let time pass, unless there is nothing to wait for any more."""
        if self.given_up.wait(seconds):
            raise _GivenUpError("nobody waits any more")

    def until_read(self, kind: str, ends: Ends) -> None:
        """Return when a checkpoint has been completed with all records before `ends` in it."""
        name = self.settings.job_name(kind)
        least, since, checkpoint_id = math.inf, time.monotonic(), 0
        while True:
            job = running(self.flink, name)
            behind = sum(self._behind(job, topic, until, checkpoint_id) for topic, until in ends)
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
            seemingly_read = self._seemingly_read(job, ends)
            checkpoint_id = self.checkpoint(kind, "checkpoint") if seemingly_read else 0

    def _behind(self, job: Job, topic: Topic, ends: list[int], checkpoint_id: int) -> int:
        read = certainly_read(self.settings, self.flink, job, topic, checkpoint_id)
        return lag(read or [0] * len(ends), ends)

    def _seemingly_read(self, job: Job, ends: Ends) -> bool:
        """Whether the job has read all, by its metrics; tells when it has, and after INTERVAL_S,
        when there is a further checkpoint of the job's own."""
        until = time.monotonic() + INTERVAL_S
        while time.monotonic() < until:
            behind = seemingly_behind(self.flink, job, ends)
            if behind == 0:
                return True
            told = "?" if behind is None else f"{behind:,}"
            self.say(f"waiting for {job.name}: {told} of {_records(ends):,} records behind")
            self.pause(POLL_S)
        return False

    def checkpoint(self, kind: str, words: str) -> int:
        """Take a checkpoint, and another one if it fails; its number."""
        name, deadline = self.settings.job_name(kind), time.monotonic() + self.timeout_s
        self.say(f"waiting for {name}: {words}")
        while True:
            job = running(self.flink, name)
            if job.state == "RUNNING":
                left_s = deadline - time.monotonic()
                taken = self.flink.take_checkpoint(job, left_s, self.pause)
                if taken is not None:
                    return taken
            if time.monotonic() > deadline:
                raise NotSettledError(
                    f"{name} completes no checkpoint; it is {job.state}: "
                    f"{self.flink.root_exception(job)}"
                )
            self.pause(POLL_S)


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
            f"Flink has no job {name}: submit it with `wattstream submit`, or take what is there "
            "with --no-wait"
        )
    if not job.alive:
        raise NotSettledError(
            f"{name} is {job.state}: {flink.root_exception(job)}\nSubmit it again with "
            "`wattstream submit`, or take what is there with --no-wait"
        )
    return job
