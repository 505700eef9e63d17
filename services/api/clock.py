"""The two clocks: how far the stream of readings is, and how long that has stood still on the wall.

A replay of 2013 has an old stream time and is not stale; a job that is dead has a young one and is.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from contracts.time import SECOND_MS

State = Literal["empty", "current", "delayed", "stale"]

CURRENT_MS = 15 * SECOND_MS
"""A slice, its on-time bound, and 99 % of the times that writing it takes."""
DELAYED_MS = 60 * SECOND_MS
READ_MS = 40 * SECOND_MS
"""A job commits what it has read with a checkpoint, each 10 s, and an idle one up to 10 s later;
the digest looks each 5 s, and tells the look before."""
PATIENCE = 1.5
"""How many times as long as it ever took lately it may take until the stream moves again."""
MOST_DISTANCES = 12


@dataclass(frozen=True, slots=True)
class StreamClock:
    """How far the stream was when somebody looked."""

    stream_ms: int | None
    """End of the newest slice in which anything changed; None if nothing ever came."""
    moved_ms: int | None
    """On the wall, when that came to be so; None if nobody saw it."""
    read_ms: int | None
    """On the wall, when the jobs were last seen to read on; None if they never were."""
    now_ms: int
    """On the wall, when somebody looked."""
    usual_ms: int | None = None
    """The longest that it stood still lately, on the wall, between two moves that were seen."""

    @property
    def standing_ms(self) -> int | None:
        """How long stream time has stood still on the wall."""
        return None if self.moved_ms is None else max(0, self.now_ms - self.moved_ms)

    @property
    def state(self) -> State:
        """Whether what is known is of now.

        A fleet that reads half-hourly changes nothing for minutes: while its readings are read on,
        its stream may stand still as long as it does so usually.
        """
        if self.stream_ms is None:
            return "empty"
        reads_on = self.read_ms is not None and self.now_ms - self.read_ms <= READ_MS
        if self.standing_ms is None:
            return "current" if reads_on else "stale"
        if reads_on and self.usual_ms is None:
            return "current"
        patience_ms = CURRENT_MS
        if reads_on and self.usual_ms is not None:
            patience_ms = max(patience_ms, int(PATIENCE * self.usual_ms))
        if self.standing_ms <= patience_ms:
            return "current"
        return "delayed" if self.standing_ms <= max(DELAYED_MS, patience_ms) else "stale"

    def age_ms(self, at_ms: int) -> int | None:
        """How much stream time has gone by since a time of it."""
        return None if self.stream_ms is None else max(0, self.stream_ms - at_ms)


@dataclass(slots=True)
class Moves:
    """When a stream moved, as far as somebody saw it."""

    stream_ms: int
    moved_ms: int | None
    distances_ms: deque[int] = field(default_factory=lambda: deque(maxlen=MOST_DISTANCES))

    @property
    def usual_ms(self) -> int | None:
        """As of `StreamClock`."""
        return max(self.distances_ms, default=None)

    def see(self, stream_ms: int, moved_ms: int | None) -> None:
        """Take how far it is, and since when on the wall; None if nobody knows."""
        if stream_ms != self.stream_ms:
            if self.moved_ms is not None and moved_ms is not None:
                self.distances_ms.append(moved_ms - self.moved_ms)
            self.stream_ms, self.moved_ms = stream_ms, moved_ms
