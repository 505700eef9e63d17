"""The process that starts a service again when its process has died.

It knows services by their records alone: a dead process with a record died, one that was stopped on
purpose has none. A restart is a short-lived process of its own, which waits for its turn to change
the stack and looks again: so the supervisor never waits, never holds up `up` or `down`, and is the
parent of no service.
"""

import logging
import math
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeAlias

from contracts.settings import PREFIX, Settings, names, of_channels, variables
from infra.errors import StackError
from infra.local import processes
from infra.local.python_service import python_service
from infra.local.service import Service
from infra.settings import StackSettings

NAME = "supervisor"

LOOK_S = 0.5
SILENT_S = 10.0
"""A supervisor that has not looked for this long hangs."""

FIRST_DELAY_S, LONGEST_DELAY_S = 1.0, 30.0
STEADY_S = 120.0
"""A service that ran for this long is not one that dies again and again."""

Restart: TypeAlias = Callable[[str], BaseProcess]
"""Begins to restart the service of that name."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Restarts:
    """What was done for a service that died."""

    in_a_row: int = 0
    last_s: float = -math.inf
    """On the monotonic clock."""
    process: BaseProcess | None = None

    def due_s(self) -> float:
        """When the next may be: at once, then after twice as long each time."""
        if self.in_a_row == 0:
            return self.last_s
        return self.last_s + min(FIRST_DELAY_S * 2.0 ** (self.in_a_row - 1), LONGEST_DELAY_S)


def service(settings: Settings, stack: StackSettings) -> Service:
    """The supervisor itself, which nothing but `up` starts again. It has all settings, since it
    starts all others, but for the namespace, which is whoever's happens to start it."""
    pulse = _pulse(stack)

    def ready() -> None:
        if not pulse.exists() or time.time() - pulse.stat().st_mtime > SILENT_S:
            raise StackError(f"it has not looked at the services for {SILENT_S:.0f} s")

    environment = variables(settings, names(Settings) - {f"{PREFIX}NAMESPACE"})
    environment |= variables(stack, names(StackSettings))
    environment |= of_channels(os.environ)
    return python_service(NAME, ("-m", "infra", "supervise"), environment, stack, ready)


def supervise(stack: StackSettings, restart: Restart, stop: threading.Event) -> None:
    """Look at all records until `stop`, and restart what died."""
    log.info("watching the services recorded in %s", stack.run_dir(""))
    known: defaultdict[str, Restarts] = defaultdict(Restarts)
    while not stop.is_set():
        try:
            for record in sorted(stack.run_dir("").glob("*.json")):
                _look(record, known[record.stem], restart, time.monotonic())
            _pulse(stack).touch()
        except OSError:
            # A full disk or a lack of memory may pass, and would be no time to give up.
            log.exception("cannot look at the services")
        stop.wait(LOOK_S)


def _look(record: Path, done: Restarts, restart: Restart, now_s: float) -> None:
    if done.process is not None and done.process.is_alive():
        return
    if not processes.died(record):
        return
    if now_s - done.last_s > STEADY_S:
        done.in_a_row = 0
    if now_s < done.due_s():
        return
    done.in_a_row += 1
    done.last_s = now_s
    log.warning("%s has died; start %d in a row", record.stem, done.in_a_row)
    done.process = restart(record.stem)


def _pulse(stack: StackSettings) -> Path:
    """A file that is touched with every look."""
    return stack.run_dir(NAME) / "pulse"
