"""`down` needs nothing but the records of what was started; `wipe` leaves no data."""

import sys
from pathlib import Path

import psutil
import pytest

from contracts.settings import Settings
from infra import prerequisites, processes, stack
from infra.settings import StackSettings

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")


def test_down_needs_neither_java_nor_addresses_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WATTSTREAM_STACK_LOCAL_DIR", str(tmp_path))
    monkeypatch.setenv("WATTSTREAM_REDIS_URL", "redis://cache:6379/0")
    monkeypatch.setattr(prerequisites, "java_home", lambda: None)
    started = [
        processes.start(StackSettings().record(name), SLEEP, {}, tmp_path / f"{name}.log", "")
        for name in ("cassandra", "flink-taskmanager")
    ]

    assert stack.down() == ["flink-taskmanager", "cassandra"]

    assert not any(psutil.pid_exists(each.pid) for each in started)
    assert stack.down() == []


def test_wipe_deletes_the_data_of_every_namespace_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WATTSTREAM_STACK_LOCAL_DIR", str(tmp_path / "local"))
    data = tmp_path / "data"
    for name in ("stack/kafka/0", "archive/a", "recordings/b", "jobs/c.zip", "fleets/d"):
        (data / name).mkdir(parents=True)
    (data / "london.csv.gz").touch()

    stack.wipe(Settings(data_dir=data))

    assert [path.name for path in data.iterdir()] == ["london.csv.gz"]
