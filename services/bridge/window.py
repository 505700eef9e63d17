"""What the broker has sent and not heard of again: PUBACKs in the order of the PUBLISHes, each once
all that follows from its message is stored, and never for an older connection.

Nothing here asks a socket or a clock.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapters.readings_writer import Stored

CERTAIN_S = 120.0
"""A PUBACK so old, on a connection that has lasted as long, has arrived: keep-alives were answered
after it."""


@dataclass(slots=True, eq=False)
class Slot:
    """The place of a message in the window."""

    connection: int
    mid: int | None
    """None of a message at QoS 0, which nobody wants to hear of again."""
    waiting: int = 0
    """Records of it that are not stored yet."""
    is_sealed: bool = False
    """Whether all its records are handed over."""
    places: list[Stored] = field(default_factory=list)


class Window:
    """Messages from receipt to PUBACK.

    Args:
        ack: Sends a PUBACK.
        receive_maximum: What the broker may have on its way at once.
    """

    def __init__(self, ack: Callable[[int], object], receive_maximum: int) -> None:
        self._ack = ack
        self._receive_maximum = receive_maximum
        self._connection = 0
        self._connected_s: float | None = None
        self._slots: deque[Slot] = deque()
        # Only the last PUBACKs can be lost, since the broker has no more messages on their way.
        self._trail: deque[tuple[float, list[Stored]]] = deque(maxlen=receive_maximum)

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def is_full(self) -> bool:
        """Whether the broker sends no more before it hears of one."""
        return sum(slot.mid is not None for slot in self._slots) >= self._receive_maximum

    @property
    def is_waiting(self) -> bool:
        """Whether a record is on its way into the log."""
        return any(slot.waiting for slot in self._slots)

    def connected(self, now_s: float) -> None:
        """The broker numbers its messages anew, and sends again what it has not heard of."""
        self._connection += 1
        self._connected_s = now_s
        while self._slots:
            # Its records may still be on their way, and will be noted there.
            self._trail.append((now_s, self._slots.popleft().places))

    def lost(self) -> None:
        """What is stored from now on is not told: nobody listens."""
        self._connected_s = None

    def take(self, mid: int | None) -> Slot:
        """A message has come."""
        slot = Slot(self._connection, mid)
        self._slots.append(slot)
        return slot

    def seal(self, slot: Slot, now_s: float) -> None:
        """All that follows from the message is handed over."""
        slot.is_sealed = True
        self.drain(now_s)

    def stored(self, slot: Slot, place: Stored, now_s: float) -> None:
        """One of its records is in the log."""
        slot.waiting -= 1
        slot.places.append(place)
        self.drain(now_s)

    def drain(self, now_s: float) -> None:
        """Tell the broker of what is done."""
        while self._slots and self._slots[0].is_sealed and not self._slots[0].waiting:
            slot = self._slots.popleft()
            if slot.mid is None:
                continue
            self._trail.append((now_s, slot.places))
            if slot.connection == self._connection and self._connected_s is not None:
                self._ack(slot.mid)

    def since(self, ends: Mapping[int, int], now_s: float) -> dict[int, int]:
        """From where on records may be that the broker sends again, by partition.

        Args:
            ends: Offset after the last record of this bridge that is stored, by partition.
        """
        begun_s = self._connected_s
        while self._trail and begun_s is not None:
            if max(self._trail[0][0], begun_s) + CERTAIN_S >= now_s:
                break
            self._trail.popleft()
        since = dict(ends)
        for places in (*(each for _, each in self._trail), *(s.places for s in self._slots)):
            for place in places:
                since[place.partition] = min(since[place.partition], place.offset)
        return since
