"""What became of a file's values, as tables of 80 columns."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from exchange.tally import Tally
from exchange.values import Remark, Unusable

CHANNELS = 10
"""Of those that were not imported."""


def summary(name: str, format_name: str, tally: Tally, *, sent: bool) -> RenderableType:
    """How many values a file has, and what became of them; the lines add up to the first.

    Args:
        sent: Whether they were, or would only be.
    """
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")

    def line(values: int, what: str, style: str = "") -> None:
        table.add_row(Text(f"{values:,}", style=style), Text(what, style=style))

    line(tally.values, "values in the file", "bold")
    line(tally.sent, "sent" if sent else "would be sent")
    if tally.same:
        line(tally.same, "there already, or said again: nothing to send")
    if tally.revised:
        line(tally.revised, "revised: the difference is sent" if sent else "would be revised")
    if tally.missing:
        line(tally.missing, "missing, as the file says")
    channels = sorted(tally.not_imported.items(), key=lambda each: -each[1])
    for channel, values in channels[:CHANNELS]:
        line(values, f"not imported: {channel}", "dim")
    if left := channels[CHANNELS:]:
        values = sum(number for _, number in left)
        line(values, f"not imported: {len(left):,} other channels", "dim")
    for reason, values in sorted(tally.unusable.items()):
        line(values, f"unusable: {reason}", "red")
    return Group(Text.assemble((name, "bold"), f" ({format_name})"), table)


def problems(first: Sequence[Unusable | Remark], all_of_them: int) -> RenderableType:
    """The first things that cannot be used, or are odd, each with its line in the file."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("line", "record", "values"):
        table.add_column(heading, no_wrap=True, justify="right" if heading != "record" else "left")
    table.add_column("what is wrong", overflow="fold")
    for each in first:
        if isinstance(each, Unusable):
            what = Text.assemble((each.reason, "red"), f": {each.detail}")
            values = f"{each.values:,}"
        else:
            what, values = Text(f"remark: {each.detail}"), ""
        table.add_row(f"{each.line:,}", Text(each.record), values, what)
    if all_of_them > len(first):
        more = Text(f"... and {all_of_them - len(first):,} more", style="dim")
        return Group(table, more)
    return table
