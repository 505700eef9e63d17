"""The devices of a fleet as a run finds them: a register counts from when its device was installed.

A home's meter is exchanged every LIFE_MS, at a time of its own. A run begins with the devices that
are there then, and keeps them: registers of one run go on in the next, and of a meter whose device
was exchanged between both the registry says so.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from simulators.fleet.registry import Registry
from simulators.hashing import uniform
from simulators.supply.supplied import supply_begins_ms

LIFE_MS = 5 * 365 * DAY_MS
"""So short that no household has used 100,000 kWh by then."""
AGE_MS = HOUR_MS
"""Of the newest devices: the first readings tell of an interval before the run."""


def with_devices(registry: Registry, begin_ms: int) -> Registry:
    """The registry of a run that begins then. A home's import and export are one device's."""
    device = registry.home.astype(np.uint64) * np.uint64(4) + registry.commodity.astype(np.uint64)
    first_ms = (uniform(registry.seed, "installed", device) * LIFE_MS).astype(np.int64)
    first_ms -= first_ms % MINUTE_MS
    lives = (begin_ms - AGE_MS - first_ms) // LIFE_MS
    # A device of before 1970 counts from then.
    of_homes_ms: NDArray[np.int64] = np.maximum(first_ms + lives * LIFE_MS, 0)
    supply = registry.is_commodity("supply")
    return replace(
        registry,
        installed_ms=np.where(supply, max(supply_begins_ms(begin_ms), 0), of_homes_ms),
    )
