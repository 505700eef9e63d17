"""Rows of an answer, and what can be asked for, as a terminal shows them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from wattstream.sql_text import Row, shown

if TYPE_CHECKING:
    from adapters.sql.catalogue import View

LEAST_WIDTH = 12
"""Of a column that has more to say: a narrower one is not read any more."""
_BESIDE = 3
"""What a column takes beside its text."""
_NUMBERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT"),
    *("UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL"),
)


def answer_table(
    console: Console, names: Sequence[str], types: Sequence[str], rows: Sequence[Row]
) -> RenderableType:
    """Rows as a table; where its columns do not fit the terminal, a row below the other, column by
    column. What is no terminal has room for all."""
    cells = [[shown(value) for value in row] for row in rows]
    widths = [
        max(Text(text).cell_len for text in column) for column in zip(names, *cells, strict=True)
    ]
    if console.is_terminal:
        least = sum(min(width, LEAST_WIDTH) + _BESIDE for width in widths) + 1
        if least > console.width:
            return _records(names, cells)
    table = Table()
    for name, type_ in zip(names, types, strict=True):
        right = type_.startswith(_NUMBERS)
        table.add_column(Text(name), justify="right" if right else "left", overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    return table


def print_whole(console: Console, table: RenderableType) -> None:
    """Print a table; where there is no terminal, as wide as it is."""
    if not console.is_terminal:
        wide = console.options.update(width=1_000_000)
        console.width = max(Measurement.get(console, wide, table).maximum, 1)
    console.print(table)


def views_text(views: Sequence["View"]) -> RenderableType:
    """Views with their questions, columns and units."""
    parts: list[RenderableType] = []
    for view in views:
        parts.append(Text.assemble((view.name, "bold"), f": {view.question} ({view.source})"))
        columns = Table.grid(padding=(0, 2))
        for _ in range(3):
            columns.add_column(overflow="fold")
        for each in view.columns:
            columns.add_row(
                Text(f"  {each.name}"), Text(each.type, style="dim"), Text(each.meaning)
            )
        parts += [columns, Text()]
    return Group(*parts)


def elsewhere_text(elsewhere: dict[str, str]) -> RenderableType:
    """What is not here, and where it is."""
    lines = [Text(f"  {name} {where}") for name, where in elsewhere.items()]
    return Group(Text("Not here:", style="bold"), *lines)


def _records(names: Sequence[str], cells: Sequence[Sequence[str]]) -> RenderableType:
    parts: list[RenderableType] = []
    for number, row in enumerate(cells, 1):
        record = Table.grid(padding=(0, 2))
        record.add_column()
        record.add_column(overflow="fold")
        for name, text in zip(names, row, strict=True):
            record.add_row(Text(name, style="bold"), Text(text))
        parts += [Text(f"row {number:,}", style="dim"), record]
    return Group(*parts)
