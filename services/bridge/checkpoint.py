"""What the bridge keeps in a file: from where on the log has to be read again, and registers.

An old one costs time. Without one the log says all, too.
"""

from pathlib import Path
from typing import NamedTuple

import orjson

from adapters.durable import replace
from contracts.settings import Settings
from services.bridge.registers import Register


class Checkpoint(NamedTuple):
    """As of some moment."""

    offsets: list[int]
    """By partition: before it nothing is that may be delivered again."""
    registers: dict[str, Register]
    """Of meters whose registers are made by the bridge; what the log has from the offsets on is
    newer."""
    filters: list[str]
    """The topic filters that the session has at the broker."""


def path(settings: Settings, name: str) -> Path:
    """The file of a bridge."""
    return settings.data_dir / "bridge" / f"{settings.namespace}-{name}.json"


def read(file: Path) -> Checkpoint | None:
    """The last one; None if there is none that can be read."""
    try:
        said = orjson.loads(file.read_bytes())
        registers = {name: Register(*each) for name, each in said["registers"].items()}
        return Checkpoint([int(n) for n in said["offsets"]], registers, list(said["filters"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write(file: Path, checkpoint: Checkpoint) -> None:
    """Keep it instead of the last one."""
    said = checkpoint._asdict()
    said["registers"] = {meter: list(each) for meter, each in checkpoint.registers.items()}
    replace(file, orjson.dumps(said))
