"""`down` needs nothing but the records of what was started; `wipe` leaves no data; one service can
be stopped, killed and started."""

import sys
from io import StringIO
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from contracts.settings import Settings
from infra import artifacts, prerequisites
from infra.errors import StackError
from infra.local import processes, stack
from infra.local.python_service import python_service
from infra.local.service import Service
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
        for name in ("cassandra", "flink-taskmanager", "supervisor")
    ]

    assert stack.down() == ["supervisor", "flink-taskmanager", "cassandra"]

    assert not any(psutil.pid_exists(each.pid) for each in started)
    assert stack.down() == []


def test_a_stack_is_watched_from_its_beginning_until_it_is_down(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WATTSTREAM_STACK_LOCAL_DIR", str(tmp_path))
    monkeypatch.setattr(prerequisites, "ensure", lambda *_: None)
    monkeypatch.setattr(artifacts, "ensure", lambda *_: None)
    begun: list[Service] = []
    monkeypatch.setattr(stack, "_start", lambda group, _: begun.extend(group))
    monkeypatch.setattr(stack, "await_first_answers", lambda *_: None)
    settings, nowhere = Settings(data_dir=tmp_path / "data"), Console(file=StringIO())
    processes.start(StackSettings().record("bridge"), SLEEP, {}, tmp_path / "bridge.log", "")

    with pytest.raises(StackError, match=r"bridge run, and tell .*wattstream up --watched"):
        stack.up(settings, nowhere, watched=True)
    assert begun == []

    stack.down()
    stack.up(settings, nowhere, watched=True)
    stack.up(settings, nowhere)
    names = [each.name for each in begun]
    # Who only looks comes after those who are looked at.
    assert names[:2] == ["kafka", "zookeeper"]
    assert names.count("prometheus") == names.count("exporter") == 2
    assert names[-3:] == ["exporter", "prometheus", "supervisor"]

    stack.down()
    begun.clear()
    stack.up(settings, nowhere)
    assert not {"prometheus", "exporter"} & {each.name for each in begun}


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


def test_a_service_is_stopped_killed_and_restarted_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WATTSTREAM_STACK_LOCAL_DIR", str(tmp_path))
    settings, record = Settings(data_dir=tmp_path / "data"), StackSettings().record("sleeper")
    sleeper = python_service("sleeper", SLEEP[1:], {}, StackSettings(), ready=lambda: None)
    monkeypatch.setattr(stack, "services", lambda *_: [sleeper])
    nowhere = Console(file=StringIO())

    stack.start_service(settings, "sleeper", nowhere)
    first = processes.running(record)
    stack.start_service(settings, "sleeper", nowhere)
    stack.restart(settings, "sleeper")
    assert processes.running(record) == first is not None

    stack.kill_services("sleeper")
    assert processes.running(record) is None
    with pytest.raises(StackError, match="sleeper does not run"):
        stack.kill_services("sleeper")
    with pytest.raises(StackError, match="sleeper does not run"):
        stack.wait_until_ready(settings, ["sleeper"], timeout_s=0)

    stack.restart(settings, "sleeper")
    stack.wait_until_ready(settings, ["sleeper"], timeout_s=60)
    assert processes.running(record) not in (None, first)

    stack.stop_service(settings, "sleeper")
    stack.restart(settings, "sleeper")
    assert processes.running(record) is None


def test_a_name_that_no_service_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"no service casandra; there are kafka, .*cassandra"):
        stack.stop_service(Settings(data_dir=tmp_path), "casandra")
