"""Start, show and stop the services of the local stack."""

import fcntl
import hashlib
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from contracts.settings import Settings
from infra import artifacts, ports, prerequisites, processes
from infra.cassandra.service import service as cassandra
from infra.errors import StackError
from infra.flink.service import services as flink
from infra.kafka.service import service as kafka
from infra.redis.service import service as redis
from infra.service import Service
from infra.settings import StackSettings, stack_data_dir

STOP_TIMEOUT_S = 30.0
POLL_S = 0.5
LOG_LINES = 20


@dataclass(frozen=True, slots=True)
class State:
    """What `status` knows of a service."""

    name: str
    pid: int | None
    """None if it is down."""
    ready: bool
    """It answered a real request just now."""
    outdated: bool
    """It was started with another configuration than it would be now."""
    ports: tuple[int, ...]
    resident_bytes: int
    """Of the process and its children."""
    log: Path


def services(settings: Settings, stack: StackSettings) -> list[Service]:
    """All services, in the order in which they are shown.

    Raises:
        StackError: an address is not on this machine, or Java or Flink is missing.
    """
    return [
        kafka(settings, stack),
        cassandra(settings, stack),
        redis(settings, stack),
        *flink(settings, stack),
    ]


def up(settings: Settings, console: Console) -> None:
    """Start what is down and wait until every service answers; what runs is left alone.

    Raises:
        StackError: a prerequisite is missing, a port is taken, or a service does not come up.
            Services that did come up stay up.
    """
    stack = StackSettings()
    prerequisites.ensure(console)
    with _alone(stack):
        artifacts.ensure(stack, console)
        stack_services = services(settings, stack)
        _say_what_is_outdated(stack_services, stack, console)
        _start(stack_services, stack)
        _await(stack_services, stack, console)


def status(settings: Settings) -> list[State]:
    """The state of each service."""
    stack = StackSettings()
    stack_services = services(settings, stack)
    with ThreadPoolExecutor(len(stack_services)) as pool:
        return list(pool.map(lambda service: _state(service, stack), stack_services))


def down() -> list[str]:
    """Stop what this project started and keep all data; returns the names of what it stopped.

    The records say what that is: neither the settings nor Java need be as they were at `up`.
    """
    stack = StackSettings()
    with _alone(stack):
        records = sorted(stack.run_dir("").glob("*.json"))
        # Flink is a client of the others: it goes first, or its jobs would fail and start again.
        clients = [each for each in records if each.stem.startswith("flink")]
        stores = [each for each in records if each not in clients]
        return [each.stem for group in (clients, stores) for each in _stopped(group)]


def wipe(settings: Settings) -> None:
    """Stop the stack and delete all that it, the jobs and the simulators kept, of every
    namespace."""
    down()
    for folder in (
        stack_data_dir(settings),
        settings.archive_dir.parent,
        settings.recordings_dir.parent,
        settings.fleets_dir.parent,
        settings.batches_dir.parent,
        settings.job_package.parent,
    ):
        if folder.exists():
            shutil.rmtree(folder)


def _stopped(records: list[Path]) -> list[Path]:
    """Stop the recorded processes at the same time; returns the records of those that ran."""
    with ThreadPoolExecutor() as pool:
        ended = list(pool.map(lambda record: processes.stop(record, STOP_TIMEOUT_S), records))
    return [record for record, ran in zip(records, ended, strict=True) if ran]


@contextmanager
def _alone(stack: StackSettings) -> Iterator[None]:
    """Let one command at a time change the stack; others wait."""
    lock = stack.run_dir("lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _start(stack_services: list[Service], stack: StackSettings) -> None:
    stopped = [
        each for each in stack_services if processes.running(stack.record(each.name)) is None
    ]
    for service in stopped:
        # Python workers may outlive a task manager that was killed.
        processes.stop(stack.record(service.name), STOP_TIMEOUT_S)
    if taken := ports.taken({name: n for each in stopped for name, n in each.ports.items()}):
        raise StackError("\n".join(str(each) for each in taken))
    for service in stopped:
        for path, text in service.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        service.prepare()
    for service in stopped:
        processes.start(
            stack.record(service.name),
            service.command,
            service.environment,
            service.log,
            _fingerprint(service),
        )


def _await(stack_services: list[Service], stack: StackSettings, console: Console) -> None:
    given_up = threading.Event()
    with (
        Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
        ) as progress,
        ThreadPoolExecutor(len(stack_services)) as pool,
    ):

        def wait(service: Service) -> str | None:
            task = progress.add_task(service.name, total=1)
            failure = _failure(service, stack, given_up)
            if failure is None:
                progress.update(task, completed=1)
            else:
                progress.update(task, description=f"[red]{service.name} failed[/]")
                progress.stop_task(task)
            return failure

        try:
            failures = [failure for failure in pool.map(wait, stack_services) if failure]
        finally:
            given_up.set()
    if failures:
        raise StackError("\n".join(failures))


def _failure(service: Service, stack: StackSettings, given_up: threading.Event) -> str | None:
    """Wait until the service answers; if it does not, the reason and the end of its log."""
    deadline = time.monotonic() + stack.ready_timeout_s
    reason = "was not waited for"
    while not given_up.is_set():
        try:
            service.ready()
            return None
        except Exception as error:  # Each client raises its own.
            reason = f"does not answer: {error}"
        if processes.running(stack.record(service.name)) is None:
            reason = "has ended"
            break
        if time.monotonic() > deadline:
            break
        given_up.wait(POLL_S)
    tail = "\n".join(service.log.read_text(errors="replace").splitlines()[-LOG_LINES:])
    return f"{service.name} {reason}; see {service.log}, its last lines:\n{tail}"


def _state(service: Service, stack: StackSettings) -> State:
    record = stack.record(service.name)
    process, known = processes.running(record), processes.recorded(record)
    return State(
        name=service.name,
        pid=process.pid if process else None,
        ready=process is not None and _answers(service),
        outdated=_is_outdated(service, stack),
        ports=tuple(service.ports.values()),
        resident_bytes=processes.resident_bytes(processes.family(record)) if known else 0,
        log=service.log,
    )


def _answers(service: Service) -> bool:
    try:
        service.ready()
    except Exception:  # Each client raises its own.
        return False
    return True


def _say_what_is_outdated(
    stack_services: list[Service], stack: StackSettings, console: Console
) -> None:
    outdated = [each.name for each in stack_services if _is_outdated(each, stack)]
    if outdated:
        console.print(
            f"[yellow]{', '.join(outdated)}: started with other settings or jars than now; "
            "`wattstream down` and `wattstream up` apply them[/]"
        )


def _is_outdated(service: Service, stack: StackSettings) -> bool:
    record = stack.record(service.name)
    known = processes.recorded(record)
    return (
        known is not None
        and processes.running(record) is not None
        and known.fingerprint != _fingerprint(service)
    )


def _fingerprint(service: Service) -> str:
    """Hash over what decides how the service runs."""
    digest = hashlib.sha256(repr((service.command, service.ports, service.files)).encode())
    for path in service.made_of:
        digest.update(path.read_bytes())
    return digest.hexdigest()
