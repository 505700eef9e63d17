"""What `flink run` is told."""

from pathlib import Path

import pytest

from contracts.jobs import BATCHES, REFERENCES
from contracts.settings import PROJECT, Settings
from infra.flink.submission import batch_command, command, reference_command
from jobs.batch import FLOWS


def test_a_batch_that_fails_is_not_started_again() -> None:
    run = batch_command(Settings(), "recompute", {"to-ms": "5"}, Path("jobs.zip")).arguments

    assert "-Drestart-strategy.type=none" in run[: run.index("--python")]
    assert run[-3:] == ["recompute", "--to-ms", "5"]


def test_each_job_goes_on_from_its_own_state() -> None:
    states = {"hot": "file:/a", "cold": "file:/b"}

    run = command(Settings(), Path("jobs.zip"), states, PROJECT, parallelism=3).arguments

    given = run[run.index("--python") + 2 :]
    assert given[0] == "--checkpoints-url"
    assert given[2:] == ["--hot-from", "file:/a", "--cold-from", "file:/b"]
    assert run[run.index("--parallelism") + 1] == "3"


def test_one_job_is_submitted_without_the_others() -> None:
    run = command(
        Settings(), Path("jobs.zip"), {"hot": "file:/a"}, PROJECT, 2, only="hot"
    ).arguments

    given = run[run.index("--python") + 2 :]
    assert given[2:] == ["--only", "hot", "--hot-from", "file:/a"]
    assert run[run.index("--parallelism") + 1] == "2"


@pytest.mark.parametrize("job", REFERENCES)
def test_a_reference_is_a_program_with_checkpoints_of_its_own(job: str) -> None:
    run = reference_command(Settings(), job, Path("jobs.zip")).arguments

    assert Path(run[run.index("--python") + 1]).is_file()
    options = run[: run.index("--python")]
    assert "--detached" in options
    (directory,) = [each for each in options if each.startswith("-Dexecution.checkpointing.dir=")]
    assert directory.endswith(f"/{job}")


def test_every_batch_is_known_by_its_name() -> None:
    assert set(FLOWS) == set(BATCHES)
