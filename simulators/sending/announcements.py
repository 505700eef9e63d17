"""Announcements of meters as they go into the log of readings, many at once."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import orjson
from numpy.typing import NDArray

from contracts.meters import announcement
from simulators.fleet.registry import Registry
from simulators.sending.publishing import entries

Announce = Callable[[NDArray[np.int32], NDArray[np.int64]], list[bytes]]
"""The announcement of each meter, by row of the registry, with when its device was installed."""


def announcer(registry: Registry) -> Announce:
    """Announcements of a registry's meters."""

    def announce(meter: NDArray[np.int32], installed_ms: NDArray[np.int64]) -> list[bytes]:
        own = replace(registry.take(meter.astype(np.int64)), installed_ms=installed_ms)
        return [orjson.dumps(announcement(*each)) for each in entries(own)]

    return announce
