"""`wattstream bench pipeline`: what each branch of the jobs costs, and how fast they all are."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from benchmarks.drain import Drain, drain
from benchmarks.exclusive import alone
from benchmarks.readings_log import Plan, ReadingsLog, ScenarioPlan, filled
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
    settings: Settings,
    plan: Plan | ScenarioPlan,
    stages: Sequence[Stage],
    console: Console,
    *,
    check: bool,
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


def tables(outcome: Drained) -> tuple[Table, Table]:
    """The outcome on a terminal of 80 columns: how fast each stage was, and what it took."""
    speed = Table(title=f"{outcome.log.events:,} events: {outcome.log.plan}")
    speed.add_column("stage")
    for column in ("events/s", "s", "checkpoint MiB", "checkpoint s"):
        speed.add_column(column, justify="right")
    for each in outcome.drains:
        speed.add_row(
            each.stage,
            f"{each.events_per_s:,.0f}",
            f"{each.seconds:.1f}",
            f"{each.checkpoint_mib:,.0f}",
            f"{each.checkpoint_s:.1f}",
        )
    taken = Table(title="CPU s per million events")
    taken.add_column("process", no_wrap=True)
    for each in outcome.drains:
        taken.add_column(each.stage, justify="right", overflow="fold")
    used = [each.cpu_s_per_million for each in outcome.drains]
    for process in sorted({process for of_stage in used for process in of_stage}):
        taken.add_row(process, *(f"{of_stage.get(process, 0.0):.1f}" for of_stage in used))
    taken.add_section()
    taken.add_row("all", *(f"{sum(of_stage.values()):.1f}" for of_stage in used))
    return speed, taken
