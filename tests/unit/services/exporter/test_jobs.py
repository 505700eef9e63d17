"""What Prometheus is told of jobs that run, fail, or were stopped."""

from dataclasses import dataclass, field

import pytest
from confluent_kafka import KafkaError, KafkaException

from adapters.flink import CheckpointAge, Failure, Job
from contracts.jobs import JOBS
from contracts.settings import Settings
from services.exporter import jobs, metrics
from services.exporter.metrics import Metric, Sample

SETTINGS = Settings(namespace="demo")


@dataclass
class Flink:
    """A cluster by what it answers."""

    jobs: dict[str, Job] = field(default_factory=dict)
    ago_ms: list[int] = field(default_factory=list)

    def slots(self) -> None:
        """It answers."""

    def find(self, name: str) -> Job | None:
        return self.jobs.get(name)

    def checkpoint_age(self, _: str) -> CheckpointAge:
        return CheckpointAge(age_ms=7_500, interval_ms=10_000)

    def failures(self, _: Job) -> list[Failure]:
        return [Failure(each, "it broke") for each in self.ago_ms]


@dataclass
class Behind:
    """How far jobs are behind; None if Kafka does not tell."""

    records_: int | None = 42

    def records(self, _kind: str, _job: Job) -> int:
        if self.records_ is None:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        return self.records_


def job(kind: str, state: str = "RUNNING", *, all_tasks_run: bool = True) -> Job:
    return Job(f"id-of-{kind}", SETTINGS.job_name(kind), state, all_tasks_run)


def look(
    monkeypatch: pytest.MonkeyPatch, flink: Flink, behind: Behind | None = None
) -> list[Sample]:
    """All that is told of the namespace."""
    monkeypatch.setattr(jobs, "FlinkRest", lambda *_: flink)
    monkeypatch.setattr(jobs, "Behind", lambda *_: behind or Behind())
    return list(jobs.Jobs(SETTINGS).look([SETTINGS]))


def of(metric: Metric, samples: list[Sample]) -> dict[str, float]:
    """Values by the job."""
    assert all(labels[0] == "demo" for _, labels, _ in samples)
    return {labels[1]: value for its, labels, value in samples if its is metric}


def test_of_jobs_that_run_all_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    flink = Flink({SETTINGS.job_name(kind): job(kind) for kind in JOBS}, [1_000, 299_000, 301_000])

    found = look(monkeypatch, flink)

    assert of(metrics.JOB_RUNS, found) == dict.fromkeys(JOBS, 1)
    assert of(metrics.JOB_BEHIND, found) == dict.fromkeys(JOBS, 42)
    assert of(metrics.JOB_CHECKPOINT_AGE, found) == dict.fromkeys(JOBS, 7.5)
    assert of(metrics.JOB_CHECKPOINT_EACH, found) == dict.fromkeys(JOBS, 10)
    # Of the last five minutes.
    assert of(metrics.JOB_FAILURES, found) == dict.fromkeys(JOBS, 2)
    assert of(metrics.JOB_FAILED_AGO, found) == dict.fromkeys(JOBS, 1)


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"cold": job("cold", "RESTARTING", all_tasks_run=False)},
        {"cold": job("cold", all_tasks_run=False)},
        {"cold": job("cold", "FAILED", all_tasks_run=False)},
        {"cold": job("cold", "CANCELED", all_tasks_run=False)},
    ],
)
def test_one_that_does_not_run_beside_one_that_does_is_missed(
    monkeypatch: pytest.MonkeyPatch, others: dict[str, Job]
) -> None:
    flink = Flink({each.name: each for each in (job("hot"), *others.values())})

    runs = of(metrics.JOB_RUNS, look(monkeypatch, flink))

    assert runs == {**dict.fromkeys(JOBS, 0), "hot": 1}


def test_one_that_failed_for_good_is_missed_and_has_no_age(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = job("hot", "FAILED", all_tasks_run=False)

    found = look(monkeypatch, Flink({failed.name: failed}))

    assert {each.metric for each in found} == {metrics.JOB_RUNS}


def test_of_jobs_that_somebody_stopped_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = [job(kind, "CANCELED", all_tasks_run=False) for kind in JOBS]

    assert look(monkeypatch, Flink({each.name: each for each in stopped})) == []
    assert look(monkeypatch, Flink()) == []


def test_without_kafka_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found = look(monkeypatch, Flink({"demo-hot": job("hot")}), Behind(None))

    assert of(metrics.JOB_BEHIND, found) == {}
    assert of(metrics.JOB_CHECKPOINT_AGE, found) == {"hot": 7.5}
