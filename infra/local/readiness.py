"""Wait until services answer."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from infra.errors import StackError
from infra.local import processes
from infra.local.service import Service
from infra.settings import StackSettings

POLL_S = 0.5
LOG_LINES = 20


def problem(service: Service, stack: StackSettings) -> str | None:
    """Why the service cannot be used just now; None if it runs and answers."""
    if processes.running(stack.record(service.name)) is None:
        return "does not run"
    try:
        service.ready()
    except Exception as error:  # Each client raises its own.
        return f"does not answer: {error}"
    return None


def await_first_answers(
    services: Sequence[Service], stack: StackSettings, console: Console
) -> None:
    """Wait until services that were just started answer, and show how far they are.

    Raises:
        StackError: some have ended, or do not answer in time; with the end of their logs.
    """
    given_up = threading.Event()
    with (
        Progress(
            SpinnerColumn(finished_text=Text("✓", style="green")),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=console,
        ) as progress,
        ThreadPoolExecutor(len(services)) as pool,
    ):

        def wait(service: Service) -> str | None:
            task = progress.add_task(service.name, total=1)
            failure = _failure(service, stack, given_up)
            if failure is None:
                progress.update(task, completed=1)
            else:
                progress.update(task, description=f"{service.name} failed")
                progress.stop_task(task)
            return failure

        try:
            failures = [failure for failure in pool.map(wait, services) if failure]
        finally:
            given_up.set()
    if failures:
        raise StackError("\n".join(failures))


def await_answers(services: Sequence[Service], stack: StackSettings, timeout_s: float) -> None:
    """Wait until services answer that may die and be started again meanwhile.

    Raises:
        StackError: one does not answer in time; with the end of its log.
    """
    deadline = time.monotonic() + timeout_s
    for service in services:
        while (reason := problem(service, stack)) is not None:
            if time.monotonic() > deadline:
                raise StackError(_with_log(service, f"{reason} after {timeout_s:.0f} s"))
            time.sleep(POLL_S)


def _failure(service: Service, stack: StackSettings, given_up: threading.Event) -> str | None:
    deadline = time.monotonic() + stack.ready_timeout_s
    reason: str | None = "was not waited for"
    while not given_up.is_set():
        reason = problem(service, stack)
        if reason is None:
            return None
        if processes.running(stack.record(service.name)) is None:
            reason = "has ended"
            break
        if time.monotonic() > deadline:
            break
        given_up.wait(POLL_S)
    return _with_log(service, str(reason))


def _with_log(service: Service, reason: str) -> str:
    text = service.log.read_text(errors="replace") if service.log.exists() else ""
    tail = "\n".join(text.splitlines()[-LOG_LINES:])
    return f"{service.name} {reason}; see {service.log}, its last lines:\n{tail}"
