"""What `flink run` is told."""

from pathlib import Path

from contracts.flink_rest import BATCHES
from contracts.settings import Settings
from jobs.batch import STATEMENTS
from wattstream.submission import batch_command


def test_a_batch_that_fails_is_not_started_again() -> None:
    run = batch_command(Settings(), "recompute", {"to-ms": "5"}, Path("jobs.zip")).arguments

    assert "-Drestart-strategy.type=none" in run[: run.index("--python")]
    assert run[-3:] == ["recompute", "--to-ms", "5"]


def test_every_batch_is_known_by_its_name() -> None:
    assert set(STATEMENTS) == set(BATCHES)
