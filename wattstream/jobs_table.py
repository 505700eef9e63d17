"""The jobs of a namespace as people read them, in a terminal of 80 columns."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from adapters.flink import CheckpointAge
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from infra.flink.health import LATELY_MS, Health, advice
from infra.flink.held_back import HeldBack


def jobs_table(jobs: Sequence[Health]) -> Table:
    """A row for each job."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("job", "state"):
        table.add_column(heading, overflow="fold")
    lately = f"failed in {LATELY_MS // MINUTE_MS} min"
    for heading in ("records behind", "last checkpoint", lately):
        table.add_column(heading, justify="right", overflow="fold")
    for each in jobs:
        table.add_row(
            each.kind,
            Text(each.state, style="green" if each.well else "red"),
            "?" if each.behind is None else f"{each.behind:,}",
            "?" if each.checkpoint is None else Text.assemble(age_text(each.checkpoint), " ago"),
            f"{len(each.failures)}",
        )
    return table


def words(settings: Settings, jobs: Sequence[Health], held_back: HeldBack | None) -> list[Text]:
    """What is wrong and what to do, a paragraph each."""
    wrong = [Text(advice(settings, each), style="red") for each in jobs if not each.well]
    if held_back is not None:
        wrong.append(Text(held_back.advice, style="yellow"))
    return wrong


def age_text(checkpoint: CheckpointAge) -> Text:
    """The age in seconds, red if a checkpoint is overdue."""
    return Text(f"{checkpoint.age_ms / 1000:,.0f} s", style="red" if checkpoint.overdue else "")
