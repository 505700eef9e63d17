"""Who goes first where processors are short, whatever the kernel shares them by."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from contracts.settings import Settings
from infra.local import priority, processes, stack
from infra.local.priority import LAST_NICE, How
from infra.local.python_service import python_service
from infra.local.services import services
from infra.settings import StackSettings

NICEST = 19
"""Which anybody may be."""
SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")


@pytest.fixture
def sleeper() -> Iterator[int]:
    """A process that leads a session."""
    process = subprocess.Popen(SLEEP, start_new_session=True)
    yield process.pid
    process.kill()
    process.wait()


@pytest.mark.parametrize("by", ["autogroup", "nice"])
def test_a_session_is_as_nice_as_it_is_told_to_be(
    sleeper: int, by: How, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by == "nice":
        monkeypatch.setattr(priority, "in_a_group", lambda *_: True)
    elif priority.how(sleeper) != by:
        pytest.skip("the kernel does not share processors among sessions")

    before = os.getpriority(os.PRIO_PROCESS, sleeper)
    assert priority.give(sleeper, NICEST) == priority.how(sleeper) == by

    assert priority.nice_of(sleeper) == NICEST
    # The other way of saying it is left alone.
    monkeypatch.undo()
    if priority.how(sleeper) == "autogroup":
        assert priority.nice_of(sleeper) == (NICEST if by == "autogroup" else 0)
    processes_nice = os.getpriority(os.PRIO_PROCESS, sleeper)
    assert processes_nice == (before if by == "autogroup" else NICEST)


def test_who_has_ended_is_given_nothing(sleeper: int) -> None:
    os.kill(sleeper, 9)
    os.waitpid(sleeper, 0)

    assert priority.give(sleeper, NICEST) is None
    with pytest.raises(ProcessLookupError):
        priority.nice_of(sleeper)


@pytest.mark.parametrize(
    ("cgroup", "grouped"),
    [
        ("0::/\n", False),
        ("0::/shell\n", False),
        ("0::/box\n", True),
        ("2:cpuset:/x\n1:cpu,cpuacct:/\n0::/\n", False),
        ("4:memory:/x\n1:cpu,cpuacct:/box\n", True),
        ("3:name=a:b:/x\n", False),
    ],
)
def test_sessions_count_for_nothing_where_a_group_has_a_weight(
    tmp_path: Path, cgroup: str, grouped: bool
) -> None:
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "cpu.weight").touch()

    assert priority.in_a_group(cgroup, tmp_path) == grouped


def test_where_nobody_may_go_first_the_jobs_go_last() -> None:
    def niceness(*, may_go_first: bool) -> list[int]:
        return [
            priority.wanted_nice("first", may_go_first=may_go_first),
            priority.wanted_nice("soon", may_go_first=may_go_first),
            priority.wanted_nice("as others", may_go_first=may_go_first),
            priority.wanted_nice("last", may_go_first=may_go_first),
        ]

    assert niceness(may_go_first=True) == [-15, -5, 0, 0]
    assert niceness(may_go_first=False) == [0, 0, 0, 10]


def test_who_is_waited_for_goes_first_and_the_task_manager_last(tmp_path: Path) -> None:
    settings, folder = Settings(data_dir=tmp_path / "data"), StackSettings(local_dir=tmp_path)
    goes = {each.name: each.goes for each in services(settings, folder)}

    assert {name: each for name, each in goes.items() if each != "as others"} == {
        "redis": "first",
        "cassandra": "soon",
        "api": "first",
        "flink-taskmanager": "last",
    }


def test_what_was_found_is_said() -> None:
    assert priority.told({"redis": -15, "api": -15}) == (
        "where processors are short: redis (-15), api (-15) first"
    )
    assert priority.told({"api": -15, "flink-taskmanager": 10}).endswith(
        "api (-15) first; flink-taskmanager (+10) last"
    )
    assert "alike" in priority.told({"redis": 0, "api": 0, "flink-taskmanager": 0})


def test_a_service_goes_where_it_is_to_go_when_it_is_started_and_started_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WATTSTREAM_STACK_LOCAL_DIR", str(tmp_path))
    monkeypatch.setattr(priority, "may_go_first", lambda: False)
    settings, record = Settings(data_dir=tmp_path / "data"), StackSettings().record("sleeper")
    made = python_service("sleeper", SLEEP[1:], {}, StackSettings(), ready=lambda: None)
    sleeper = replace(made, goes="last")
    monkeypatch.setattr(stack, "services", lambda *_: [sleeper])

    def nice() -> int:
        process = processes.running(record)
        assert process is not None
        return priority.nice_of(process.pid)

    stack.start_service(settings, "sleeper", Console(file=StringIO()))
    try:
        assert nice() == LAST_NICE
        stack.kill_services("sleeper")
        stack.restart(settings, "sleeper")
        assert nice() == LAST_NICE
    finally:
        stack.stop_service(settings, "sleeper")
