"""Times in which nothing gets through, and when what waited for their end arrives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from contracts.time import MINUTE_MS
from simulators.errors import OptionError
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


class DeadWriter(Pause):
    """Whoever writes to these partitions is not there: no readings, announcements or heartbeats."""

    partitions: Annotated[tuple[Annotated[int, within(0)], ...], Field(min_length=1)]

    def from_ms(self, begin_ms: int) -> int:
        """When the writers stop, in a run that begins at `begin_ms`."""
        return begin_ms + int(self.after_minutes * MINUTE_MS)


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


def unwritten(
    writers: Sequence[DeadWriter], partition: NDArray[np.int32], begin_ms: int
) -> list[Span]:
    """The pauses of these writers, for records of these partitions, in a run that begins then."""
    return [
        span(
            writer,
            np.full(len(partition), writer.from_ms(begin_ms)),
            np.isin(partition, writer.partitions),
        )
        for writer in writers
    ]


def written(
    writers: Sequence[DeadWriter], partitions: Sequence[int], begin_ms: int, at_ms: int
) -> list[int]:
    """Those of these partitions that have a writer at that time."""
    dead = {
        partition
        for writer in writers
        if 0 <= at_ms - writer.from_ms(begin_ms) < writer.lasts_ms
        for partition in writer.partitions
    }
    return [partition for partition in partitions if partition not in dead]


def check_partitions(writers: Sequence[DeadWriter], partitions: int) -> None:
    """Refuse a writer of a partition that is not there.

    Raises:
        OptionError: there is one.
    """
    for number, writer in enumerate(writers, 1):
        if max(writer.partitions) >= partitions:
            raise OptionError(
                f"network.dead_writers[{number}].partitions has {max(writer.partitions)}: give 0 "
                f"to {partitions - 1}, the topic has {partitions} (WATTSTREAM_READINGS_PARTITIONS)"
            )
