"""A case in a small file: what a list of statements makes of given rows.

    Two readings of a minute are one row.

    given on_time_readings
    meter_id STRING | ts BIGINT | arrival TIMESTAMP_LTZ(3) ROWTIME
    a               | 61000     | 1970-01-01T00:01:01Z

    run views/batch_minutes

    expect minutes
    meter_id | minute_ms | readings
    a        | 60000     | 1

A given table has the columns of its header, each with its SQL type; ROWTIME makes one the table's
time. It may be without rows, for statements to write into. `expect` names the columns that it looks
at; the order of rows does not matter. NULL is null, a text may be in quotes.
"""

from dataclasses import dataclass
from pathlib import Path

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Column:
    """Of a given table."""

    name: str
    type: str
    row_time: bool


@dataclass(frozen=True)
class Given:
    """A table that is there before the statements."""

    table: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Expected:
    """What a table or view, or a query in parentheses, holds after them."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Case:
    """A case of a file."""

    question: str
    statements: tuple[str, ...]
    given: tuple[Given, ...]
    expected: tuple[Expected, ...]


def read(path: Path) -> Case:
    """The case of a file.

    Raises:
        ValueError: a block begins otherwise than with given, run or expect, or a row has more or
            fewer cells than its header.
    """
    question, *blocks = path.read_text().strip().split("\n\n")
    statements: list[str] = []
    given: list[Given] = []
    expected: list[Expected] = []
    for block in blocks:
        first, *lines = block.splitlines()
        kind, *names = first.split()
        header, *rows = map(_cells, lines or [""])
        if kind != "run" and any(len(row) != len(header) for row in rows):
            raise ValueError(f"{path}, {kind} {' '.join(names)}: a row is not like its header")
        match kind:
            case "run":
                statements += [*names, *" ".join(lines).split()]
            case "given":
                columns = tuple(_column(cell or "") for cell in header)
                given.append(Given(names[0], columns, tuple(rows)))
            case "expect":
                expected.append(Expected(" ".join(names), tuple(map(str, header)), tuple(rows)))
            case _:
                raise ValueError(f"{path}: a block begins with {kind}; given, run and expect may")
    return Case(question, tuple(statements), tuple(given), tuple(expected))


def _cells(line: str) -> Row:
    cells = (cell.strip() for cell in line.split("|"))
    return tuple(None if cell == "NULL" else cell.strip('"') for cell in cells)


def _column(cell: str) -> Column:
    name, *words = cell.split()
    return Column(name, " ".join(word for word in words if word != "ROWTIME"), "ROWTIME" in words)
