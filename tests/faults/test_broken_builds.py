"""Builds that break a promise are found, each by a fault that brings it to light: `make proof`."""

import shutil
from pathlib import Path

import pytest
from rich.console import Console

from chaos.faults import named
from chaos.round import run_round
from chaos.size import SHORT
from contracts.settings import PROJECT, Settings
from tests.support.namespaces import wait_for_slots

SEED = 6

SINK = Path("adapters", "cassandra_history.py")
WRITE = """\
        execute_concurrent(
            self.session,
            ((each, ()) for each in statements),
            concurrency=IN_FLIGHT,
            raise_on_first_error=True,
        )
"""
WRITE_WITHOUT_WAITING = """\
        for each in statements:
            self.session.execute_async(each)
"""

LATENESS = Path("jobs", "sql", "fragments", "is_late.sql")
BY_RECORD = "arrival_ms - ts > ${on_time_limit_ms}"
BY_WATERMARK = """CURRENT_WATERMARK(arrival) IS NOT NULL
        AND TO_TIMESTAMP_LTZ(ts, 3) <= CURRENT_WATERMARK(arrival)"""


def broken(folder: Path, file: Path, right: str, wrong: str) -> Path:
    """A copy of what the jobs are made of, with one passage replaced."""
    for package in ("jobs", "adapters", "contracts"):
        shutil.copytree(PROJECT / package, folder / package)
    text = (folder / file).read_text()
    assert text.count(right) == 1
    (folder / file).write_text(text.replace(right, wrong))
    return folder


def test_what_is_broken_on_purpose_is_there() -> None:
    for file, right in ((SINK, WRITE), (LATENESS, BY_RECORD)):
        assert (PROJECT / file).read_text().count(right) == 1


@pytest.mark.proof
@pytest.mark.parametrize(
    ("fault", "file", "right", "wrong"),
    [
        pytest.param(
            "cassandra-stopped-long",
            SINK,
            WRITE,
            WRITE_WITHOUT_WAITING,
            id="acknowledged-before-write",
        ),
        pytest.param(
            "taskmanager-killed", LATENESS, BY_RECORD, BY_WATERMARK, id="lateness-by-watermark"
        ),
    ],
)
def test_a_broken_build_is_found(
    stack: Settings, tmp_path: Path, fault: str, file: Path, right: str, wrong: str
) -> None:
    settings = stack.model_copy(update={"namespace": "test_broken"})
    wait_for_slots(settings)

    done = run_round(
        settings, [named(fault)], SHORT, SEED, Console(), broken(tmp_path, file, right, wrong)
    )

    assert done.lost is not None, "the stores were not compared"
    assert not done.equal
