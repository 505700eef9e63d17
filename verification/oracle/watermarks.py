"""Which windows had closed when the last record was read.

The watermark is the smallest over all partitions of the largest arrival, less a fixed delay and a
millisecond: a record may stand at that arrival less the delay, so nothing says yet that this
millisecond is over. A window [start, end) closes as soon as the watermark reaches end - 1.
"""

from collections.abc import Iterable

BEGINNING_OF_TIME_MS = -(2**62)
"""The watermark as long as a partition has said nothing."""


def watermark_ms(top_arrivals_ms: Iterable[int | None], delay_ms: int) -> int:
    """The watermark after a log with these largest arrivals per partition."""
    return min(
        BEGINNING_OF_TIME_MS if top is None else top - delay_ms - 1 for top in top_arrivals_ms
    )


def last_closed(watermark: int, length_ms: int) -> int:
    """End of the last window that has closed, of windows aligned to the epoch."""
    return (watermark + 1) // length_ms * length_ms
