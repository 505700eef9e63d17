"""Which format a file is of, by what it begins with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exchange.errors import FileRefused
from exchange.formats import espi, mscons, nem12, p1, table
from exchange.formats.mapping import Mapping, mappings
from exchange.formats.options import (
    CALORIFIC,
    EPOCH_IS_LOCAL,
    NET,
    OFFSET,
    UNIT,
    Options,
)
from exchange.opening import PACKED, UTF_16, Source, begin_of, encodings_of
from exchange.values import Found

Read = Callable[[Source, Options], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format with its reader."""

    name: str
    read: Read
    uses: frozenset[str] = frozenset()
    """Which of the options that say how a file is read; whose it is may always be told."""


def _nem12(source: Source, options: Options) -> Iterator[Found]:
    with source.open() as content:
        yield from nem12.read(content, options)


def _p1(source: Source, options: Options) -> Iterator[Found]:
    with source.open() as content:
        yield from p1.read(content, options)


def _mscons(source: Source, options: Options) -> Iterator[Found]:
    with source.open() as content:
        yield from mscons.read(content, options)


NEM12 = Format("NEM12", _nem12, frozenset({OFFSET, NET}))
ESPI = Format("Green Button", espi.read, frozenset({EPOCH_IS_LOCAL, CALORIFIC, NET}))
P1 = Format("P1", _p1)
MSCONS = Format("MSCONS", _mscons, frozenset({UNIT, NET}))

KNOWN: tuple[tuple[Format, Callable[[bytes], bool]], ...] = (
    (NEM12, nem12.is_nem12),
    (ESPI, espi.is_espi),
    (P1, p1.is_p1),
    (MSCONS, mscons.is_mscons),
)


def table_by(mapping: Mapping) -> Format:
    """Tables, read by a mapping."""

    def read(source: Source, options: Options) -> Iterator[Found]:
        return table.read(source, mapping, options)

    return Format(f"table, {mapping.name}", read, table.uses(mapping))


def refuse_unused(source: Source, known: Format, options: Options) -> None:
    """Take nothing of a file of which somebody says what its format has no use for.

    Raises:
        FileRefused: so it is; the message names what is told, and what could be.
    """
    if unused := options.told - known.uses:
        could = ", ".join(sorted(known.uses)) or "no option"
        raise FileRefused(
            f"{source.name}: {known.name} has no use for {', '.join(sorted(unused))}, only for "
            f"{could}: leave it out, or import files of other formats on their own"
        )


def format_of(source: Source, mapping: Mapping | None = None) -> Format:
    """The format of a file; of a table for which no mapping is given, with the one of ours that has
    its headings.

    Raises:
        FileRefused: it is of none, several mappings fit, or it cannot be opened.
    """
    begin = begin_of(source)
    if begin.startswith(PACKED):
        raise FileRefused(f"{source.name}: an archive within an archive: unpack the outer one")
    if not begin.strip():
        raise FileRefused(f"{source.name}: there is nothing in it")
    if mapping is not None:
        return table_by(mapping)
    is_wide = begin.startswith(UTF_16)
    text = begin.decode(encodings_of(begin)[0], "replace").encode() if is_wide else begin
    for known, recognised in KNOWN:
        if recognised(text):
            if is_wide and known is not ESPI:
                raise FileRefused(
                    f"{source.name}: {known.name} in UTF-16, in which no such file is: save it as "
                    "UTF-8"
                )
            return known
    fitting = [each for each in mappings() if table.fits(begin, each)]
    if len(fitting) == 1:
        return table_by(fitting[0])
    if fitting:
        names = " or ".join(each.name for each in fitting)
        raise FileRefused(f"{source.name}: may be of {names}: say which, --mapping")
    raise FileRefused(
        f"{source.name}: of no format that is known, which are NEM12, Green Button (ESPI), P1 and "
        "MSCONS, and a table of no mapping: write one, --mapping FILE.toml"
    )
