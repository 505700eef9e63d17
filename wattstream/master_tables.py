"""Rows of masters that differ, as a table."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from contracts.capture import Difference


def differing(differences: Iterable[Difference]) -> Table:
    """A row for each column that table and topic do not have alike."""
    table = Table()
    for heading in ("table", "key", "column", "in PostgreSQL", "on the topic"):
        table.add_column(heading, overflow="fold")
    for each in differences:
        key = ", ".join(map(str, each.key))
        here, there = each.table_has, each.topic_has
        if here is None or there is None:
            whole = (here is None, there is None)
            table.add_row(
                *map(Text, (each.table, key, "", *("no row" if no else "a row" for no in whole)))
            )
            continue
        for column in sorted(here.keys() | there.keys()):
            if here.get(column) != there.get(column):
                values = (str(here.get(column)), str(there.get(column)))
                table.add_row(*map(Text, (each.table, key, column, *values)))
    return table
