"""Key and value of each record that arrives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.reading import encode_event
from simulators.fleet.registry import Registry
from simulators.network.corruption import corrupt
from simulators.network.schedule import Kind
from simulators.run.traffic import Arrivals
from simulators.sending.announcements import Announce, announcer
from simulators.sending.encoding import Encoder, encoder


@dataclass(frozen=True, slots=True)
class Messages:
    """Those of a registry's meters; not for two threads at once."""

    encoder: Encoder
    announce: Announce

    def keys(self, arrivals: Arrivals) -> list[bytes]:
        """Key of each record."""
        return self.encoder.keys(arrivals.batch.meter)

    def values(self, arrivals: Arrivals) -> list[bytes | None]:
        """What each record says, mangled where the network does."""
        messages: list[bytes | None] = [*self.encoder.encode(arrivals.batch)]
        corruption: NDArray[np.int8] = arrivals.plan.corruption
        for row in np.flatnonzero(corruption >= 0).tolist():
            whole = messages[row]
            assert whole is not None
            messages[row] = corrupt(whole, int(corruption[row]))
        for row in np.flatnonzero(arrivals.plan.kind == Kind.EVENT).tolist():
            batch = arrivals.batch
            meter_id = self.encoder.key[batch.meter[row]].decode()
            messages[row] = encode_event(
                "power_lost", meter_id, int(batch.ts_ms[row]), int(batch.seq[row])
            )
        announced = np.flatnonzero(arrivals.plan.kind == Kind.ANNOUNCEMENT)
        if len(announced):
            batch = arrivals.batch.take(announced)
            told = self.announce(batch.meter, batch.ts_ms)
            for row, message in zip(announced.tolist(), told, strict=True):
                messages[row] = message
        return messages


def messages_of(registry: Registry) -> Messages:
    """The messages of a registry's meters."""
    return Messages(encoder(registry), announcer(registry))
