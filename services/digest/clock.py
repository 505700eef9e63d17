"""The two clocks of live state: how far it has come, and how long it has stood still on the wall.

Nothing here asks Redis, Kafka or the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.digest import Clock


@dataclass(slots=True)
class ReadOn:
    """Whether a job reads on, by the offsets that it commits."""

    read_ms: int | None = None
    """On the wall: it read on after that; None if that was never seen."""
    _offsets: list[int] | None = None
    _seen_ms: int = 0

    def see(self, offsets: Sequence[int], wall_ms: int) -> None:
        """Take what it has committed by then."""
        if self._offsets is not None and self._offsets != list(offsets):
            self.read_ms = self._seen_ms
        self._offsets, self._seen_ms = list(offsets), wall_ms


def clock_of(
    before: Clock | None, slice_end_ms: int | None, read_ms: int | None, wall_ms: int
) -> Clock:
    """The clock at a look.

    What has moved since the look before may have done so just after that, and nothing that is old
    is to seem new: so that is the time which is told.

    Args:
        before: The clock at that look, perhaps of a digest that has ended; None if there is none.
        slice_end_ms: End of the newest slice.
        read_ms: Of `ReadOn`.
    """
    if before is None:
        return Clock(slice_end_ms, None, read_ms, wall_ms)
    moved = slice_end_ms is not None and slice_end_ms != before.slice_end_ms
    return Clock(
        slice_end_ms,
        before.seen_ms if moved else before.moved_ms,
        before.read_ms if read_ms is None else read_ms,
        wall_ms,
    )
