"""Times in which nothing gets through, and when what waited for their end arrives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from contracts.time import MINUTE_MS
from simulators.validation import Options, within

Times = NDArray[np.int64]


class Pause(Options):
    """Nothing gets through for a time; then everything that waited does, in its order."""

    after_minutes: Annotated[float, within(0)]
    """From the beginning of the run to that of the pause."""
    minutes: Annotated[float, within(0.001)]
    drain_seconds: Annotated[float, within(0)] = 0.0
    """Time over which the messages that waited arrive; 0 is all at once."""

    @property
    def lasts_ms(self) -> int:
        """From the beginning of the pause to its end."""
        return int(self.minutes * MINUTE_MS)


@dataclass(frozen=True, slots=True)
class Span:
    """A pause as it hits messages: one element per message, empty (from = until) where it does not.
    Times are epoch ms."""

    from_ms: Times
    until_ms: Times
    drain_share: float
    """Time that the messages take to arrive afterwards, as a share of the pause."""


def span(pause: Pause, from_ms: Times, hit: NDArray[np.bool_]) -> Span:
    """The pause that begins at `from_ms` for the messages that are hit."""
    until_ms = np.where(hit, from_ms + pause.lasts_ms, from_ms)
    return Span(from_ms, until_ms, pause.drain_seconds / 60 / pause.minutes)


def held_back(arrival_ms: Times, spans: Sequence[Span]) -> Times:
    """Arrivals within a pause move behind its end, in the order in which they were sent; those
    that come into another one by that wait for its end too."""
    while True:
        before_ms = arrival_ms
        for each in spans:
            held = (each.from_ms <= arrival_ms) & (arrival_ms < each.until_ms)
            after_ms = ((arrival_ms - each.from_ms) * each.drain_share).astype(np.int64)
            arrival_ms = np.where(held, each.until_ms + after_ms, arrival_ms)
        if len(spans) < 2 or np.array_equal(arrival_ms, before_ms):
            return arrival_ms
