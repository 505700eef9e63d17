"""`wattstream bench scale`: what more meters or another parallelism cost.

Each point drains a log of about the same number of events, so that what differs is the number of
keys. Slices hold nearly all state of the hot job; the whole job is drained too where Redis, as the
local stack has it, can keep the live state of so many meters.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from benchmarks.drain import Drain, drain
from benchmarks.errors import NotDrainedError
from benchmarks.exclusive import alone
from benchmarks.readings_log import Plan, filled
from benchmarks.stages import STAGES
from contracts.settings import PROJECT, Settings
from infra.local import stack as local_stack
from infra.local.flink.service import TASKMANAGER
from infra.provenance import origin
from infra.provision import erase

PLANS = {
    plan.meters: plan
    for plan in (
        Plan(10_000, 1_200),
        Plan(100_000, 120),
        Plan(1_000_000, 60, "5s"),
        Plan(5_000_000, 144, "1m"),
    )
}
"""By the number of meters."""
MOST_IN_REDIS = 1_000_000
PARALLELISMS = (1, 2)
REFERENCE = PLANS[100_000]
"""The log by which parallelisms are compared."""


@dataclass(frozen=True, slots=True)
class Point:
    """A drain, and where it stands."""

    plan: Plan
    stage: str
    parallelism: int
    drain: Drain | None
    """None if the jobs did not come to the end of the log."""
    problem: str | None
    """Why they did not."""


def run(settings: Settings, plans: Iterable[Plan], console: Console) -> Iterator[Point]:
    """Every point with these logs; one that is too much for this machine has the reason instead of
    a drain.

    Raises:
        BenchmarkError, FlinkError: other jobs run, or Flink does not answer.
    """
    with alone(settings, console, keep_readings=True):
        for plan in plans:
            yield _point(settings, plan, "slices", PARALLELISMS[-1], console)
            if plan.meters <= MOST_IN_REDIS:
                yield _point(settings, plan, "whole", PARALLELISMS[-1], console)
            if plan == REFERENCE:
                for parallelism in PARALLELISMS[:-1]:
                    for stage in ("slices", "whole"):
                        yield _point(settings, plan, stage, parallelism, console)


def _point(settings: Settings, plan: Plan, stage: str, parallelism: int, console: Console) -> Point:
    log = filled(settings, plan, console)
    try:
        outcome = drain(settings, STAGES[stage], log, console, parallelism=parallelism)
    except NotDrainedError as error:
        erase(settings, keep_readings=True)
        # The heap may have been full: what such a JVM does next is no measure.
        local_stack.stop_service(settings, TASKMANAGER)
        local_stack.start_service(settings, TASKMANAGER, console)
        return Point(plan, stage, parallelism, None, str(error))
    return Point(plan, stage, parallelism, outcome, None)


def content(points: Sequence[Point], command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    return {
        **origin(command, PROJECT),
        "points": [asdict(point) for point in points],
    }


def table(points: Sequence[Point]) -> Table:
    """Every point on a terminal of 80 columns."""
    problems = (point.problem for point in points if point.problem)
    shown = Table(title="scale", caption="\n".join(problems))
    for column in (
        "meters",
        "each",
        "stage",
        "tasks",
        "events/s",
        "CPU s per 1M",
        "MiB per 1M meters",
        "s to save",
    ):
        shown.add_column(column, justify="right", no_wrap=" per " not in column)
    for point in points:
        shown.add_row(
            f"{point.plan.meters:,}",
            point.plan.cadence,
            point.stage,
            str(point.parallelism),
            *(_figures(point.plan, point.drain) if point.drain else ()),
        )
    return shown


def _figures(plan: Plan, outcome: Drain) -> tuple[str, ...]:
    return (
        f"{outcome.events_per_s:,.0f}",
        f"{sum(outcome.cpu_s_per_million.values()):.1f}",
        f"{outcome.checkpoint_mib / plan.meters * 1e6:,.0f}",
        f"{outcome.checkpoint_s:.1f}",
    )
