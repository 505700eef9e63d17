"""Which records of this bridge are in the log, or on their way there, by what their messages say.

Read back from the log as the bridge begins, so that what is delivered again is known again. Where
topic and payload do not tell two messages apart, as without a time, the id has the broker's number,
too, and `window` knows for how long that means the same one.
"""

import re
from collections import OrderedDict
from hashlib import blake2b
from typing import NamedTuple

from services.bridge.window import Record

DIGEST_BYTES = 12
LEAST = 100_000
"""So many records are remembered, or some times what the broker may have on its way."""
_NUMBERED = re.compile(r"([0-9a-f]+)#(\d+)\.\d+\+?", re.ASCII)


class Numbered(NamedTuple):
    """A message that is known by the broker's number, too."""

    which: str
    mid: int


class Remembered:
    """Records by id, the oldest that are stored forgotten first.

    Args:
        receive_maximum: What the broker may have on its way at once.
    """

    def __init__(self, receive_maximum: int) -> None:
        self._most = max(LEAST, 20 * receive_maximum)
        self._records: OrderedDict[str, Record] = OrderedDict()

    def find(self, record_id: str) -> Record | None:
        """What is known of a record."""
        return self._records.get(record_id)

    def add(self, record_id: str, record: Record) -> None:
        """It is handed over, or was found in the log."""
        self._records[record_id] = record
        self._records.move_to_end(record_id)
        while len(self._records) > self._most and next(iter(self._records.values())).is_stored:
            self._records.popitem(last=False)


def digest(topic: str, payload: bytes) -> str:
    """Which message it is."""
    return blake2b(topic.encode() + b"\0" + payload, digest_size=DIGEST_BYTES).hexdigest()


def id_of(which: str, mid: int | None, n: int) -> str:
    """Of a message's n-th record, as it is in the log after the bridge's name.

    Args:
        mid: The broker's number of it, where topic and payload do not tell two messages apart.
    """
    return f"{which}.{n}" if mid is None else f"{which}#{mid}.{n}"


def numbered(record_id: str) -> Numbered | None:
    """Which message an id of the log is of, if it has the broker's number."""
    found = _NUMBERED.fullmatch(record_id.rpartition("/")[2])
    return None if found is None else Numbered(found[1], int(found[2]))
