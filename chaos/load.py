"""The load of a run: a fleet that sends until it is told to stop."""

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Self

from rich.console import Console

from chaos.size import Size
from contracts.settings import Settings
from simulators.fleet import FleetPlan
from simulators.simulation import load_run, run_simulation
from simulators.summary import Summary

LATE, REPEAT, MALFORMED = 0.005, 0.01, 0.01
LATE_MAX = "2m"
BEFORE_NOW = timedelta(hours=12)
"""Where the log's time begins. A broker that is killed forgets producers whose last record is
stamped more than a day ago, and then takes a repeated request for a new one; and it refuses what is
stamped an hour ahead."""


class Load:
    """Readings at the size's rate to all partitions but the last, from a process of its own; use it
    as a context manager. Meters read once a second of log time."""

    def __init__(self, settings: Settings, size: Size, seed: int) -> None:
        self._settings = settings
        self._size = size
        self._seed = seed
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(1, initializer=_go_first)
        self._sending: Future[Summary] | None = None

    def __enter__(self) -> Self:
        plan = FleetPlan(self._size.meters, seed=self._seed, commodity="mixed", cadence="1s")
        partitions = self._settings.readings_partitions
        run = load_run(
            self._settings,
            plan,
            # Of the whole fleet; the meters of one partition are left out.
            rate=self._size.rate * partitions / (partitions - 1),
            start=datetime.now(UTC).replace(microsecond=0) - BEFORE_NOW,
            late=LATE,
            late_max=LATE_MAX,
            repeat=REPEAT,
            malformed=MALFORMED,
            settle=False,
            partitions=tuple(range(partitions - 1)),
        )
        self._sending = self._pool.submit(
            run_simulation, self._settings, run, Console(quiet=True), self._stop
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()

    def raise_error(self) -> None:
        """Raise what ended the load, if anything did."""
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
