"""The file that imports are measured with, the importer as a process, and what is said of it."""

from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.errors import BenchmarkError
from benchmarks.files import HALF_HOURS, nmi, write_nem12
from benchmarks.imports import Outcome, Pass, content, once, tables
from exchange.formats import nem12
from tests.unit.exchange.files import outcome

METERS, DAYS = 4, 3
VALUES = METERS * DAYS * HALF_HOURS


def test_the_file_says_what_is_held_against_history(tmp_path: Path) -> None:
    path = tmp_path / "half-hours.csv"
    taken_wh = write_nem12(path, METERS, DAYS)
    with path.open("rb") as file:
        found = outcome(nem12.read(file))
    assert found.tally.values == found.tally.blocks == VALUES
    assert [found.amounts(nmi(each)).sum() for each in range(METERS)] == [
        1_000 * each for each in taken_wh
    ]
    assert len(set(taken_wh)) == METERS


def test_the_importer_is_measured_as_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATTSTREAM_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "half-hours.csv"
    write_nem12(path, METERS, DAYS)
    read = once("read", VALUES, [path, "--check"])
    assert read.values_per_s == VALUES / read.seconds
    assert read.cpu_s > 0
    assert read.peak_mib > 10
    with pytest.raises(BenchmarkError, match=r"ended with 1: (?s:.*)no such file"):
        once("read", VALUES, [tmp_path / "nowhere.csv", "--check"])


def test_it_is_told_on_80_columns_and_as_json() -> None:
    passes = (Pass("read, sent, acknowledged", 175_200_000, 900.0, 700.5, 180.0),)
    told = Outcome(10_000, 365, 2**30, passes, 4_000.0, 184.0, {"kafka": 1.5}, right=True)
    console = Console(width=80, record=True)
    console.print(tables(told))
    text = console.export_text()
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "194,667" in text
    assert "right" in text
    said = content(told, "wattstream bench imports")
    assert said["values"] == 175_200_000
    assert said["in_history_s"] == 4_000.0
