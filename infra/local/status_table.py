"""The state of the stack as a table."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from infra.local.stack import State


def status_table(states: Sequence[State]) -> Table:
    """A row for each service, and what they use together; it fits a terminal of 80 columns."""
    total = sum(state.resident_bytes for state in states)
    folders = dict.fromkeys(_from_here(state.log.parent) for state in states)
    table = Table(
        show_footer=True,
        caption="\n".join(f"logs: {folder}/<service>.log" for folder in folders),
        caption_justify="left",
    )
    table.add_column("service", overflow="fold")
    table.add_column("state")
    table.add_column("pid", justify="right")
    table.add_column("ports")
    table.add_column("resident", justify="right", footer=_mib(total))
    for state in states:
        table.add_row(
            state.name,
            _state(state),
            "" if state.pid is None else str(state.pid),
            " ".join(str(port) for port in state.ports),
            _mib(state.resident_bytes),
        )
    return table


def _state(state: State) -> Text:
    if state.pid is None:
        return Text("down", style="red")
    if not state.ready:
        return Text("does not answer", style="red")
    if state.outdated:
        return Text("up, outdated", style="yellow")
    return Text("up", style="green")


def _from_here(path: Path) -> Path:
    """Short enough for a terminal of 80 columns, where that is possible."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _mib(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB"
