"""Rows of history as they are stored, without the driver's objects in between.

The driver makes an object of each of a row's figures, and a `datetime` of each time. Of a month of
half-hours these are some 25,000, and most become whole numbers again. So a session may take times
for whole numbers and figures for bytes, and those are read here at once.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from struct import Struct
from typing import Any, ClassVar, TypeAlias

from cassandra.cqltypes import BytesType, DateType, LongType, UserType
from cassandra.protocol import ProtocolHandler, ResultMessage

from contracts.figures import FIGURES

Stored: TypeAlias = tuple[Any, ...]
"""An int, a float or None for each of `contracts.figures.FIGURES`: times in epoch ms, registers,
demand and energy in units. None is null, and a figure that is younger than the row."""

_LETTERS = {"bigint": "q", "timestamp": "q", "double": "d"}
_HELD = (8).to_bytes(4)
"""Before a figure, the size of what follows; before one that is null, -1."""
_STEP = len(_HELD) + 8
_EACH = tuple(Struct(f">4x{_LETTERS[figure.type]}") for figure in FIGURES)
_ALWAYS = len([*takewhile(lambda figure: not figure.nullable, FIGURES)])
"""So many come first that no row is without."""
_FIRST = Struct(">" + "".join(f"4x{_LETTERS[figure.type]}" for figure in FIGURES[:_ALWAYS]))
_FIRST_SIZES = _HELD[-1:] * _ALWAYS


class _Result(ProtocolHandler.message_types_by_opcode[ResultMessage.opcode]):  # type: ignore[misc]
    column_metadata: Sequence[tuple[Any, ...]] | None

    def recv_results_metadata(self, *args: Any) -> None:  # noqa: ANN401
        super().recv_results_metadata(*args)
        columns = self.column_metadata or ()
        self.column_metadata = [(*column[:-1], _as_stored(column[-1])) for column in columns]


class AsStored(ProtocolHandler):  # type: ignore[misc]
    """How a session reads answers that has times as epoch ms, and figures as `figures_of` takes
    them: its `client_protocol_handler`."""

    message_types_by_opcode: ClassVar = {
        **ProtocolHandler.message_types_by_opcode,
        ResultMessage.opcode: _Result,
    }


def _as_stored(of: type[Any]) -> Any:  # noqa: ANN401
    if issubclass(of, UserType):
        return BytesType
    return LongType if issubclass(of, DateType) else of


def figures_of(stored: bytes) -> Stored:
    """The numbers of a value of the type `figures`.

    Raises:
        struct.error: it ends within a figure.
    """
    if stored[len(_HELD) - 1 : _FIRST.size : _STEP] != _FIRST_SIZES:
        return (*_walked(stored, 0, _EACH),)
    return *_FIRST.unpack_from(stored), *_walked(stored, _FIRST.size, _EACH[_ALWAYS:])


def _walked(stored: bytes, at: int, each: Sequence[Struct]) -> Iterator[int | float | None]:
    for one in each:
        if stored[at : at + len(_HELD)] == _HELD:
            yield one.unpack_from(stored, at)[0]
            at += _STEP
        else:
            yield None
            at += len(_HELD)
