"""What the stack knows of a service."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.priority import Goes


@dataclass(frozen=True, slots=True)
class Service:
    """A process of the stack, ready to be started."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    """Variables besides those of the caller, of whose settings it has none."""
    ports: Mapping[str, int]
    """Ports it listens on, by the variable that changes them."""
    log: Path
    files: Mapping[Path, str]
    """Its configuration: the text of each file, written before each start."""
    made_of: tuple[Path, ...]
    """What its class path is made from; once that differs, a restart would change something."""
    prepare: Callable[[], None]
    """Makes folders and the like, once the files are written; runs before each start."""
    ready: Callable[[], None]
    """Makes one real request and raises whatever the client raises if it is not answered."""
    goes: Goes = "as others"
    """Where processors are short."""
    ends_by: signal.Signals = signal.SIGTERM
    """What tells it to end at once."""
