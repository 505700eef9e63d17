"""That a score is of all that was sent, or says that it is not; doubles are Kafka and Flink."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import verification.wait
import wattstream.told
from adapters.flink import FlinkError, Job
from contracts.settings import Settings
from contracts.topics import readings
from tests.unit.detection.score.test_inputs import write
from wattstream.main import app

ENDS = [7, 5]


class Flink:
    """Has some jobs."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        self.kinds = kinds

    def __call__(self, settings: Settings) -> "Flink":
        self.names = {settings.job_name(kind): kind for kind in self.kinds}
        return self

    def __enter__(self) -> "Flink":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def find(self, name: str) -> Job | None:
        return Job("id", name, "RUNNING", all_tasks_run=True) if name in self.names else None


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """What is waited for and read, in that order; there is a run, and no alert."""
    settings = Settings(namespace="scored", data_dir=tmp_path)
    write(settings)
    monkeypatch.setenv("WATTSTREAM_NAMESPACE", settings.namespace)
    monkeypatch.setenv("WATTSTREAM_DATA_DIR", str(tmp_path))
    found: list[Any] = []

    def ends(its: Settings, topic: object) -> list[int]:
        return ENDS if topic == readings(its) else [1]

    def read(*_: object) -> list[object]:
        found.append("alerts")
        return []

    for module in (verification.wait, wattstream.told):
        monkeypatch.setattr(module, "topic_ends", ends)
    monkeypatch.setattr("detection.score.inputs.read_alerts", read)
    monkeypatch.setattr(verification.wait, "WATERMARK_S", 0.0)
    waiting = verification.wait._Waiting
    monkeypatch.setattr(
        waiting,
        "until_read",
        lambda _, kind, ends: found.append((kind, [until for _, until in ends])),
    )
    monkeypatch.setattr(waiting, "checkpoint", lambda *_: 1)
    return found


@pytest.fixture
def score(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    def run(*arguments: str, jobs: tuple[str, ...] = ("hot", "watch")) -> Result:
        flink = Flink(jobs)
        for module in (verification.wait, wattstream.told):
            monkeypatch.setattr(module, "FlinkRest", flink)
        result = CliRunner().invoke(app, ["score", *arguments])
        assert result.exit_code == 0, (result.output, result.exception)
        return result

    return run


def test_alerts_are_read_when_the_jobs_have_told_of_all(
    events: list[Any], score: Callable[..., Result]
) -> None:
    result = score("--json")

    # Neither archive nor history have a part in alerts, and may be away.
    assert events == [("hot", [ENDS]), ("watch", [[1], [1]]), "alerts"]
    assert json.loads(result.stdout)["not_told_yet"] is None
    assert "not found" not in result.stderr


@pytest.mark.parametrize("jobs", [(), ("hot",), ("watch",)])
def test_jobs_that_do_not_run_are_said(
    events: list[Any], score: Callable[..., Result], jobs: tuple[str, ...]
) -> None:
    result = score("--json", jobs=jobs)

    missing = "scored-watch" if jobs == ("hot",) else "scored-hot"
    assert events == ["alerts"]
    assert f"counts as not found: Flink has no job {missing}: submit it" in " ".join(
        result.stderr.split()
    )
    assert f"no job {missing}" in json.loads(result.stdout)["not_told_yet"]


def test_a_flink_that_is_away_is_said(
    events: list[Any], score: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise FlinkError("Flink does not answer")

    monkeypatch.setattr(Flink, "find", away)

    assert "counts as not found: Flink does not answer" in " ".join(score().stderr.split())
    assert events == ["alerts"]


def test_without_waiting_it_is_looked_once(
    events: list[Any], score: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {"hot": 12_345, "watch": 0}

    class Behind:
        def __init__(self, *_: object) -> None:
            pass

        def records(self, kind: str, job: Job) -> int:  # noqa: ARG002
            return left[kind]

    monkeypatch.setattr(wattstream.told, "Behind", Behind)

    assert "scored-hot is 12,345 records behind" in " ".join(score("--no-wait").stderr.split())
    left["hot"] = 0
    assert "not found" not in score("--no-wait").stderr
    assert events == ["alerts"] * 2


def test_alerts_of_a_file_are_as_they_are(
    events: list[Any], score: Callable[..., Result], tmp_path: Path
) -> None:
    result = score("--alerts", str(tmp_path / "alerts.jsonl"), jobs=())

    assert events == ["alerts"]
    assert "not found" not in result.stderr
