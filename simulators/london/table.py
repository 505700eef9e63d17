"""The rows of a London file as text: three columns found by their headings, with line numbers.

The file is cut into lines and fields here rather than by a CSV library, which neither says on which
line it stops nor goes on behind it.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import polars as pl

from simulators.errors import FileError

CHUNK_BYTES = 64 * 2**20
BYTE_ORDER_MARK = "\ufeff"
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
BLANK = f", \t\r{BYTE_ORDER_MARK}"
"""A line with nothing else is none."""
UNIT_SEPARATOR = "\x1f"
"""Between fields of lines in which a comma may be part of a quoted one."""


class Column(NamedTuple):
    """How the heading of a column may be written, without blanks, signs and case."""

    pattern: re.Pattern[str]
    examples: tuple[str, ...]

    @property
    def name(self) -> str:
        """What messages call it."""
        return "/".join(self.examples)


COLUMNS = {
    "meter_id": Column(re.compile("lclid"), ("LCLid",)),
    "start": Column(re.compile("tstp|datetime"), ("tstp", "DateTime")),
    "kwh": Column(
        re.compile("(energy)?(?P<kilo>k)?wh((per)?hh)?(perhalfhour)?"),
        ("energy(kWh/hh)", "KWH/hh", "KWH/hh (per half hour)", "energy_kWh"),
    ),
}
"""Energy is in kWh or Wh, as its heading says."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file; blank lines are none."""

    rows: pl.DataFrame
    """`line`, `row` (the whole line), `fields` (how many it has), and `meter_id`, `start` and `kwh`
    as they are written, empty where the row has no such field."""
    headings: int
    """How many there are: a row has as many fields."""
    wh_per_unit: int
    """1,000 if energy is in kWh, 1 if it is in Wh."""


def read_table(path: Path) -> Table:
    """Read a CSV file, plain or compressed with gzip.

    Raises:
        FileError: no such file, not text, or no heading for one of the columns.
    """
    try:
        with path.open("rb") as file:
            return _table(path, _unpacked(path, file))
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except (OSError, EOFError, zlib.error) as problem:
        raise FileError(f"{path}: cannot be read as CSV: {problem}") from problem


def _unpacked(path: Path, file: BinaryIO) -> BinaryIO:
    begin = file.read(4)
    file.seek(0)
    if begin.startswith(ZIP):
        raise FileError(f"{path}: cannot be read as CSV: it is a zip archive; unpack it first")
    if begin.startswith(GZIP):
        return cast(BinaryIO, gzip.open(file))
    if begin.startswith(UTF_16):
        raise FileError(f"{path}: cannot be read as CSV: it is UTF-16; save it as UTF-8")
    return file


def _table(path: Path, file: BinaryIO) -> Table:
    parts: list[pl.DataFrame] = []
    headings: list[str] | None = None
    places: dict[str, int] = {}
    first_line = 1
    for text in _chunks(file):
        lines = pl.Series("row", [text]).str.split("\n").explode().to_frame()
        numbered = lines.with_row_index("line", offset=first_line)
        first_line += lines.height
        written = numbered.filter(pl.col("row").str.strip_chars(BLANK) != "")
        if headings is None and not written.is_empty():
            (_, heading), written = written.row(0), written.slice(1)
            headings = _fields(heading.removeprefix(BYTE_ORDER_MARK))
            places = _places(path, headings)
        if headings is not None:
            parts.append(_split(written, places))
    if headings is None:
        raise FileError(f"{path}: cannot be read as CSV: it has no heading")
    unit = COLUMNS["kwh"].pattern.fullmatch(_plain(headings[places["kwh"]]))
    kilo = unit is not None and unit["kilo"] is not None
    return Table(pl.concat(parts), len(headings), 1_000 if kilo else 1)


def _chunks(file: BinaryIO) -> Iterator[str]:
    """The text in pieces of whole lines, without the newline between one and the next. Bytes that
    are not UTF-8 become signs that no column that is read may have."""
    rest = b""
    while block := file.read(CHUNK_BYTES):
        whole, newline, begun = (rest + block).rpartition(b"\n")
        if newline:
            yield whole.decode(errors="replace")
        rest = begun
    if rest:
        yield rest.decode(errors="replace")


def _split(lines: pl.DataFrame, places: dict[str, int]) -> pl.DataFrame:
    """The columns of these lines, by the place of each."""
    row = pl.col("row")
    fields = row.str.split(",")
    if lines["row"].str.contains('"', literal=True).any():
        lines = lines.with_columns(
            separated=row.map_elements(
                lambda text: UNIT_SEPARATOR.join(_fields(text)), return_dtype=pl.String
            )
        )
        fields = pl.col("separated").str.split(UNIT_SEPARATOR)
    return lines.with_columns(each=fields).select(
        "line",
        row.str.strip_chars(),
        fields=pl.col("each").list.len(),
        **{
            column: pl.col("each").list.get(place, null_on_oob=True).fill_null("").str.strip_chars()
            for column, place in places.items()
        },
    )


def _fields(line: str) -> list[str]:
    """The fields of a line, some of which may be in quotes; what cannot be cut is one."""
    try:
        return next(csv.reader([line.strip("\r")]), [])
    except csv.Error:
        return [line]


def _places(path: Path, headings: list[str]) -> dict[str, int]:
    """Where each column is."""
    places: dict[str, int] = {}
    for name, column in COLUMNS.items():
        found = [
            place
            for place, heading in enumerate(headings)
            if column.pattern.fullmatch(_plain(heading))
        ]
        if len(found) != 1:
            number = "no column" if not found else f"{len(found)} columns"
            raise FileError(
                f"{path}: {number} headed {' or '.join(map(repr, column.examples))}; its headings, "
                f"separated by commas, are {', '.join(map(repr, headings))}"
            )
        places[name] = found[0]
    return places


def _plain(heading: str) -> str:
    return re.sub("[^a-z0-9]", "", heading.lower())
