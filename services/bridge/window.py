"""What the broker has sent and not heard of again: PUBACKs in the order of the PUBLISHes, each once
all that follows from its message is stored, and never for an older connection.

A message that comes again comes under the number that it had, so what followed from it is known by
that number, until the broker uses it for another message or has certainly heard of this one.

Nothing here asks a socket or a clock.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from adapters.readings_writer import Stored

CERTAIN_S = 120.0
"""A PUBACK so old, on a connection that has lasted as long, has arrived: keep-alives were answered
after it."""


@dataclass(slots=True, eq=False)
class Record:
    """What follows from a message, handed over to be stored."""

    is_stored: bool = False
    place: Stored | None = None
    """In the log of readings."""


Records = dict[str, Record]
"""Of a message, by id."""


@dataclass(slots=True, eq=False)
class Slot:
    """A message that has come."""

    which: str
    """Its digest."""
    mid: int
    """The broker's number; 0 of a message at QoS 0, of which it does not want to hear: such a one
    has no place in the window."""
    records: Records = field(default_factory=dict)
    is_sealed: bool = False
    """Whether all its records are handed over."""

    @property
    def is_done(self) -> bool:
        """Whether all that follows from it is stored."""
        return self.is_sealed and all(record.is_stored for record in self.records.values())


class _Known(NamedTuple):
    """The last message of a number, once nothing more is to be done for it."""

    since_s: float
    which: str
    records: Records


class Window:
    """Messages from receipt to PUBACK, and for as long as they may come again.

    Args:
        ack: Sends a PUBACK.
        receive_maximum: What the broker may have on its way at once.
    """

    def __init__(self, ack: Callable[[int], object], receive_maximum: int) -> None:
        self._ack = ack
        self._receive_maximum = receive_maximum
        self._connected_s: float | None = None
        self._slots: deque[Slot] = deque()
        self._known: dict[int, _Known] = {}
        """By number, the oldest first. Only the last PUBACKs can be lost, since the broker has no
        more messages on their way."""
        self._recalled: dict[int, dict[int, _Known]] = {}
        """Of the log, by number and partition: which partition's is later is not known."""
        self._recalled_from: dict[int, int] = {}
        """The first offset that was recalled, by partition."""

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def is_full(self) -> bool:
        """Whether the broker sends no more before it hears of one."""
        return len(self._slots) >= self._receive_maximum

    @property
    def is_waiting(self) -> bool:
        """Whether a record is on its way into the log."""
        return any(not each.is_stored for slot in self._slots for each in slot.records.values())

    def recall(self, place: Stored) -> None:
        """A record was found in the log, and its message may come again: those of a partition in
        their order."""
        self._recalled_from.setdefault(place.partition, place.offset)

    def recall_number(self, mid: int, which: str, record_id: str, place: Stored) -> None:
        """Of which message of which number it is."""
        of_number = self._recalled.setdefault(mid, {})
        known = of_number.get(place.partition)
        records = known.records if known is not None and known.which == which else {}
        records[record_id] = Record(is_stored=True, place=place)
        of_number[place.partition] = _Known(0.0, which, records)

    def connected(self, now_s: float) -> None:
        """The broker sends again what it has not heard of."""
        self.lost(now_s)
        self._connected_s = now_s
        while self._slots:
            # Its records may still be on their way, and will be noted there.
            self._remember(self._slots.popleft(), now_s)

    def lost(self, now_s: float) -> None:
        """What is stored from now on is not told: nobody listens."""
        self._settle(now_s)
        self._connected_s = None

    def take(self, mid: int, which: str, *, is_again: bool) -> Slot:
        """A message has come; if it is that of before, with what followed from it.

        Args:
            is_again: Whether the broker says that it may have sent it before. Otherwise the one of
                that number is settled.
        """
        slot = Slot(which, mid)
        for known in self._known_as(mid):
            if is_again and known.which == which:
                slot.records |= known.records
        self._known.pop(mid, None)
        self._recalled.pop(mid, None)
        self._slots.append(slot)
        return slot

    def seal(self, slot: Slot, now_s: float) -> None:
        """All that follows from the message is handed over."""
        slot.is_sealed = True
        self.drain(now_s)

    def drain(self, now_s: float) -> None:
        """Tell the broker of what is done."""
        while self._slots and self._slots[0].is_done:
            slot = self._slots.popleft()
            self._remember(slot, now_s)
            if self._connected_s is not None:
                self._ack(slot.mid)

    def since(self, ends: Mapping[int, int], now_s: float) -> dict[int, int]:
        """From where on records may be that the broker sends again, by partition.

        Args:
            ends: Offset after the last record of this bridge that is stored, by partition.
        """
        self._settle(now_s)
        since = dict(ends)
        known = (each.records for each in self._known.values())
        for records in (*known, *(slot.records for slot in self._slots)):
            for place in (each.place for each in records.values()):
                if place is not None:
                    since[place.partition] = min(since[place.partition], place.offset)
        for partition, offset in self._recalled_from.items():
            since[partition] = min(since[partition], offset)
        return since

    def _known_as(self, mid: int) -> Iterator[_Known]:
        if (known := self._known.get(mid)) is not None:
            yield known
        yield from self._recalled.get(mid, {}).values()

    def _remember(self, slot: Slot, now_s: float) -> None:
        self._known.pop(slot.mid, None)
        self._known[slot.mid] = _Known(now_s, slot.which, slot.records)
        if len(self._known) > self._receive_maximum:
            del self._known[next(iter(self._known))]

    def _settle(self, now_s: float) -> None:
        """Forget what the broker has certainly heard of."""
        if self._connected_s is None or self._connected_s + CERTAIN_S >= now_s:
            return
        self._recalled.clear()
        self._recalled_from.clear()
        for mid, known in list(self._known.items()):
            if known.since_s + CERTAIN_S >= now_s:
                return
            del self._known[mid]
