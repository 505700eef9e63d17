"""Which windows had closed when the last record was read.

The watermark is the smallest over all partitions of the largest arrival, less a fixed delay. A
window [start, end) closes as soon as it reaches end - 1.
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
    return min(BEGINNING_OF_TIME_MS if top is None else top - delay_ms for top in top_arrivals_ms)


@dataclass(slots=True)
class Windows(Generic[K, V]):
    """What windows hold, by whether they have closed."""

    closed: dict[K, V] = field(default_factory=dict)
    closing: dict[K, V] = field(default_factory=dict)
    """Perhaps closed: a watermark of `end - 1` closes a window for an engine that calls a record
    *at* the watermark late, and not for one that calls it on time."""
    open: dict[K, V] = field(default_factory=dict)


def by_closing(windows: Mapping[K, V], end_of: Callable[[K], int], watermark: int) -> Windows[K, V]:
    """Sort windows by their end."""
    result: Windows[K, V] = Windows()
    for key, content in windows.items():
        end = end_of(key)
        if end <= watermark:
            result.closed[key] = content
        elif end == watermark + 1:
            result.closing[key] = content
        else:
            result.open[key] = content
    return result
