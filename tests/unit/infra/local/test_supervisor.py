"""What died is started again, ever more slowly if it dies again; what was stopped is left alone."""

import multiprocessing
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from contracts.settings import Settings
from infra.errors import StackError
from infra.local import processes, supervisor
from infra.local.supervisor import Restarts
from infra.settings import StackSettings

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")
END = (sys.executable, "-c", "")
ENOUGH_S = 120.0


class Stack:
    """A folder of records, and a supervisor that restarts what they name."""

    def __init__(self, folder: Path) -> None:
        self.settings = StackSettings(local_dir=folder)
        self.asked: list[str] = []
        self.command = SLEEP
        self.stop = threading.Event()
        self.thread = threading.Thread(
            target=supervisor.supervise, args=(self.settings, self.restart, self.stop)
        )

    def start(self, name: str) -> int:
        log = self.settings.log_dir / f"{name}.log"
        return processes.start(self.settings.record(name), self.command, {}, log, "").pid

    def restart(self, name: str) -> BaseProcess:
        self.asked.append(name)
        process = multiprocessing.get_context("fork").Process(target=self.start, args=(name,))
        process.start()
        return process

    def pid(self, name: str) -> int | None:
        process = processes.running(self.settings.record(name))
        return process.pid if process else None


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack without services; whatever a test starts is ended after it."""
    made = Stack(tmp_path)
    supervisor.service(Settings(), made.settings).prepare()
    yield made
    made.stop.set()
    if made.thread.ident is not None:
        made.thread.join()
    for record in made.settings.run_dir("").glob("*.json"):
        processes.stop(record, timeout_s=1)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ENOUGH_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def looks(stack: Stack, more_than: int = 0) -> int:
    """When the supervisor last looked, once that is later than `more_than` (ns)."""
    pulse = stack.settings.run_dir(supervisor.NAME) / "pulse"
    until(lambda: pulse.exists() and pulse.stat().st_mtime_ns > more_than)
    return pulse.stat().st_mtime_ns


def test_a_killed_service_runs_again_and_the_others_are_left_alone(stack: Stack) -> None:
    killed, other = stack.start("killed"), stack.start("other")
    stack.thread.start()

    psutil.Process(killed).kill()

    until(lambda: stack.pid("killed") not in (None, killed))
    assert stack.pid("other") == other
    assert stack.asked == ["killed"]


def test_a_service_that_was_stopped_stays_down(stack: Stack) -> None:
    stack.start("stopped")
    stack.thread.start()

    processes.stop(stack.settings.record("stopped"), ENOUGH_S)
    begun_before = looks(stack, more_than=time.time_ns())
    looks(stack, more_than=begun_before)

    assert stack.asked == []


def test_a_service_that_dies_at_once_is_started_again_and_again(stack: Stack) -> None:
    stack.command = END
    stack.start("hopeless")
    stack.thread.start()

    until(lambda: len(stack.asked) >= 3)


def test_each_restart_in_a_row_waits_longer_than_the_last_up_to_a_limit() -> None:
    waits = [Restarts(in_a_row, last_s=100.0).due_s() - 100.0 for in_a_row in range(9)]

    assert waits == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_a_supervisor_that_looks_is_ready_and_one_that_hangs_is_not(stack: Stack) -> None:
    service = supervisor.service(Settings(), stack.settings)
    with pytest.raises(StackError, match="not looked"):
        service.ready()

    stack.thread.start()
    looks(stack)

    service.ready()
