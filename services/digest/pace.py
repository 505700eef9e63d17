"""When live state is to be read again.

At once when it has moved, but never so often that it takes more than a share of a processor. While
it does not move it is read again after ever longer: of a slice some may come after the newest was
seen, and what Redis has lost comes again with slices of before.
"""

from dataclasses import dataclass

SHARE = 0.1
"""Of a processor: a pass is followed by a rest of nine times as long as it took."""
FIRST_S, LONGEST_S = 1.0, 60.0
"""After that it is read again though it has not moved, each time twice as long."""


@dataclass(slots=True)
class Pace:
    """Of one kind of pass."""

    _moved: bool = True
    _wait_s: float = FIRST_S
    _again_s: float = 0.0
    _rested_s: float = 0.0

    def moved(self) -> None:
        """There is something new to read."""
        self._moved = True

    def due(self, now_s: float) -> bool:
        """Whether a pass is due."""
        return now_s >= self._rested_s and (self._moved or now_s >= self._again_s)

    def done(self, now_s: float, cost_s: float) -> None:
        """Take note of a pass, and of the processor's time that it took."""
        self._wait_s = FIRST_S if self._moved else min(2 * self._wait_s, LONGEST_S)
        self._moved = False
        self._again_s = now_s + self._wait_s
        self._rested_s = now_s + cost_s * (1 / SHARE - 1)
