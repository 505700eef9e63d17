"""One round: jobs, load, faults one after another, and the verdict of the oracle."""

import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from confluent_kafka import KafkaException
from psycopg import OperationalError as PostgresError
from redis import RedisError
from rich.console import Console

from adapters.flink import FlinkError, FlinkRest
from adapters.progress import certainly_read
from chaos.alerts import Raised, raised_since
from chaos.fault import Fault
from chaos.freshness import Freshness
from chaos.load import load
from chaos.recovery import NotRecoveredError, wait_until_recovered
from chaos.scene import SILENT, Scene
from chaos.size import Size
from chaos.writer import Writer
from contracts.errors import OperationError
from contracts.jobs import JOBS, SELDOM
from contracts.settings import PROJECT, Settings
from contracts.topics import Topic, readings
from infra.flink import submission
from infra.provenance import build
from infra.provision import erase, provision
from simulators.errors import SendError, TopicError
from simulators.run.background import BackgroundRun
from simulators.run.summary import Summary
from simulators.sending.closing import pass_time
from simulators.sending.partitions import admin_client, newest_arrivals
from simulators.sending.sender import Sender
from verification.report import Report, show_report, verify

POLL_S = 0.5
START_TIMEOUT_S = 600.0
WRITER_METERS = 50
FAILURES = (
    *(OperationError, TopicError, KafkaException, RedisError, PostgresError),
    subprocess.CalledProcessError,
)
"""What says that the platform is at fault, and not the round: what was asked of it failed, its
topics are not as they must be, or its parts do not answer. A SendError is none, see `run_round`."""


@dataclass(frozen=True, slots=True)
class Harm:
    """What a fault did."""

    fault: str
    recovery_s: float | None
    """From the beginning of the harm until every job has completed a checkpoint and caught up; None
    if that did not happen, or was not waited for."""
    live_stood_still_s: float
    """Longest time without a newer slice in Redis, from the harm to the recovery."""
    remark: str
    alerts: tuple[Raised, ...] | None = None
    """Of Prometheus, until the recovery; None if it did not watch, or that was not waited for."""


@dataclass(frozen=True, slots=True)
class Round:
    """The outcome of a round."""

    seed: int
    began: str
    """When, in UTC."""
    build: str
    """Commit of the jobs, with `-dirty` if they were changed since."""
    harms: tuple[Harm, ...]
    readings: int
    """Messages acknowledged by Kafka, heartbeats not counted."""
    rate: float
    """Of them a second."""
    behind_s: float
    """How far the load was behind its schedule at worst, as when the broker was down."""
    late: int
    rejected: int
    lost: int | None
    doubled: int | None
    """None, as the others, if the stores could not be compared."""
    rejects_repeated: int
    late_dropped: int | None
    """By windows, since the jobs were last restored; None, too, if a job could not be asked."""
    equal: bool
    """Every store holds exactly what it must."""
    problem: str
    """Why there is no verdict, or what differs; empty if all is well."""


def run_round(
    settings: Settings,
    faults: Sequence[Fault],
    size: Size,
    seed: int,
    console: Console,
    project: Path = PROJECT,
    *,
    overlapping: bool = False,
) -> Round:
    """Run the faults one after another under one load in an emptied namespace, and verify.

    Args:
        project: Whose jobs are harmed.
        overlapping: Wait for the recovery from a fault only if the next one needs it.

    Raises:
        FlinkError, StackError: the round could not be made at all.
        SendError: nor could it if the load broke off, since what was to be sent decides what the
            stores must hold.
    """
    began, commit = f"{datetime.now(UTC):%Y-%m-%d %H:%M}", build(project)
    rng = Random(f"{seed} {' '.join(fault.name for fault in faults)}")
    erase(settings)
    provision(settings)
    writer = Writer(settings, WRITER_METERS)
    scene = Scene(settings, size, rng, writer, project)
    harms: list[Harm] = []
    problem = ""
    with ExitStack() as arranged:
        for fault in faults:
            arranged.enter_context(fault.around(scene))
        submission.submit(settings, SILENT, {}, scene.project)
        with load(settings, size, seed) as fleet, Freshness(settings) as freshness, writer:
            try:
                _wait_until_read(settings, fleet, writer)
                for fault, following in zip(faults, [*faults[1:], None], strict=True):
                    scene.pause(*size.calm_s)
                    wait = not overlapping or following is None or following.needs_jobs
                    harms.append(_harm(fault, scene, freshness, console, wait=wait))
                    fleet.raise_error()
                    writer.raise_error()
            except SendError:
                raise
            except FAILURES as error:
                problem = str(error)
                stopped_at = faults[len(harms)].name
                harms.append(Harm(stopped_at, None, freshness.longest_standstill_s, ""))
            summary = fleet.finish()
        if problem:
            _show_failures(settings, console)
        report = None
        try:
            _close_windows(settings)
            report = verify(settings, SILENT)
            if not report.equal:
                show_report(report, console)
        except SendError:
            raise
        except FAILURES as error:
            problem = "; ".join(filter(None, (problem, str(error))))
    erase(settings)
    return _round(seed, began, commit, tuple(harms), summary, report, problem)


def _harm(
    fault: Fault, scene: Scene, freshness: Freshness, console: Console, *, wait: bool
) -> Harm:
    with console.status(f"{fault.name}: harming"):
        freshness.begin()
        began, began_s = time.monotonic(), time.time()
        remark = fault.inject(scene)
    if not wait:
        return Harm(fault.name, None, freshness.longest_standstill_s, remark)
    with console.status(f"{fault.name}: recovering"):
        wait_until_recovered(scene)
        recovery_s = time.monotonic() - began
    console.print(f"{datetime.now():%H:%M:%S} {fault.name}: recovered after {recovery_s:.0f} s")
    standstill_s = freshness.longest_standstill_s
    return Harm(fault.name, recovery_s, standstill_s, remark, raised_since(began_s))


def _wait_until_read(settings: Settings, fleet: BackgroundRun, writer: Writer) -> None:
    """Return when every job has completed a checkpoint with records in it: only a sink that has
    written knows its store."""
    deadline = time.monotonic() + START_TIMEOUT_S
    with FlinkRest(settings) as flink:
        for name, job in JOBS.items():
            topics = [topic_of(settings) for topic_of in job.reads if topic_of not in SELDOM]
            while missing := _missing(settings, flink, settings.job_name(name), topics):
                fleet.raise_error()
                writer.raise_error()
                if time.monotonic() > deadline:
                    raise NotRecoveredError(
                        f"after {START_TIMEOUT_S:.0f} s of load, of the {name} job: {missing}"
                    )
                time.sleep(POLL_S)


def _missing(
    settings: Settings, flink: FlinkRest, name: str, topics: Sequence[Topic]
) -> str | None:
    """What a checkpoint that is begun now lacks: records of each topic, if there are any, and of
    each partition of the first; of the others, which have few keys, some may stay empty."""
    job = flink.find(name)
    if job is None or not job.all_tasks_run:
        cause = flink.root_exception(job) if job else "Flink does not know it"
        return f"not all of its tasks run: {cause}"
    taken = flink.take_checkpoint(job, START_TIMEOUT_S)
    if taken is None:
        return "it completes no checkpoint"
    for place, topic in enumerate(topics):
        read = certainly_read(settings, flink, job, topic, taken) or [0]
        if not (any(read) if place else all(read)):
            return f"it has read {read} records of the partitions of {topic.name}"
    return None


def _show_failures(settings: Settings, console: Console) -> None:
    """What ended the jobs' runs, for whoever asks why a round has a problem."""
    try:
        with FlinkRest(settings) as flink:
            for name in map(settings.job_name, JOBS):
                job = flink.find(name)
                for failure in flink.failures(job) if job else ():
                    console.print(
                        f"{name} fell {failure.ago_ms / 1_000:.0f} s ago: {failure.cause}"
                    )
    except FlinkError as error:
        console.print(str(error))


def _close_windows(settings: Settings) -> None:
    topic, partitions = readings(settings).name, range(settings.readings_partitions)
    newest = newest_arrivals(admin_client(settings), topic, partitions)
    with Sender(settings, "chaos-end") as sender:
        pass_time(sender, max(newest.values()))


def _round(
    seed: int,
    began: str,
    build: str,
    harms: tuple[Harm, ...],
    summary: Summary,
    report: Report | None,
    problem: str,
) -> Round:
    sent = Round(
        seed=seed,
        began=began,
        build=build,
        harms=harms,
        readings=summary.sent,
        rate=summary.rate,
        behind_s=summary.behind_s,
        late=summary.late,
        rejected=summary.malformed,
        lost=None,
        doubled=None,
        rejects_repeated=0,
        late_dropped=None,
        equal=False,
        problem=problem,
    )
    if report is None:
        return sent
    counts, balance, dropped = report.counts, report.balance, report.late_dropped
    examples = [words for each in report.comparisons for words in each.examples[:1]]
    return replace(
        sent,
        readings=counts.sent,
        late=counts.late,
        rejected=sum(counts.rejected.values()),
        lost=balance.lost,
        doubled=balance.doubled,
        rejects_repeated=balance.rejects_repeated,
        late_dropped=None if dropped is None else sum(dropped.values()),
        equal=report.equal and dropped is not None and not problem,
        problem="; ".join(filter(None, [problem, *examples])),
    )
