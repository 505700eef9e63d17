"""Files that others read: replaced as a whole, by one writer at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.errors import WattStreamError


def replace(path: Path, content: bytes) -> None:
    """Put `content` in the place of a file: readers see the old one or the new one, also after a
    power cut."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(content)
        sync(new)
        new.replace(path)
    except BaseException:
        # By Ctrl-C, too, nothing is left behind.
        new.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file, or what a folder lists, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def alone(lock_file: Path, refusal: WattStreamError) -> Iterator[None]:
    """No other process within such a context; the lock goes with the process, however it ends.

    Raises:
        refusal: there is one.
    """
    with lock_file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refusal from None
        yield
