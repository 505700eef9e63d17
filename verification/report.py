"""`wattstream verify`: whether the stores hold what the recordings say."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from adapters.archive.location import is_read
from adapters.flink import FlinkRest, Job
from adapters.uncollected import uncollected
from contracts.jobs import JOBS
from contracts.settings import Settings
from verification.comparison.balance import Balance, balance
from verification.comparison.compare import Comparison
from verification.comparison.compare_all import judge
from verification.comparison.summary import show_comparisons, show_counts
from verification.errors import VerificationError
from verification.oracle.expected import Counts, expect
from verification.oracle.log import Log, RecordingError, read_log, recordings
from verification.stores.acknowledged import require_same
from verification.stores.read_back import Found, read_back, read_topic
from verification.wait import wait_until_settled

WINDOW_TASK, LATE_METRIC = "WindowAggregate", r".*\.numLateRecordsDropped"
METRICS_TIMEOUT_S, METRICS_POLL_S = 20.0, 0.3


@dataclass(frozen=True)
class Stored:
    """What the stores hold, in numbers."""

    minutes: int
    """On-time rows of meters' minutes."""
    corrections: int
    meters_live: int
    archived: int


@dataclass(frozen=True)
class Report:
    """The outcome of a verification."""

    counts: Counts
    stored: Stored
    comparisons: list[Comparison]
    balance: Balance
    late_dropped: dict[str, int] | None
    """Records that window operators dropped as late since their job was last (re)started, by
    operator; None if no job could be asked."""

    @property
    def equal(self) -> bool:
        """Whether every store holds exactly what it must, and no window dropped a record."""
        dropped = any((self.late_dropped or {}).values())
        return not dropped and all(comparison.equal for comparison in self.comparisons)


def verify(
    settings: Settings, console: Console, wait: bool = True, recorded: Sequence[Path] = ()
) -> Report:
    """Compare all stores of the namespace with its recordings and print the outcome.

    Args:
        wait: First wait until the jobs have read and written everything; otherwise compare with
            what is there now, running jobs or not.
        recorded: Recordings of producers that are no simulators.

    Raises:
        VerificationError: the archive is not on this machine, there is no whole recording, the
            topic says something else than one of `recorded`, a job does not get on, or a store does
            not answer.
    """
    _check_archive(settings)
    # Without one there may be no topic either, and that would be the lesser news.
    recordings(settings, recorded)
    topic = read_topic(settings, console)
    log = read_log(settings, topic, recorded)
    _check_ends(log, topic.ends)
    for file in recorded:
        require_same(settings, file, console)
    with Progress(console=console, transient=True) as progress, uncollected():
        task = progress.add_task("counting what was sent", total=log.records)
        expected = expect(log, settings, lambda records: progress.advance(task, records))
    if wait:
        wait_until_settled(settings, log.ends, console)
    found = read_back(settings, console)
    report = Report(
        expected.counts,
        _stored(found),
        judge(expected, found),
        balance(expected, found),
        _late_dropped(settings),
    )
    show_report(report, console)
    return report


def show_report(report: Report, console: Console) -> None:
    """Print the counts, the comparisons, and EQUAL or what differs."""
    show_counts(
        report.counts,
        {
            "minutes stored": report.stored.minutes,
            "corrections": report.stored.corrections,
            "meters live": report.stored.meters_live,
            "archive rows": report.stored.archived,
        },
        console,
    )
    show_comparisons(report.comparisons, report.late_dropped, console)
    if report.equal:
        verdict = Text.assemble(
            ("EQUAL", "bold green"), ": the stores hold exactly what was recorded"
        )
    else:
        verdict = Text.assemble(
            ("NOT EQUAL", "bold red"), ": the stores do not hold what was recorded"
        )
    console.print(verdict)


def _check_archive(settings: Settings) -> None:
    if not is_read(settings):
        raise VerificationError(
            f"archive_url is {settings.archive_url}, and verification reads an archive on a disk "
            "or on S3 only: verify a namespace that was submitted without it"
        )


def _check_ends(log: Log, ends: list[int]) -> None:
    for partition, (recorded, end) in enumerate(zip(log.ends, ends, strict=True)):
        if recorded != end:
            raise RecordingError(
                f"partition {partition} of the readings topic ends at offset {end}, the recordings "
                f"at {recorded}: something else wrote to the topic, a simulator is still running, "
                "or the recordings are of an earlier life of it (`wattstream reset` clears both)"
            )


def _stored(found: Found) -> Stored:
    on_time = sum(1 for *_, corrected_at in found.minutes_by_meter if not corrected_at)
    return Stored(
        minutes=on_time,
        corrections=len(found.minutes_by_meter) - on_time,
        meters_live=len({(commodity, meter_id) for commodity, _, meter_id in found.live}),
        archived=len(found.archive),
    )


def _late_dropped(settings: Settings) -> dict[str, int] | None:
    """Drops by window operator; None if a job is not running and cannot be asked."""
    dropped: dict[str, int] = {}
    with FlinkRest(settings) as flink:
        for kind in JOBS:
            job = flink.find(settings.job_name(kind))
            if job is None or job.state != "RUNNING":
                return None
            for operator, records in _late_metrics(flink, job).items():
                dropped[f"{job.name}: {operator}"] = records
    return dropped


def _late_metrics(flink: FlinkRest, job: Job) -> dict[str, int]:
    """Drops by window operator: of all, since Flink collects a metric from when it is asked for."""
    vertices = flink.get(f"/jobs/{job.id}")["vertices"]
    windows = sum(WINDOW_TASK in vertex["name"] for vertex in vertices)
    deadline = time.monotonic() + METRICS_TIMEOUT_S
    while len(found := flink.totals(job.id, WINDOW_TASK, LATE_METRIC)) < windows:
        if time.monotonic() > deadline:
            raise VerificationError(
                f"Flink tells numLateRecordsDropped of {len(found)} of {windows} window operators "
                f"of {job.name} within {METRICS_TIMEOUT_S:.0f} s"
            )
        time.sleep(METRICS_POLL_S)
    return found
