"""`wattstream model`, from files to what judges."""

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl
import pytest
from typer.testing import CliRunner

from contracts.time import DAY_MS
from detection.errors import DataError, ModelError
from detection.unusual.frames import HALF_HOUR_MS
from simulators.errors import FileError
from tests.unit.detection.unusual.homes import MIDNIGHT_MS, homes
from wattstream.commands.model import app

NEW_YEAR = "2013-01-01"


@pytest.fixture(scope="module")
def half_hours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 97 days."""
    hours = homes(15, 97)
    halves = np.repeat(hours.energy_mwh // 2, 2, axis=1) / 1_000
    ends = MIDNIGHT_MS + HALF_HOUR_MS * (1 + np.arange(halves.shape[1]))
    table = pl.DataFrame(
        {
            "meter_id": np.repeat(np.array(hours.meters), halves.shape[1]),
            "ts": np.tile(ends, len(halves)),
            "energy_wh": halves.ravel(),
        }
    )
    path = tmp_path_factory.mktemp("data") / "half_hours"
    table.write_parquet(path)
    return path


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WATTSTREAM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def run(*arguments: object) -> str:
    """What a command says; its error, if it has one."""
    found = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


def test_a_model_is_trained_listed_and_published(
    half_hours: Path, data_dir: Path, tmp_path: Path
) -> None:
    groups = tmp_path / "groups.csv"
    groups.write_text("meter_id,group\n" + "".join(f"home-{n:03},household\n" for n in range(15)))

    assert "no model in" in run("list")
    told = run("train", half_hours, "--groups", groups, "--region", "GB-ENG")
    version = told.partition(":")[0]
    assert "15 meters, 15 by their own hours" in told
    assert run("publish", version, "--valid-from", "2013-04-08T00:00")

    listed = run("list")
    assert version in listed
    assert "2013-04-08T00:00" in listed
    assert all(len(line) <= 80 for line in listed.splitlines())
    folder = data_dir / "models" / "wattstream" / "unusual_use"
    assert orjson.loads((folder / version / "groups.json").read_bytes())["groups"].keys() == {
        "household"
    }


def test_a_broken_version_is_named(half_hours: Path, data_dir: Path) -> None:
    version = run("train", half_hours).partition(":")[0]
    run("publish", version, "--valid-from", "2013-04-08T00:00")
    folder = data_dir / "models" / "wattstream" / "unusual_use"
    (folder / version / "card.json").write_text("{}")

    found = CliRunner().invoke(app, ["list"])

    assert found.exit_code == 1
    assert f"broken: {folder / version} is not what was published" in found.output


def test_too_early_is_refused(half_hours: Path) -> None:
    version = run("train", half_hours).partition(":")[0]

    with pytest.raises(ModelError, match="give 2013-04-08T00:00 or later"):
        run("publish", version, "--valid-from", "2013-04-07T23:00")


def test_what_is_measured_is_shown_in_80_columns(half_hours: Path) -> None:
    shown = run("evaluate", half_hours, "--split", 1, "--split", 2, "--per-1000", 5)

    assert "15 of 15 homes, 97 days" in shown
    assert "min-max" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_what_is_measured_as_json(half_hours: Path) -> None:
    (measured,) = orjson.loads(run("evaluate", half_hours, "--split", 1, "--per-1000", 5, "--json"))

    assert (measured["split"], measured["asked_per_1000"]) == (1, 5)
    assert measured["recall"]["6 kW at 17"] == 1


def test_what_cannot_be_learned_from(tmp_path: Path, half_hours: Path) -> None:
    london = tmp_path / "london.csv"
    london.write_text(f"LCLid,tstp,kWh\nMAC1,{NEW_YEAR} 00:00:00,x\n")

    with pytest.raises(DataError, match="no reading of an electricity meter"):
        run("train")
    with pytest.raises(DataError, match="nowhere: no such file"):
        run("train", tmp_path / "nowhere")
    with pytest.raises(FileError, match=r"london\.csv, line 2"):
        run("train", london)
    with pytest.raises(DataError, match="region is 'XX'"):
        run("train", half_hours, "--region", "XX")
    with pytest.raises(DataError, match="give a CSV file with columns meter_id and group"):
        run("train", half_hours, "--groups", half_hours)


def short(half_hours: Path, folder: Path, days: int) -> Path:
    """The last days of them."""
    path = folder / f"{days}_days"
    begin_ms = MIDNIGHT_MS + (97 - days) * DAY_MS
    pl.read_parquet(half_hours).filter(pl.col("ts") > begin_ms).write_parquet(path)
    return path


def card(data_dir: Path, version: str) -> dict[str, Any]:
    path = data_dir / "models" / "wattstream" / "unusual_use" / version / "card.json"
    found: dict[str, Any] = orjson.loads(path.read_bytes())
    return found


def test_thresholds_of_another_version(half_hours: Path, data_dir: Path, tmp_path: Path) -> None:
    first = run("train", half_hours, "--per-1000", 20).partition(":")[0]
    few = short(half_hours, tmp_path, 30)
    told = run("train", few, "--thresholds", first)
    second = told.partition(":")[0]
    third = run("train", short(half_hours, tmp_path, 60), "--thresholds", second).partition(":")[0]

    assert f"thresholds of {first}, not measured on these homes; there, on 5 homes" in told
    assert "learned from 30 days instead of 56, so more alerts are false; " in told
    assert "(20 asked for)" in told
    # Whose they were at first.
    assert [card(data_dir, each)["thresholds"] for each in (first, second, third)] == [
        None,
        first,
        first,
    ]
    known, taken = card(data_dir, first), card(data_dir, second)
    assert taken["held_out"] == known["held_out"]
    assert (taken["asked_per_1000"], taken["calibrated_from_ms"]) == (20, None)
    assert taken["trained_to_ms"] - taken["trained_from_ms"] == 30 * DAY_MS
    listed = run("list")
    assert listed.count("learned from") == 1
    assert listed.count(f"thresholds of {first}, not measured") == 2
    lines = [line for line in listed.splitlines() if "thresholds of" not in line]
    assert all(len(line) <= 80 for line in lines)


def test_thresholds_that_ship(half_hours: Path, data_dir: Path, tmp_path: Path) -> None:
    told = run("train", short(half_hours, tmp_path, 57), "--thresholds", "london")

    assert "thresholds of london, not measured on these homes; there, on 30 homes" in told
    assert "5.2 false alerts for 1,000 home-days (5 asked for), 60% of what" in told
    version = told.partition(":")[0]
    path = data_dir / "models" / "wattstream" / "unusual_use" / version / "groups.json"
    tau = orjson.loads(path.read_bytes())["tau"]
    assert {name: round(each, 1) for name, each in tau.items()} == {
        "1 h": 2.7,
        "6 h": 5.8,
        "24 h": 5.4,
        "record": 3.4,
        "base": 4.2,
    }


def test_what_no_thresholds_are_there_for(half_hours: Path, tmp_path: Path) -> None:
    few = short(half_hours, tmp_path, 60)
    with pytest.raises(DataError, match="are 97: give more, or take the thresholds of"):
        run("train", few)
    with pytest.raises(DataError, match=r"7 false alerts .* london has thresholds for 1, 5, 20: "):
        run("train", few, "--thresholds", "london", "--per-1000", 7)
    with pytest.raises(ModelError, match=r"no version 'x'; .*`wattstream model list`, or london"):
        run("train", few, "--thresholds", "x")
    with pytest.raises(DataError, match="the data has 27 days: a model needs 28, give more"):
        run("train", short(half_hours, tmp_path, 27), "--thresholds", "london")
