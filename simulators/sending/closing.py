"""The end of what is sent: time passes, so that every window closes."""

from collections.abc import Sequence
from typing import Protocol

from contracts.reading import HEARTBEAT
from contracts.settings import Settings
from simulators.sending.recorder import Record


class Writer(Protocol):
    """The one writer of its partitions."""

    settings: Settings
    partitions: tuple[int, ...]

    def send(self, records: Sequence[Record]) -> None:
        """Write records, each partition's in the order of arrival."""


def pass_time(writer: Writer, last_arrival_ms: int, heartbeat: bytes = HEARTBEAT) -> int:
    """Let time pass in all partitions until every window is closed; their number."""
    arrival_ms = last_arrival_ms + writer.settings.closing_ms
    writer.send([Record(each, arrival_ms, None, heartbeat) for each in writer.partitions])
    return len(writer.partitions)
