"""A password of one part is not in the job graph or the logs of another."""

from pathlib import Path
from typing import Any

import pytest

from adapters.flink import FlinkRest
from contracts.jobs import JOBS
from contracts.settings import Settings
from infra.flink.submission import running
from infra.settings import StackSettings, stack_data_dir
from tests.integration.handmade.conftest import CASSANDRA_SECRET, OTHERS_SECRET, REDIS_SECRET

OF = {
    "redis-url": (REDIS_SECRET, ("hot", "watch")),
    "cassandra-password": (CASSANDRA_SECRET, ("history",)),
}
"""What may be in the graphs of the jobs that need it, and in nothing else."""

ALL = (REDIS_SECRET, CASSANDRA_SECRET, OTHERS_SECRET)


def test_flink_tells_no_password(by_hand: Settings) -> None:
    with FlinkRest(by_hand) as rest:
        manager = rest.get("/taskmanagers")["taskmanagers"][0]["id"]
        told: list[Any] = [
            rest.get("/jobmanager/config"),
            rest.get("/jobmanager/environment"),
            rest.get(f"/taskmanagers/{manager}"),
        ]
        for job_id in running(by_hand).values():
            told += [
                rest.get(f"/jobs/{job_id}{about}")
                for about in ("", "/plan", "/config", "/exceptions", "/checkpoints")
            ]

    assert by_hand.job_name("hot") in str(told)
    assert not [secret for secret in ALL if secret in str(told)]


@pytest.mark.parametrize("secret", OF)
def test_only_the_graph_of_its_own_job_has_a_password(by_hand: Settings, secret: str) -> None:
    text, own = OF[secret]
    found = [path for path in files_of_flink(by_hand) if holds(path, text)]

    # Else this would look in the wrong places.
    assert found
    for path in found:
        others = [job for job in JOBS if job not in own and holds(path, by_hand.job_name(job))]
        assert not others, f"{path} has the password of {' and '.join(own)}"
        assert any(holds(path, by_hand.job_name(job)) for job in own)


def test_what_a_shell_has_besides_goes_nowhere(by_hand: Settings) -> None:
    assert not [path for path in files_of_flink(by_hand) if holds(path, OTHERS_SECRET)]


@pytest.mark.parametrize("secret", ALL)
def test_no_log_has_a_password(by_hand: Settings, secret: str) -> None:  # noqa: ARG001
    logs = sorted(StackSettings().log_dir.glob("*"))
    assert logs
    assert not [path for path in logs if holds(path, secret)]


def files_of_flink(settings: Settings) -> list[Path]:
    """What Flink keeps of jobs: graphs, blobs, checkpoints, scratch files."""
    folders = (stack_data_dir(settings) / "flink", StackSettings().run_dir("flink"))
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def holds(path: Path, text: str) -> bool:
    """Whether a file has a text in it; one that is deleted meanwhile has none."""
    try:
        return text.encode() in path.read_bytes()
    except FileNotFoundError:
        return False
