"""A run that goes on beside whoever started it, until it is told to stop."""

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Self

from rich.console import Console

from contracts.settings import Settings
from simulators.run.simulation import Run, run_simulation
from simulators.run.summary import Summary


class BackgroundRun:
    """A run in processes of its own; use it as a context manager."""

    def __init__(self, settings: Settings, run: Run) -> None:
        self._settings = settings
        self._run = run
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(1, initializer=_go_first)
        self._sending: Future[Summary] | None = None

    def __enter__(self) -> Self:
        self._sending = self._pool.submit(
            run_simulation, self._settings, self._run, Console(quiet=True), self._stop
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()

    def raise_error(self) -> None:
        """Raise what ended the run, if anything did."""
        if self._sending is not None and self._sending.done():
            self._sending.result()

    def finish(self) -> Summary:
        """Stop and wait until Kafka has acknowledged all."""
        assert self._sending is not None
        self._stop.set()
        return self._sending.result()


def _go_first() -> None:
    """Let this thread, and the processes it starts, run before all else if that is allowed: real
    meters do not slow down when the platform is busy."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)
