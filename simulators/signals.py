"""Ctrl-C as a wish to stop, so that a run can finish what it began."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_interrupt(stop: threading.Event | None = None) -> Iterator[threading.Event]:
    """An event that the first Ctrl-C (or SIGTERM) sets; a second Ctrl-C interrupts at once.

    Only the main thread can listen to signals; elsewhere the caller sets its own `stop`.
    """
    event = stop or threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return

    def set_event(number: int, _: FrameType | None) -> None:
        event.set()
        signal.signal(number, previous[signal.Signals(number)])

    previous = {
        number: signal.signal(number, set_event) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield event
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
