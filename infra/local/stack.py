"""Start, show and stop the services of the local stack."""

import fcntl
import hashlib
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from contracts.settings import Settings
from infra import artifacts, prerequisites
from infra.errors import StackError
from infra.local import ports, priority, processes
from infra.local.readiness import await_answers, await_first_answers, problem
from infra.local.service import Service
from infra.local.services import TABLE, Part, kept_alive, services
from infra.settings import StackSettings, stack_data_dir

STOP_TIMEOUT_S = 30.0


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


def up(settings: Settings, console: Console, *, watched: bool = False) -> None:
    """Start what is down and wait until every service answers; what runs is left alone.

    Args:
        watched: By Prometheus, until `down`.

    Raises:
        StackError: a prerequisite is missing, a port is taken, or a service does not come up.
            Services that did come up stay up. Or they run, and tell Prometheus nothing.
    """
    stack = StackSettings()
    wanted = watched or stack.watched.exists()
    prerequisites.ensure(console, prerequisites.RUNS + prerequisites.WATCHES * wanted)
    with _alone(stack):
        if watched:
            _let_it_be_watched(stack)
        artifacts.ensure(stack, console)
        stack_services = services(settings, stack)
        _say_what_is_outdated(stack_services, stack, console)
        at_work = [each for each in stack_services if each.name in kept_alive(stack)]
        watchers = [each for each in stack_services if each not in at_work]
        for group in (at_work, watchers):
            _start(group, stack)
            await_first_answers(group, stack, console)
        _say_who_goes_first(at_work, stack, console)


def start_service(settings: Settings, name: str, console: Console) -> None:
    """Start one service if it is down, and wait until it answers.

    Raises:
        StackError: there is none of that name, its port is taken, or it does not come up.
    """
    stack = StackSettings()
    chosen = _named(settings, stack, [name])
    with _alone(stack):
        _start(chosen, stack)
        await_first_answers(chosen, stack, console)


def stop_service(settings: Settings, name: str) -> None:
    """Stop one service and keep its data; it stays down until someone starts it.

    Raises:
        StackError: there is none of that name.
    """
    stack = StackSettings()
    (service,) = _named(settings, stack, [name])
    with _alone(stack):
        processes.stop(stack.record(service.name), STOP_TIMEOUT_S)


def runs(name: str) -> bool:
    """Whether the process of a service lives."""
    return processes.running(StackSettings().record(name)) is not None


def kill_services(*names: str) -> None:
    """Let services die at once as by `kill -9`, with what they started; the supervisor starts them
    again.

    Raises:
        StackError: one of them does not run.
    """
    records = {name: StackSettings().record(name) for name in names}
    if missing := [name for name, record in records.items() if processes.running(record) is None]:
        raise StackError(f"{missing[0]} does not run; `wattstream status` shows what does")
    processes.kill(records.values(), STOP_TIMEOUT_S)


def restart(settings: Settings, name: str) -> None:
    """Start one service again if its process has died; do not wait for it.

    Raises:
        StackError: there is none of that name, or its port is taken.
    """
    stack = StackSettings()
    chosen = _named(settings, stack, [name])
    with _alone(stack):
        if processes.died(stack.record(name)):
            _start(chosen, stack)


def wait_until_ready(settings: Settings, names: Iterable[str], timeout_s: float) -> None:
    """Wait until services answer, whoever starts them.

    Raises:
        StackError: there is none of a name, or it does not answer in time.
    """
    stack = StackSettings()
    await_answers(_named(settings, stack, names), stack, timeout_s)


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
        # A record of a service that is not known any more is that of a client.
        parts = {
            each: TABLE[each.stem].part if each.stem in TABLE else Part.CLIENT for each in records
        }
        groups = ([each for each in records if parts[each] is part] for part in reversed(Part))
        stopped = [each.stem for group in groups for each in _stopped(group)]
        stack.watched.unlink(missing_ok=True)
        return stopped


def wipe(settings: Settings) -> None:
    """Stop the stack and delete all that it, the jobs and the simulators kept, and the models, of
    every namespace."""
    down()
    for folder in (
        stack_data_dir(settings),
        settings.archive_dir.parent,
        settings.archive_copies_dir.parent,
        settings.recordings_dir.parent,
        settings.fleets_dir.parent,
        settings.batches_dir.parent,
        settings.models_dir.parent,
        settings.job_package.parent,
    ):
        if folder.exists():
            shutil.rmtree(folder)


def _let_it_be_watched(stack: StackSettings) -> None:
    if stack.watched.exists():
        return
    # What tells Prometheus how it does is told so when it is started.
    if running := [name for name in TABLE if processes.running(stack.record(name)) is not None]:
        raise StackError(
            f"{', '.join(running)} run, and tell Prometheus nothing: `wattstream down`, then "
            "`wattstream up --watched`"
        )
    stack.watched.touch()


def _named(settings: Settings, stack: StackSettings, names: Iterable[str]) -> list[Service]:
    known = {service.name: service for service in services(settings, stack)}
    wanted = list(names)
    if strange := [name for name in wanted if name not in known]:
        raise StackError(f"no service {', '.join(strange)}; there are {', '.join(known)}")
    return [known[name] for name in wanted]


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
        processes.kill([stack.record(service.name)], STOP_TIMEOUT_S)
    if taken := ports.taken({n: name for each in stopped for name, n in each.ports.items()}):
        raise StackError("\n".join(str(each) for each in taken))
    for service in stopped:
        for path, text in service.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        service.prepare()
    may_go_first = priority.may_go_first()
    for service in stopped:
        started = processes.start(
            stack.record(service.name),
            service.command,
            service.environment,
            service.log,
            _fingerprint(service),
            service.ends_by,
        )
        nice = priority.wanted_nice(service.goes, may_go_first=may_go_first)
        if nice:
            priority.give(started.pid, nice)


def _state(service: Service, stack: StackSettings) -> State:
    record = stack.record(service.name)
    process, known = processes.running(record), processes.recorded(record)
    return State(
        name=service.name,
        pid=process.pid if process else None,
        ready=problem(service, stack) is None,
        outdated=_is_outdated(service, stack),
        ports=tuple(service.ports.values()),
        resident_bytes=processes.resident_bytes(processes.family(record)) if known else 0,
        log=service.log,
    )


def _say_who_goes_first(
    stack_services: list[Service], stack: StackSettings, console: Console
) -> None:
    chosen = [each for each in stack_services if each.goes != "as others"]
    nices = {}
    for each in chosen:
        process = processes.running(stack.record(each.name))
        if process is not None:
            with suppress(ProcessLookupError):
                nices[each.name] = priority.nice_of(process.pid)
    console.print(priority.told(nices), style="dim")


def _say_what_is_outdated(
    stack_services: list[Service], stack: StackSettings, console: Console
) -> None:
    outdated = [each.name for each in stack_services if _is_outdated(each, stack)]
    if outdated:
        console.print(
            f"{', '.join(outdated)}: started with other settings or jars than now; "
            "`wattstream down` and `wattstream up` apply them",
            style="yellow",
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
    made = (service.command, sorted(service.environment.items()), service.ports, service.files)
    digest = hashlib.sha256(repr(made).encode())
    for path in service.made_of:
        digest.update(path.read_bytes())
    return digest.hexdigest()
