"""Last gasps: what a meter still says when it loses power."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from simulators.batch import Batch
from simulators.faults.effects import Fault, with_silent
from simulators.faults.kinds import Amounts, Outage
from simulators.fleet.registry import Registry
from simulators.hashing import uniform

Values = Callable[[NDArray[np.int32], Amounts], Batch]


def gasps(faults: Sequence[Fault], registry: Registry, share: float, values: Values) -> Batch:
    """What is gasped in a run, by time: readings whose time is when the power went, and whose
    number is that of the reading before; of such a share of the homes' meters, by hash.

    A meter that is silent or without power already says nothing.
    """
    able = uniform(registry.seed, "gasps", registry.meter_hash) < share
    able &= ~registry.is_export
    meters, times_ms = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
    for fault in faults:
        if isinstance(fault.options, Outage):
            own = able[fault.meter]
            meters.append(fault.meter[own])
            times_ms.append(fault.start_ms[own])
    found = np.unique(np.stack([np.concatenate(times_ms), np.concatenate(meters)]), axis=1)
    batch = values(found[1].astype(np.int32), found[0])
    _, silent = with_silent(faults, batch)
    return batch.take(~silent)
