"""When a job does its work, when it only seems to, and what is said of it."""

from dataclasses import replace

import pytest

from adapters.flink import CheckpointAge, Failure, Job
from contracts.settings import Settings
from infra.flink.health import Health, advice

FLINK = "http://127.0.0.1:18081"
SETTINGS = Settings(namespace="demo", flink_rest_url=FLINK)
CAUSE = "java.lang.ClassNotFoundException: com.github.luben.zstd.Zstd [red]"
INTERVAL_MS = 10_000


def job(kind: str, state: str = "RUNNING", *, all_tasks_run: bool = True) -> Job:
    """A job of the namespace."""
    return Job("5f6067a4", SETTINGS.job_name(kind), state, all_tasks_run)


def failed(*ago_ms: int) -> list[Failure]:
    """Failures so long ago."""
    return [Failure(each, CAUSE) for each in ago_ms]


WELL = Health(
    "hot", "demo-hot", job("hot"), [], CheckpointAge(7_000, INTERVAL_MS), behind=1_234_567_890
)
CIRCLING = Health(
    "cold",
    "demo-cold",
    job("cold"),
    failed(2_000, 12_000, 22_000),
    CheckpointAge(400_000, INTERVAL_MS),
    behind=20,
)
STOPPED = Health("history", "demo-history", job("history", "CANCELED", all_tasks_run=False))


def test_one_that_seems_to_run_between_two_failures_circles() -> None:
    assert (CIRCLING.state, CIRCLING.circles, CIRCLING.well) == ("in a circle", True, False)
    between = replace(CIRCLING, job=job("cold", "RESTARTING", all_tasks_run=False))
    assert (between.state, between.well) == ("in a circle", False)


def test_one_that_has_completed_a_checkpoint_since_does_not() -> None:
    recovered = replace(CIRCLING, checkpoint=CheckpointAge(1_999, INTERVAL_MS))

    assert (recovered.state, recovered.circles, recovered.well) == ("running", False, True)


def test_two_failures_are_no_circle() -> None:
    twice = replace(CIRCLING, failures=failed(2_000, 12_000))

    assert (twice.state, twice.well) == ("running", True)


@pytest.mark.parametrize(
    ("state", "all_tasks_run", "told", "submitted"),
    [
        ("RUNNING", True, "running", True),
        ("RUNNING", False, "starting", True),
        ("RESTARTING", False, "restarting", True),
        ("FAILED", False, "failed", True),
        ("CANCELED", False, "not running", False),
        ("FINISHED", False, "not running", False),
    ],
)
def test_only_one_all_of_whose_tasks_run_is_well(
    state: str, all_tasks_run: bool, told: str, submitted: bool
) -> None:
    health = replace(WELL, job=job("hot", state, all_tasks_run=all_tasks_run))

    assert (health.state, health.submitted) == (told, submitted)
    assert health.well == (told == "running")


def test_advice_names_the_job_the_cause_and_the_way_on() -> None:
    told = advice(SETTINGS, CIRCLING)

    for part in (
        "demo-cold restarts in a circle, 3 times in the last 5 minutes, the last 2 s ago",
        CAUSE,
        "`wattstream stop -n demo`",
        f"{FLINK}/#/job/5f6067a4/exceptions",
    ):
        assert part in told


def test_advice_for_one_that_has_failed_for_good_is_to_submit_it() -> None:
    told = advice(SETTINGS, replace(CIRCLING, job=job("cold", "FAILED"), checkpoint=None))

    assert f"failed for good: {CAUSE}" in told
    assert "`wattstream submit --from latest -n demo`" in told


def test_advice_for_one_that_is_missing_is_to_begin_them_all_again() -> None:
    for missing in (STOPPED, replace(STOPPED, job=None)):
        assert "demo-history does not run, and others of demo do" in advice(SETTINGS, missing)
