"""Which format a file is of, by what it begins with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exchange.errors import FileRefused
from exchange.formats import espi, mscons, nem12, p1
from exchange.formats.options import Options
from exchange.opening import Source, begin_of
from exchange.values import Found

Read = Callable[[Source, Options], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format with its reader."""

    name: str
    read: Read


def _nem12(source: Source, options: Options) -> Iterator[Found]:
    with source.open() as content:
        yield from nem12.read(content, options)


def _p1(source: Source, options: Options) -> Iterator[Found]:
    with source.open() as content:
        yield from p1.read(content, options)


def _mscons(source: Source, options: Options) -> Iterator[Found]:
    with source.open() as content:
        yield from mscons.read(content, options)


NEM12 = Format("NEM12", _nem12)
ESPI = Format("Green Button", espi.read)
P1 = Format("P1", _p1)
MSCONS = Format("MSCONS", _mscons)

KNOWN: tuple[tuple[Format, Callable[[bytes], bool]], ...] = (
    (NEM12, nem12.is_nem12),
    (ESPI, espi.is_espi),
    (P1, p1.is_p1),
    (MSCONS, mscons.is_mscons),
)


def format_of(source: Source) -> Format:
    """The format of a file.

    Raises:
        FileRefused: it is of none, or cannot be opened.
    """
    begin = begin_of(source)
    for known, recognised in KNOWN:
        if recognised(begin):
            return known
    raise FileRefused(
        f"{source.name}: of no format that is known; NEM12, Green Button (ESPI), P1 and MSCONS are"
    )
