"""Versions of plans, as a table."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from billing.tariffs.plan import load
from contracts.masters import PlanVersion

HEADINGS = ("plan", "version", "from", "until", "commodity", "components", "on offer", "name")


def plan_table(versions: Iterable[PlanVersion]) -> Table:
    """A row for each version, with what it consists of."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for each in versions:
        plan = load(each.terms, f"plan {each.plan_id} version {each.version}")
        cells = (
            each.plan_id,
            f"{each.version}",
            f"{each.begin}",
            f"{each.end}" if each.end else "",
            plan.commodity,
            ", ".join(component.kind for component in plan.components),
            "yes" if plan.on_offer else "no",
            plan.name,
        )
        table.add_row(*map(Text, cells))
    return table
