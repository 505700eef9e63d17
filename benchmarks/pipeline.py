"""`wattstream bench pipeline`: what each branch of the jobs costs, and how fast they all are."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from benchmarks.drain import Drain, drain
from benchmarks.exclusive import alone
from benchmarks.readings_log import Plan, ReadingsLog, filled
from benchmarks.stages import Stage
from contracts.settings import PROJECT, Settings
from infra.provenance import origin
from verification.report import verify


@dataclass(frozen=True, slots=True)
class Drained:
    """Every drain, and whether the stores held what they must after the last one."""

    log: ReadingsLog
    drains: tuple[Drain, ...]
    verified: bool | None
    """None if the last stage was not all jobs, or nobody asked."""


def run(
    settings: Settings, plan: Plan, stages: Sequence[Stage], console: Console, *, check: bool
) -> Drained:
    """Drain the log of the namespace, which is emptied, by each stage's jobs in turn.

    Args:
        check: Compare the stores with the oracle after a stage of all jobs.

    Raises:
        BenchmarkError, FlinkError: other jobs run, or one of these fails.
    """
    drains, verified = [], None
    with alone(settings, console, keep_readings=True):
        log = filled(settings, plan, console)
        for stage in stages:
            console.print(f"{stage.name}: {stage.question}")
            outcome = drain(settings, stage, log, console)
            drains.append(outcome)
            console.print(f"{stage.name}: {outcome.events_per_s:,.0f} events/s")
            if check and stage.complete:
                verified = verify(settings, console).equal
    return Drained(log, tuple(drains), verified)


def content(outcome: Drained, command: str) -> dict[str, object]:
    """The outcome as JSON has it: what was measured where, and each stage by its name."""
    return {
        **origin(command, PROJECT),
        "log": asdict(outcome.log),
        **{each.stage: asdict(each) for each in outcome.drains},
        "verified": outcome.verified,
    }


def table(outcome: Drained) -> Table:
    """The outcome on a terminal."""
    shown = Table(title=f"{outcome.log.events:,} events, {outcome.log.plan.meters:,} meters")
    shown.add_column("stage")
    for column in ("events/s", "s", "CPU s per million", "checkpoint MiB", "checkpoint s"):
        shown.add_column(column, justify="right")
    for each in outcome.drains:
        shown.add_row(
            each.stage,
            f"{each.events_per_s:,.0f}",
            f"{each.seconds:.1f}",
            " ".join(
                f"{process} {seconds:.2f}"
                for process, seconds in each.cpu_s_per_million.items()
                if seconds >= 0.005
            ),
            f"{each.checkpoint_mib:,.0f}",
            f"{each.checkpoint_s:.1f}",
        )
    return shown
