"""Processes are known again by pid and start time, and no other process is ever ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import orjson
import psutil
import pytest

from infra.local import processes
from infra.local.processes import Record

SLEEP = (sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(600)")
DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('awake', flush=True); time.sleep(600)",
)
PARENT = (
    sys.executable,
    "-c",
    f"import subprocess; child = subprocess.Popen({list(SLEEP)!r}); child.wait()",
)
ENOUGH_S = 120.0


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Path]:
    """Path of a record; what it names is ended after the test."""
    path = tmp_path / "run" / "sleeper.json"
    yield path
    processes.stop(path, timeout_s=0.1)


@pytest.fixture
def stranger() -> Iterator[psutil.Process]:
    """A process that the stack did not start."""
    process = subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL, start_new_session=True)
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


def start(
    record: Path, command: tuple[str, ...] = SLEEP, ends_by: signal.Signals = signal.SIGTERM
) -> Record:
    """Start a command and wait until its output says that it runs."""
    log = record.parent / "sleeper.log"
    started = processes.start(record, command, {}, log, "today's settings", ends_by)
    deadline_s = time.monotonic() + ENOUGH_S
    while "awake" not in log.read_text():
        assert time.monotonic() < deadline_s, f"{command} never ran: {log.read_text()}"
        psutil.wait_procs([psutil.Process(started.pid)], timeout=0.01)
    return started


POLITE = (
    sys.executable,
    "-c",
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "signal.signal(signal.SIGINT, lambda *_: (print('told', flush=True), sys.exit())); "
    "print('awake', flush=True); time.sleep(600)",
)


def test_a_process_is_told_to_end_by_its_own_signal(record: Path) -> None:
    start(record, POLITE, signal.SIGINT)

    assert processes.stop(record, ENOUGH_S)

    assert "told" in (record.parent / "sleeper.log").read_text()


def test_a_started_process_is_found_again(record: Path) -> None:
    started = start(record)

    found = processes.running(record)

    assert found is not None
    assert found.pid == started.pid
    assert processes.recorded(record) == started
    assert processes.resident_bytes(processes.family(record)) > 0


def test_it_leads_its_own_session(record: Path) -> None:
    started = start(record)

    assert os.getsid(started.pid) == started.pid != os.getsid(0)


def test_stop_ends_it_and_forgets_it(record: Path) -> None:
    started = start(record)

    assert processes.stop(record, ENOUGH_S)

    assert not psutil.pid_exists(started.pid)
    assert not record.exists()
    assert not processes.stop(record, ENOUGH_S)


def test_stop_kills_what_ignores_the_signal(record: Path) -> None:
    started = start(record, DEAF)

    assert processes.stop(record, timeout_s=0.2)

    assert not psutil.pid_exists(started.pid)


def test_stop_ends_children_too(record: Path) -> None:
    start(record, PARENT)
    members = processes.family(record)
    assert len(members) == 2

    processes.stop(record, ENOUGH_S)

    assert not any(process.is_running() for process in members)


def test_children_are_found_after_their_parent_was_killed(record: Path) -> None:
    started = start(record, PARENT)
    (child,) = (each for each in processes.family(record) if each.pid != started.pid)
    psutil.Process(started.pid).kill()
    psutil.wait_procs([psutil.Process(started.pid)], timeout=ENOUGH_S)

    assert processes.running(record) is None
    assert processes.stop(record, ENOUGH_S)

    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_kill_ends_it_with_its_children_and_keeps_the_record(record: Path) -> None:
    started = start(record, PARENT)
    members = processes.family(record)
    assert not processes.died(record)

    assert processes.kill([record], ENOUGH_S)

    assert not any(process.is_running() for process in members)
    assert processes.recorded(record) == started
    assert processes.died(record)
    assert not processes.kill([record], ENOUGH_S)


def test_what_was_stopped_has_not_died(record: Path) -> None:
    start(record)
    processes.stop(record, ENOUGH_S)

    assert not processes.died(record)


def test_what_is_being_stopped_has_not_died(record: Path) -> None:
    start(record)

    with ThreadPoolExecutor() as pool:
        stopped = pool.submit(processes.stop, record, ENOUGH_S)
        while not stopped.done():
            assert not processes.died(record)


def test_a_process_with_the_recorded_pid_but_another_start_is_left_alone(
    record: Path, stranger: psutil.Process
) -> None:
    hour_ago = Record(stranger.pid, stranger.create_time() - 3_600, "")
    record.parent.mkdir()
    record.write_bytes(orjson.dumps(asdict(hour_ago)))

    assert processes.running(record) is None
    assert not processes.stop(record, ENOUGH_S)

    assert stranger.is_running()
    assert stranger.status() != psutil.STATUS_ZOMBIE


def test_the_start_time_alone_decides(record: Path, stranger: psutil.Process) -> None:
    same = Record(stranger.pid, stranger.create_time(), "")
    record.parent.mkdir()
    record.write_bytes(orjson.dumps(asdict(same)))
    assert processes.running(record) is not None

    record.write_bytes(orjson.dumps(asdict(replace(same, create_time=same.create_time + 60))))
    assert processes.running(record) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": 1}', b"null"])
def test_an_unreadable_record_names_nothing(record: Path, content: bytes) -> None:
    record.parent.mkdir()
    record.write_bytes(content)

    assert processes.recorded(record) is None
    assert processes.family(record) == []


def test_the_previous_log_is_kept(record: Path) -> None:
    start(record)
    processes.stop(record, ENOUGH_S)
    start(record)

    assert "awake" in (record.parent / "sleeper.log.1").read_text()


def test_a_process_inherits_no_setting_of_whoever_starts_it(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATTSTREAM_CASSANDRA_PASSWORD", "secret")
    monkeypatch.setenv("SOMETHING_ELSE", "there")

    started = start(record)

    environment = psutil.Process(started.pid).environ()
    assert environment["SOMETHING_ELSE"] == "there"
    assert "secret" not in environment.values()
