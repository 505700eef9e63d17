"""Verification that does not wait for a job that has failed."""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from rich.console import Console

from adapters.flink import FlinkRest
from adapters.kafka import Offsets
from contracts.jobs import READERS
from contracts.settings import Settings
from contracts.topics import readings
from infra.flink.submission import running
from verification.report import Report, verify

POLL_S = 1.0


def verified(settings: Settings, recorded: Sequence[Path] = ()) -> Report:
    """What `wattstream verify` finds once the jobs have read and written everything.

    Args:
        recorded: Recordings of producers that are no simulators.

    Raises:
        AssertionError: a job failed meanwhile; with its root exception.
        VerificationError: there is nothing to verify.
    """
    pool = ThreadPoolExecutor(1)
    try:
        return awaited(pool.submit(verify, settings, Console(), recorded=recorded), settings)
    finally:
        pool.shutdown(wait=False)


def assert_equal(report: Report) -> None:
    """The stores hold exactly what was recorded, and no window dropped a record."""
    assert not [words for comparison in report.comparisons for words in comparison.examples]
    assert report.equal
    assert report.late_dropped
    assert not any(report.late_dropped.values())


def awaited(outcome: "Future[Report]", settings: Settings) -> Report:
    """The outcome, unless a job fails before."""
    while not wait([outcome], POLL_S).done:
        assert_no_job_failed(settings)
    return outcome.result()


def wait_until_both_jobs_have_read_some(settings: Settings) -> None:
    """Return when each reader has completed a checkpoint with records of the topic in it."""
    offsets = Offsets(settings)
    for job in READERS:
        while not any(*offsets.committed(settings.job_name(job), [readings(settings)])):
            assert_no_job_failed(settings)
            time.sleep(POLL_S)
        offsets.forget(settings.job_name(job))


def assert_no_job_failed(settings: Settings) -> None:
    """All jobs run, and none has thrown since it was submitted."""
    with FlinkRest(settings) as rest:
        for job, job_id in running(settings).items():
            history = rest.get(f"/jobs/{job_id}/exceptions")["exceptionHistory"]["entries"]
            assert not history, f"{settings.job_name(job)} failed:\n{history[0]['stacktrace']}"
