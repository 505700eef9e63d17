"""A password of one part is not in the job graph or the logs of another."""

from collections.abc import Sequence
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


@pytest.fixture(scope="module")
def held(by_hand: Settings) -> dict[Path, set[str]]:
    """Which secrets and names of jobs are in the files that Flink keeps of jobs: graphs, blobs,
    checkpoints, scratch files. Those that have none are left out."""
    folders = (stack_data_dir(by_hand) / "flink", StackSettings().run_dir("flink"))
    texts = (*ALL, *map(by_hand.job_name, JOBS))
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    found = {path: texts_in(path, texts) for path in files}
    return {path: texts for path, texts in found.items() if texts}


@pytest.mark.parametrize("secret", OF)
def test_only_the_graph_of_its_own_job_has_a_password(
    by_hand: Settings, held: dict[Path, set[str]], secret: str
) -> None:
    text, own = OF[secret]
    found = {path: texts for path, texts in held.items() if text in texts}

    # Else this would look in the wrong places.
    assert found
    for path, texts in found.items():
        jobs = [job for job in JOBS if by_hand.job_name(job) in texts]
        assert set(jobs) <= set(own), f"{path} has the password of {' and '.join(own)}"
        assert jobs


def test_what_a_shell_has_besides_goes_nowhere(held: dict[Path, set[str]]) -> None:
    assert not [path for path, texts in held.items() if OTHERS_SECRET in texts]


@pytest.mark.parametrize("secret", ALL)
def test_no_log_has_a_password(by_hand: Settings, secret: str) -> None:  # noqa: ARG001
    logs = sorted(StackSettings().log_dir.glob("*"))
    assert logs
    assert not [path for path in logs if texts_in(path, [secret])]


def texts_in(path: Path, texts: Sequence[str]) -> set[str]:
    """Those of the texts that a file has in it; one that is deleted meanwhile has none."""
    try:
        said = path.read_bytes()
    except FileNotFoundError:
        return set()
    return {text for text in texts if text.encode() in said}
