"""Which records of this bridge are in the log, or on their way there.

Read back from the log as the bridge begins, so that what is delivered again is known again.
"""

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b

from adapters.readings_writer import Stored
from services.bridge.window import Slot

DIGEST_BYTES = 12
LEAST = 100_000
"""So many records are remembered, or some times what the broker may have on its way."""

State = Stored | list[Slot]
"""Where it is, or whose messages wait for it."""


class Remembered:
    """Records by id, the oldest that are stored forgotten first.

    Args:
        receive_maximum: What the broker may have on its way at once.
    """

    def __init__(self, receive_maximum: int) -> None:
        self._most = max(LEAST, 20 * receive_maximum)
        self._states: OrderedDict[str, State] = OrderedDict()

    def __len__(self) -> int:
        return len(self._states)

    def find(self, record_id: str) -> State | None:
        """What is known of a record."""
        return self._states.get(record_id)

    def recall(self, record_id: str, place: Stored) -> None:
        """It was found in the log."""
        self._states[record_id] = place

    def begin(self, record_id: str, slot: Slot) -> None:
        """It is handed over, and a message waits for it."""
        self._states[record_id] = [slot]
        self._states.move_to_end(record_id)
        while len(self._states) > self._most and isinstance(
            next(iter(self._states.values())), Stored
        ):
            self._states.popitem(last=False)

    def stored(self, record_id: str, place: Stored) -> Iterable[Slot]:
        """It is in the log: the messages that waited for it."""
        waiting = self._states.get(record_id)
        self._states[record_id] = place
        return waiting if isinstance(waiting, list) else ()


def digest(topic: str, payload: bytes, mid: int | None = None) -> str:
    """Which message it is.

    Args:
        mid: The broker's number of it, where topic and payload do not tell two messages apart.
    """
    said = topic.encode() + b"\0" + payload
    if mid is not None:
        said += b"\0" + str(mid).encode()
    return blake2b(said, digest_size=DIGEST_BYTES).hexdigest()
