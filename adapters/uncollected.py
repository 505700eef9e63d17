"""Python's collector of circular garbage looks through all objects again and again while more are
made. What settles a month, or counts what was sent, makes millions that all stay until it ends, and
none of them is circular: looking takes a third of the time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_inside = 0


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector wait meanwhile, or while a function runs that this decorates; of several
    threads, until the last of them is done. What nothing refers to any more is freed as ever."""
    global _inside
    with _lock:
        _inside += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                gc.enable()
