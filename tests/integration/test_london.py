"""Real meters, an unkind network, and a savepoint in the middle: the stores hold what was sent."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date

import pytest
from rich.console import Console

from contracts.flink_rest import FlinkRest
from contracts.settings import PROJECT, Settings
from simulators.replay import replay_london
from simulators.summary import Summary
from tests.integration.judging import assert_equal, verified, wait_until_both_jobs_have_read_some
from tests.integration.namespaces import fresh_namespace, submit
from verification.stores.offsets import committed_offsets, topic_ends
from wattstream import submission
from wattstream.cli import app

EXTRACT = PROJECT / "simulators" / "data" / "lcl_extract.csv.gz"
HOMES, DAYS, HALF_HOURS = 10, 4, 48
SPEED = "6000"
"""Four days take a minute: time enough to stop and start the jobs while readings come."""


@pytest.fixture
def london(stack: Settings) -> Iterator[Settings]:
    """Settings of a namespace with all jobs and nothing sent."""
    with fresh_namespace(stack, "test_london") as settings:
        submit(settings)
        yield settings


@contextmanager
def replaying(settings: Settings) -> Iterator["Future[Summary]"]:
    """Four days of January 2013 on their way, with late, repeated and broken messages."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(
            replay_london,
            settings,
            EXTRACT,
            start=date(2013, 1, 7),
            end=date(2013, 1, 7 + DAYS),
            late=0.1,
            late_max="6h",
            repeat=0.05,
            malformed=0.02,
            seed=7,
            speed=SPEED,
            console=Console(quiet=True),
            stop=stop,
        )
        try:
            yield sending
        finally:
            stop.set()


def wattstream(settings: Settings, *arguments: str) -> None:
    """A command of the command line in the namespace."""
    app([*arguments, "--namespace", settings.namespace], standalone_mode=False)


def test_nothing_is_lost_or_counted_twice_over_a_savepoint(london: Settings) -> None:
    with replaying(london) as sending:
        wait_until_both_jobs_have_read_some(london)
        wattstream(london, "stop", "--savepoint")
        sent_before = topic_ends(london)
        read_before = [committed_offsets(london, london.job_name(job)) for job in ("hot", "cold")]
        wattstream(london, "submit", "--from", "latest")
        summary = sending.result()

    assert_started_from_savepoints(london)
    assert all(map(any, read_before))
    assert sum(sent_before) < summary.sent + summary.heartbeats - london.readings_partitions
    assert summary.on_time + summary.late + summary.malformed == HOMES * DAYS * HALF_HOURS
    report = verified(london)
    assert_equal(report)
    assert report.counts.open_readings == 0
    assert report.counts.late >= summary.late > 0
    assert report.counts.repeated == summary.repeated > 0
    assert sum(report.counts.rejected.values()) == summary.malformed > 0
    assert report.stored.archived == summary.sent - summary.malformed


def assert_started_from_savepoints(settings: Settings) -> None:
    """The jobs did not begin the topic anew."""
    with FlinkRest(settings) as rest:
        for job_id in submission.running(settings).values():
            restored = rest.get(f"/jobs/{job_id}/checkpoints")["latest"]["restored"]
            assert restored and restored["is_savepoint"]
