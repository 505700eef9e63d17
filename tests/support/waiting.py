"""Waiting for what another process or thread brings about."""

import time
from collections.abc import Callable

POLL_S = 0.05


def until(what: Callable[[], bool], patience_s: float) -> None:
    """Return once it is so.

    Raises:
        AssertionError: it is not within `patience_s`.
    """
    deadline_s = time.monotonic() + patience_s
    while not what():
        assert time.monotonic() < deadline_s, "it has not happened"
        time.sleep(POLL_S)
