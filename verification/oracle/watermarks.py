"""Which windows had closed when the last record was read.

The watermark is the smallest over all partitions of the largest arrival, less a fixed delay and a
millisecond: a record may stand at that arrival less the delay, so nothing says yet that this
millisecond is over. A window [start, end) closes as soon as the watermark reaches end - 1.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

BEGINNING_OF_TIME_MS = -(2**63)
"""The watermark as long as a partition has said nothing."""


def watermark_ms(top_arrivals_ms: Iterable[int | None], delay_ms: int) -> int:
    """The watermark after a log with these largest arrivals per partition."""
    return min(
        BEGINNING_OF_TIME_MS if top is None else top - delay_ms - 1 for top in top_arrivals_ms
    )


@dataclass(slots=True)
class Windows(Generic[K, V]):
    """What windows hold, by whether they have closed."""

    closed: dict[K, V] = field(default_factory=dict)
    open: dict[K, V] = field(default_factory=dict)


def by_closing(windows: Mapping[K, V], end_of: Callable[[K], int], watermark: int) -> Windows[K, V]:
    """Sort windows by their end."""
    result: Windows[K, V] = Windows()
    for key, content in windows.items():
        part = result.closed if end_of(key) - 1 <= watermark else result.open
        part[key] = content
    return result
