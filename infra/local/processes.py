"""Processes that outlive the command that starts them, and are known again by pid and start time.

A pid alone proves nothing, since the system gives it to another process later; with the time the
process was created it does.
"""

import os
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import orjson
import psutil

from contracts.settings import without_settings

SAME_START_S = 2.0
"""The system derives creation times from the wall clock, which may be corrected meanwhile."""

MARK = "WATTSTREAM_STACK_RECORD"
"""Environment variable of a service and its children: the path of their record."""


@dataclass(frozen=True, slots=True)
class Record:
    """A process this project started; it leads a process group of its own."""

    pid: int
    create_time: float
    """Seconds since the epoch."""
    fingerprint: str
    """Of what it was started with; another one says that a restart would change something."""
    stopping: bool = False
    """It was told to end: that it does so is no death."""
    ends_by: int = signal.SIGTERM
    """The signal that tells it to end."""


def start(
    record: Path,
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    fingerprint: str,
    ends_by: signal.Signals = signal.SIGTERM,
) -> Record:
    """Start a command in its own session, its output in `log` (the previous log in `<log>.1`).

    Raises:
        OSError: the program cannot be run.
    """
    record.parent.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**without_settings(os.environ), **environment, MARK: str(record)},
            cwd=record.parent,
            start_new_session=True,
        )
    created = psutil.Process(process.pid).create_time()
    started = Record(process.pid, created, fingerprint, ends_by=ends_by)
    _write(record, started)
    return started


def recorded(record: Path) -> Record | None:
    """What the record says, whether or not the process still lives."""
    try:
        return Record(**orjson.loads(record.read_bytes()))
    except (FileNotFoundError, orjson.JSONDecodeError, TypeError):
        return None


def running(record: Path) -> psutil.Process | None:
    """The recorded process if it lives and is the same one."""
    known = recorded(record)
    if known is None:
        return None
    try:
        process = psutil.Process(known.pid)
        same = abs(process.create_time() - known.create_time) < SAME_START_S
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def family(record: Path) -> list[psutil.Process]:
    """The recorded process and what it started, also what it left behind when it died."""
    known, leader = recorded(record), running(record)
    if known is None:
        return []
    members = [] if leader is None else [leader, *_children(leader)]
    found = {process.pid for process in members}
    left_behind = (
        process
        for process in psutil.process_iter()
        if process.pid not in found and _left_behind(process, known, record)
    )
    return [*members, *left_behind]


def stop(record: Path, timeout_s: float) -> bool:
    """End the recorded process and what it started: its signal, wait, then KILL whatever remains.

    Returns whether there was anything to end. A process that only has the recorded pid is left
    alone. The record is removed in either case.
    """
    members, leader = family(record), running(record)
    if leader is not None:
        known = recorded(record)
        if known is not None:
            _write(record, replace(known, stopping=True))
        leader.send_signal(signal.SIGTERM if known is None else known.ends_by)
        psutil.wait_procs([leader], timeout=timeout_s)
        members += [process for process in family(record) if process not in members]
    for process in members:
        if process.is_running():
            process.kill()
    psutil.wait_procs(members, timeout=timeout_s)
    record.unlink(missing_ok=True)
    return bool(members)


def kill(records: Iterable[Path], timeout_s: float) -> bool:
    """KILL the recorded processes and what they started, or what they left behind, all at once; the
    records stay.

    Returns whether there was anything to kill.
    """
    members = [process for record in records for process in family(record)]
    for process in members:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(members, timeout=timeout_s)
    return bool(members)


def died(record: Path) -> bool:
    """The process ended by itself: there is a record, in which `stop` has not written."""
    known = recorded(record)
    if known is None or known.stopping or running(record) is not None:
        return False
    # It may have been stopped, or started anew, since the record was read.
    return recorded(record) == known


def resident_bytes(processes: Sequence[psutil.Process]) -> int:
    """Resident memory, summed; a process that has gone meanwhile counts nothing."""
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


def _write(record: Path, content: Record) -> None:
    record.write_bytes(orjson.dumps(asdict(content)))


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _left_behind(process: psutil.Process, known: Record, record: Path) -> bool:
    try:
        return (
            os.getpgid(process.pid) == known.pid
            and process.create_time() > known.create_time - SAME_START_S
            and process.status() != psutil.STATUS_ZOMBIE
            and process.environ().get(MARK) == str(record)
        )
    except (psutil.Error, OSError):
        return False
