"""A verification as people read it."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from verification.comparison.compare import Comparison
from verification.oracle.expected import Counts


def show_counts(counts: Counts, stored: Mapping[str, int], console: Console) -> None:
    """Print what was sent and what is stored."""
    table = Table(title="verification", show_header=False)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    reasons = ", ".join(f"{reason} {n:,}" for reason, n in sorted(counts.rejected.items()))
    rejected = sum(counts.rejected.values())
    rows = {
        "messages sent, without heartbeats and announcements": counts.sent,
        "heartbeats, last gasps among them": counts.heartbeats,
        "announcements": counts.announcements,
        "arrived on time, repeats and revisions among them": counts.on_time,
        "arrived late, repeats and revisions among them": counts.late,
        "of both, repeats of what was known": counts.repeated,
        "of both, revisions of what was known": counts.revised,
        "rejected" + (f" ({reasons})" if reasons else ""): rejected,
        **stored,
        f"still open (readings in {counts.open_windows:,} windows)": counts.open_readings,
    }
    for name, number in rows.items():
        table.add_row(name, f"{number:,}")
    console.print(table)


def show_comparisons(
    comparisons: list[Comparison], late_dropped: Mapping[str, int] | None, console: Console
) -> None:
    """Print how each store compares, what differs in words, and what windows dropped."""
    show_differences(comparisons, console)
    _show_late_dropped(late_dropped, console)


def show_differences(comparisons: list[Comparison], console: Console) -> None:
    """Print how each store compares, then what differs in words."""
    table = Table(title="found against expected")
    table.add_column("store", overflow="fold")
    for name in ("rows", "missing", "surplus", "different"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in comparisons:
        table.add_row(
            Text(one.store, style="green" if one.equal else "red"),
            *(f"{n:,}" for n in (one.found, one.missing, one.surplus, one.different)),
        )
    console.print(table)
    for one in comparisons:
        if one.undecided:
            console.print(
                f"{one.store}: of {one.undecided:,} subjects not compared, as a number is too near "
                "to a limit"
            )
        for example in one.examples:
            console.print(Text.assemble((one.store, "red"), f": {example}"), soft_wrap=True)


def _show_late_dropped(late_dropped: Mapping[str, int] | None, console: Console) -> None:
    if late_dropped is None:
        console.print("late records dropped by windows: not checked, the jobs are not running")
        return
    total = sum(late_dropped.values())
    console.print(
        f"late records dropped by {len(late_dropped)} window operators "
        f"since the jobs were last (re)started: {total:,}"
    )
    for operator, records in late_dropped.items():
        if records:
            dropped = Text.assemble((operator, "red"), f" dropped {records:,}")
            console.print(dropped, soft_wrap=True)
