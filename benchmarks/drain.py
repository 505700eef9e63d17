"""A stage of the pipeline, from the first record of the log to the last acknowledged write."""

import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from rich.console import Console

from adapters.flink import FlinkRest, Job
from adapters.kafka import topic_ends
from adapters.progress import Ends, seemingly_behind
from benchmarks.cpu import cpu_s
from benchmarks.errors import NotDrainedError
from benchmarks.readings_log import ReadingsLog
from benchmarks.stages import Stage
from contracts.jobs import JOBS, READERS
from contracts.settings import PROJECT, Settings, file_url
from contracts.topics import minutes, readings
from infra.flink import submission
from infra.provision import erase, provision
from infra.settings import StackSettings, flink_state_dirs

MIB = 2**20
LEAST_PAUSE_S, MOST_PAUSE_S = 0.5, 2.0
PAUSE = 1 / 4
"""Of the time that what is left will take: a look costs the job manager, and the task manager, some
tens of milliseconds, and what Flink tells is what it knew at the look before."""
STANDSTILL_S = 180.0
CACHED_S = 0.5
"""How old what Flink tells of a job's failures may be: `web.refresh-interval`."""
METRICS_S = 0.7
"""Longer than between two looks of Flink at its metrics."""
WATERMARK_S = 0.4
"""Twice the time after which Flink sends a watermark on."""


@dataclass(frozen=True, slots=True)
class Drain:
    """What it took to drain the log."""

    stage: str
    events: int
    seconds: float
    """From the moment at which the first reader of the log ran to the completion of the checkpoint
    that follows every record and all that is written of it; a second or two of it are the wait for
    Flink's metrics, which say that the end has come, and for that checkpoint."""
    events_per_s: float
    cpu_s_per_million: dict[str, float]
    """CPU seconds per million events, by process, the start of the jobs included."""
    rows_of_history: int
    """Minutes of meters that went to Cassandra, corrections included."""
    checkpoints: int
    checkpoint_bytes: int
    """The largest one, all jobs together at their largest."""
    checkpoint_s: float
    """The longest one."""
    late_dropped: int | None
    """By windows: it must be 0, or None if there are none."""

    @property
    def checkpoint_mib(self) -> float:
        """The largest checkpoint, in the unit of a table."""
        return self.checkpoint_bytes / MIB


def drain(
    settings: Settings,
    stage: Stage,
    log: ReadingsLog,
    console: Console,
    *,
    parallelism: int | None = None,
) -> Drain:
    """Submit a stage's jobs and wait until the log is drained; they go on running. What earlier
    jobs made is deleted first.

    Args:
        parallelism: The cluster's default if None.

    Raises:
        NotDrainedError: a job fails, restarts, or makes no progress.
        FlinkError: a job does not start, or Flink does not answer.
    """
    erase(settings, keep_readings=True)
    provision(settings)
    stack = StackSettings()
    with FlinkRest(settings) as rest, console.status(f"{stage.name}: starting") as status:
        before = cpu_s(stack)
        ids = _submit(settings, rest, stage, console, parallelism)
        began = min(_ran_at(rest, each) for job, each in ids.items() if job in READERS)
        finished = began
        for job in (each for each in JOBS if each in ids):
            # All that a job reads is there: those who write it come first.
            topics = [
                (topic, log.ends if of is readings else topic_ends(settings, topic))
                for of in JOBS[job].reads
                for topic in [of(settings)]
            ]
            name = settings.job_name(job)
            finished = _drained_at(rest, name, topics, status.update)
        after = cpu_s(stack)
        used = {process: seconds - before.get(process, 0.0) for process, seconds in after.items()}
        rows = sum(topic_ends(settings, minutes(settings))) if "history" in ids else 0
        states = [rest.get(f"/jobs/{each}/checkpoints") for each in ids.values()]
        late_dropped = settled(rest, ids.values(), "", r".*numLateRecordsDropped")
    seconds = finished - began
    return Drain(
        stage=stage.name,
        events=log.events,
        seconds=seconds,
        events_per_s=log.events / seconds,
        cpu_s_per_million={each: used[each] / log.events * 1e6 for each in sorted(used)},
        rows_of_history=rows,
        checkpoints=sum(each["counts"]["completed"] for each in states),
        checkpoint_bytes=sum(each["summary"]["state_size"]["max"] for each in states),
        checkpoint_s=max(each["summary"]["end_to_end_duration"]["max"] for each in states) / 1_000,
        late_dropped=late_dropped,
    )


def settled(rest: FlinkRest, job_ids: Collection[str], task: str, metric: str) -> int | None:
    """A metric of jobs at rest, added over all of them, None if nothing has it; see
    `FlinkRest.totals`."""

    def told() -> int | None:
        found = [total for each in job_ids for total in rest.totals(each, task, metric).values()]
        return sum(found) if found else None

    # Flink looks anew only when it is asked, not if it has looked just before, and answers with
    # what it knew until then.
    for _ in range(2):
        told()
        time.sleep(METRICS_S)
    return told()


def _submit(
    settings: Settings,
    rest: FlinkRest,
    stage: Stage,
    console: Console,
    parallelism: int | None,
) -> dict[str, str]:
    package = submission.pack(settings, PROJECT, (*submission.PACKAGES, "benchmarks"))
    checkpoints, _ = flink_state_dirs(settings)
    command = submission.flink_run(
        settings,
        submission.detached(parallelism),
        package,
        PROJECT / "benchmarks" / "stage_job.py",
        [
            stage.name,
            *("--checkpoints-url", file_url(checkpoints)),
        ],
    )
    submission.show_command(command, console)
    return submission.run_client(rest, command, {job: settings.job_name(job) for job in stage.jobs})


def _ran_at(rest: FlinkRest, job_id: str) -> float:
    """When the last task of a job began to run, seconds since the epoch."""
    moments = []
    for vertex in rest.get(f"/jobs/{job_id}")["vertices"]:
        for subtask in rest.get(f"/jobs/{job_id}/vertices/{vertex['id']}")["subtasks"]:
            # Flink counts from when it began to deploy the task.
            spent = subtask["status-duration"]
            before_ms = sum(max(spent.get(state, 0), 0) for state in ("DEPLOYING", "INITIALIZING"))
            moments.append(subtask["start-time"] + before_ms)
    return float(max(moments)) / 1_000


def _drained_at(
    rest: FlinkRest,
    name: str,
    topics: Ends,
    say: Callable[[str], None],
) -> float:
    """When the job completed a checkpoint that follows every record before these ends of the
    topics, seconds since the epoch."""
    least, since = math.inf, time.monotonic()
    while True:
        job = rest.find(name)
        if job is None:
            raise NotDrainedError(f"{name} did not run to the end of the log: it is gone")
        if job.state != "RUNNING":
            raise NotDrainedError(f"{name} did not run to the end of the log: {_cause(rest, job)}")
        behind = seemingly_behind(rest, job, topics)
        if behind == 0 and (at := _checkpoint_at(rest, job)) is not None:
            # It may have done so between two looks.
            if rest.get(f"/jobs/{job.id}")["timestamps"]["RESTARTING"]:
                raise NotDrainedError(f"{name} restarted on its way: {_cause(rest, job)}")
            return at
        now = time.monotonic()
        pause = pause_s(least, behind, now - since)
        if behind is not None and behind < least:
            least, since = behind, now
        if now - since > STANDSTILL_S:
            raise NotDrainedError(
                f"{name} stands still, {behind} records behind: {_cause(rest, job)}"
            )
        say(f"{name}: {'?' if behind is None else f'{behind:,}'} records behind")
        time.sleep(pause)


def _cause(rest: FlinkRest, job: Job) -> str:
    time.sleep(CACHED_S)
    return rest.root_exception(job)


def pause_s(before: float, behind: int | None, apart_s: float) -> float:
    """How long not to look at a job that was so many records behind when it last came nearer to the
    end (infinitely many before the first look), and now, so long after, is so many."""
    if behind is None or behind >= before:
        return LEAST_PAUSE_S
    left_s = behind * apart_s / (before - behind)
    return min(max(PAUSE * left_s, LEAST_PAUSE_S), MOST_PAUSE_S)


def _checkpoint_at(rest: FlinkRest, job: Job) -> float | None:
    """When a checkpoint that is begun now was completed; None if it failed."""
    # The watermark of the last records goes out within this time, and closes their windows.
    time.sleep(WATERMARK_S)
    return None if rest.take_checkpoint(job) is None else time.time()
