"""Which announcements of meters are due, and what they say.

Nothing here asks Kafka or the clock: what is due follows from the entries of the registry and from
the time that is given.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, cast
from zlib import crc32

import orjson

from contracts.errors import OperationError
from contracts.meters import Meter, announcement
from contracts.time import DAY_MS, SECOND_MS

DAY_S = DAY_MS // SECOND_MS
REQUIRED = ("geohash", "commodity")
"""Without these an announcement would be a reject."""


class EntryError(OperationError):
    """An entry of the registry cannot be announced."""


class Due(NamedTuple):
    """An announcement, and the meter that is its key."""

    meter_id: str
    value: bytes


@dataclass(slots=True)
class Announcements:
    """The registry of a namespace as it was last announced."""

    _entries: dict[str, bytes] = field(default_factory=dict)
    _by_second: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Meters by the second of the day at which they are announced again."""

    def __len__(self) -> int:
        return len(self._entries)

    def known(self, meter_id: str, entry: bytes | None) -> None:
        """Take an entry, or None for its removal, that was announced before.

        Raises:
            EntryError: it is none; the one before stays.
        """
        if entry is not None:
            _announced(meter_id, entry)
        self._put(meter_id, entry)

    def changed(self, meter_id: str, entry: bytes | None) -> Due | None:
        """Take an entry, or None for its removal, and say what is due at once: nothing if it says
        what the one before said.

        Raises:
            EntryError: it is none; the one before stays.
        """
        before = self._entries.get(meter_id)
        if entry is None:
            if before is None:
                return None
            self._put(meter_id, None)
            return Due(meter_id, _announced(meter_id, before, removed=True))
        due = Due(meter_id, _announced(meter_id, entry))
        if before is not None and _announced(meter_id, before) == due.value:
            return None
        self._put(meter_id, entry)
        return due

    def again(self, after_ms: int, until_ms: int) -> Iterator[Due]:
        """What is due once a day from `after_ms`, without it, to `until_ms`; each meter once."""
        for meter_id in self._of_seconds(after_ms // SECOND_MS, until_ms // SECOND_MS):
            yield Due(meter_id, _announced(meter_id, self._entries[meter_id]))

    def _put(self, meter_id: str, entry: bytes | None) -> None:
        second = second_of_day(meter_id)
        if entry is None:
            self._entries.pop(meter_id, None)
            self._by_second[second].discard(meter_id)
        else:
            self._entries[meter_id] = entry
            self._by_second[second].add(meter_id)

    def _of_seconds(self, after_s: int, until_s: int) -> Iterable[str]:
        if until_s - after_s >= DAY_S:
            return sorted(self._entries)
        seconds = range(after_s + 1, until_s + 1)
        return [each for s in seconds for each in sorted(self._by_second.get(s % DAY_S, ()))]


def second_of_day(meter_id: str) -> int:
    """When (UTC) a meter is announced again: spread over the day by its id."""
    return crc32(meter_id.encode()) % DAY_S


def _announced(meter_id: str, entry: bytes, *, removed: bool = False) -> bytes:
    """The announcement of an entry, the same for entries that say the same.

    Raises:
        EntryError: it is no entry.
    """
    try:
        said = orjson.loads(entry)
    except orjson.JSONDecodeError as problem:
        raise EntryError(f"the entry of meter {meter_id} is not JSON: {problem}") from None
    if not isinstance(said, dict) or not all(name in said for name in REQUIRED):
        wanted = " and ".join(REQUIRED)
        raise EntryError(f"the entry of meter {meter_id} is no JSON object with {wanted}")
    known = cast(Meter, said)
    return orjson.dumps(announcement(meter_id, known, removed=removed), option=orjson.OPT_SORT_KEYS)
