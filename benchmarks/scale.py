"""`wattstream bench scale`: what more meters, another state backend or another parallelism cost.

Each point drains a log of about the same number of events, so that what differs is the number of
keys. Slices hold nearly all state of the hot job; the whole job is drained too where Redis, as the
local stack has it, can keep the live state of so many meters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from benchmarks.company import alone
from benchmarks.drain import Drain, drain
from benchmarks.log import Plan, filled
from benchmarks.stages import STAGES
from contracts.settings import PROJECT, Settings
from infra.provenance import origin

PLANS = (
    Plan(10_000, 1_200),
    Plan(100_000, 120),
    Plan(1_000_000, 60, "5s"),
    Plan(5_000_000, 144, "1m"),
)
MOST_IN_REDIS = 1_000_000
BACKENDS = ("hashmap", "rocksdb")
PARALLELISMS = (1, 2)
REFERENCE = PLANS[1]
"""The log by which parallelisms are compared."""


@dataclass(frozen=True, slots=True)
class Point:
    """A drain, and where it stands."""

    plan: Plan
    backend: str
    parallelism: int
    drain: Drain

    @property
    def checkpoint_mib_per_million_meters(self) -> float:
        """Size of the largest checkpoint."""
        return self.drain.checkpoint_mib / self.plan.meters * 1e6


def run(settings: Settings, most_meters: int, console: Console) -> Iterator[Point]:
    """Every point up to a number of meters.

    Raises:
        BenchmarkError, FlinkError: other jobs run, or one of these fails.
    """
    with alone(settings, console, keep_readings=True):
        for plan in PLANS:
            if plan.meters > most_meters:
                return
            for backend in BACKENDS:
                yield _point(settings, plan, "slices", backend, PARALLELISMS[-1], console)
            if plan.meters <= MOST_IN_REDIS:
                yield _point(settings, plan, "whole", BACKENDS[0], PARALLELISMS[-1], console)
            if plan == REFERENCE:
                for parallelism in PARALLELISMS[:-1]:
                    for stage in ("slices", "whole"):
                        yield _point(settings, plan, stage, BACKENDS[0], parallelism, console)


def _point(
    settings: Settings, plan: Plan, stage: str, backend: str, parallelism: int, console: Console
) -> Point:
    log = filled(settings, plan, console)
    options = {"state.backend.type": backend}
    outcome = drain(settings, STAGES[stage], log, console, options=options, parallelism=parallelism)
    return Point(plan, backend, parallelism, outcome)


def content(points: Sequence[Point], command: str) -> dict[str, object]:
    """The outcome as JSON has it."""
    return {
        **origin(command, PROJECT),
        "points": [asdict(point) for point in points],
    }


def table(points: Sequence[Point]) -> Table:
    """Every point on a terminal."""
    shown = Table(title="scale")
    for column in (
        "meters",
        "cadence",
        "stage",
        "backend",
        "parallelism",
        "events/s",
        "CPU s per million",
        "checkpoint MiB",
        "MiB per million meters",
        "checkpoint s",
    ):
        shown.add_column(column, justify="right")
    for point in points:
        shown.add_row(
            f"{point.plan.meters:,}",
            point.plan.cadence,
            point.drain.stage,
            point.backend,
            str(point.parallelism),
            f"{point.drain.events_per_s:,.0f}",
            f"{sum(point.drain.cpu_s_per_million.values()):.1f}",
            f"{point.drain.checkpoint_mib:,.0f}",
            f"{point.checkpoint_mib_per_million_meters:,.0f}",
            f"{point.drain.checkpoint_s:.1f}",
        )
    return shown
