"""Edits of registers, as a table."""

from collections.abc import Iterable
from decimal import Decimal

from rich.table import Table
from rich.text import Text

from adapters.bills.edits import RecordedEdit
from wattstream.times import utc_text


def edit_table(edits: Iterable[RecordedEdit]) -> Table:
    """A row for each edit."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("id", "register", "from, UTC", "until, UTC", "Wh or l", "by", "why", ""):
        table.add_column(heading, overflow="fold")
    for each in edits:
        its = each.edit
        state = "waits for somebody else" if each.waits else ""
        if each.approved_by is not None:
            state = f"seen by {each.approved_by}"
        if each.revoked_ms is not None:
            state = f"revoked {utc_text(each.revoked_ms)[:16]}"
        cells = (
            f"{its.edit_id}",
            its.register_id,
            utc_text(its.begin_ms)[:16],
            utc_text(its.end_ms)[:16],
            f"{Decimal(its.energy_mwh).scaleb(-3):,f}",
            its.by_user,
            its.reason,
            state,
        )
        table.add_row(*map(Text, cells))
    return table
