"""Python's collector of circular garbage looks through all objects again and again while more are
made. Settling a month makes millions that all stay until it ends, and none of them is circular."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector wait meanwhile, or while a function runs that this decorates. What nothing
    refers to any more is freed as ever."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
