"""Which records of this bridge are in the log, or on their way there.

Read back from the log as the bridge begins, so that what is delivered again is known again. A
message that says its time is known by what it says, for as long as there is room. One that does not
is known by the broker's number, too, which the broker uses again: so only among the last messages,
of which alone it may send some again.
"""

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b

from adapters.readings_writer import Stored
from services.bridge.window import Slot

DIGEST_BYTES = 12
LEAST = 100_000
"""So many records are remembered, or some times what the broker may have on its way."""
NUMBERED = "#"
"""In the id of a record whose message is known by the broker's number, too."""

State = Stored | list[Slot]
"""Where it is, or whose messages wait for it."""


class Remembered:
    """Records by id, the oldest that are stored forgotten first.

    Args:
        receive_maximum: What the broker may have on its way at once.
    """

    def __init__(self, receive_maximum: int) -> None:
        self._receive_maximum = receive_maximum
        self._most = max(LEAST, 20 * receive_maximum)
        self._states: OrderedDict[str, State] = OrderedDict()
        self._numbered: OrderedDict[str, tuple[int, State]] = OrderedDict()
        """With how many messages had come by then."""
        self._messages = 0

    def heard(self) -> None:
        """A message has come: of those before it, the broker may send fewer again."""
        self._messages += 1
        while self._numbered:
            came, state = next(iter(self._numbered.values()))
            if self._messages - came <= self._receive_maximum or not isinstance(state, Stored):
                return
            self._numbered.popitem(last=False)

    def find(self, record_id: str) -> State | None:
        """What is known of a record."""
        if NUMBERED in record_id:
            known = self._numbered.get(record_id)
            return None if known is None else known[1]
        return self._states.get(record_id)

    def recall(self, record_id: str, place: Stored) -> None:
        """It was found in the log."""
        self._put(record_id, place)

    def begin(self, record_id: str, slot: Slot) -> None:
        """It is handed over, and a message waits for it."""
        self._put(record_id, [slot])

    def again(self, record_id: str, slot: Slot) -> None:
        """Its message has come again: it waits for it, too, or knows where it is."""
        state = self.find(record_id)
        assert state is not None
        if isinstance(state, Stored):
            slot.places.append(state)
        else:
            slot.waiting += 1
            state.append(slot)
        if NUMBERED in record_id:
            self._put(record_id, state)

    def stored(self, record_id: str, place: Stored) -> Iterable[Slot]:
        """It is in the log: the messages that waited for it."""
        waiting = self.find(record_id)
        if NUMBERED in record_id:
            came = self._numbered[record_id][0] if waiting is not None else self._messages
            self._numbered[record_id] = came, place
        else:
            self._states[record_id] = place
        return waiting if isinstance(waiting, list) else ()

    def _put(self, record_id: str, state: State) -> None:
        if NUMBERED in record_id:
            self._numbered[record_id] = self._messages, state
            self._numbered.move_to_end(record_id)
            return
        self._states[record_id] = state
        self._states.move_to_end(record_id)
        while len(self._states) > self._most and isinstance(
            next(iter(self._states.values())), Stored
        ):
            self._states.popitem(last=False)


def digest(topic: str, payload: bytes, mid: int | None = None) -> str:
    """Which message it is.

    Args:
        mid: The broker's number of it, where topic and payload do not tell two messages apart.
    """
    said = topic.encode() + b"\0" + payload
    which = blake2b(said, digest_size=DIGEST_BYTES).hexdigest()
    return which if mid is None else f"{which}{NUMBERED}{mid}"
