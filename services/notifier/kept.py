"""The state as records of a compacted topic, and back."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, get_args

from msgspec import DecodeError
from msgspec.json import Decoder, Encoder

from contracts.errors import OperationError
from services.notifier.state import Changes, Kept, State

_encode = Encoder(order="deterministic").encode
_decode = Decoder(Kept).decode
_KINDS: dict[str, type[Kept]] = {kind.__name__.lower(): kind for kind in get_args(Kept)}


class Record(NamedTuple):
    """A record; without a value it removes what has its key."""

    key: bytes
    value: bytes | None


class RecordError(OperationError):
    """A record of the topic of notifications is none of the notifier's."""


def records(changes: Changes) -> Iterator[Record]:
    """What is to be kept of changes: all of them, or none."""
    for (kind, key), entity in changes.items():
        name = kind.__name__.lower()
        if name in _KINDS:
            yield Record(f"{name} {key}".encode(), None if entity is None else _encode(entity))


def restored(kept: Iterable[Record]) -> State:
    """The state that records make, in their order; it does not matter which of those that others
    replace are there.

    Raises:
        RecordError: one is none of the notifier's.
    """
    state = State()
    for record in kept:
        name, _, key = record.key.decode(errors="replace").partition(" ")
        kind = _KINDS.get(name)
        try:
            entity = None if record.value is None else _decode(record.value)
        except (DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _strange(record, str(error)) from None
        if kind is None or (entity is not None and (type(entity), entity.key) != (kind, key)):
            raise _strange(record, "its key is not that of its value")
        state.take({(kind, key): entity})
    return state


def _strange(record: Record, why: str) -> RecordError:
    return RecordError(
        f"the record {record.key!r} of the topic of notifications is none of this notifier's: "
        f"{why}; the notifier alone may write it: see who else does, or which version did"
    )
