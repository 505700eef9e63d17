"""All jobs beside a live fleet, whose generator shares the machine with them."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from rich.console import Console

from adapters.kafka import topic_ends
from benchmarks.readings_log import LATE, MALFORMED
from contracts.settings import Settings
from infra.flink import submission
from infra.provision import erase, provision
from simulators.faults.kinds import FaultOptions
from simulators.fleet.cadence import readings_per_second
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.fleet.registry import Registry
from simulators.run.background import BackgroundRun
from simulators.run.simulation import load_run

GENERATORS = 2
POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class LiveFleet:
    """Jobs and fleet, running."""

    jobs: dict[str, str]
    """Id of each job by the job."""
    fleet: BackgroundRun
    readings_per_s: float
    """What the meters, and the export registers of some, make."""


@contextmanager
def live(
    settings: Settings,
    meters: int,
    console: Console,
    *,
    cadence: str = "1s",
    partitions: tuple[int, ...] | None = None,
    faults: Sequence[FaultOptions] = (),
    prepare: Callable[[Registry], None] = lambda _: None,
) -> Iterator[LiveFleet]:
    """Empty the namespace, start all jobs, and a fleet that reads once a second; go on when it has
    sent a second's readings. Nothing of it is left afterwards.

    Args:
        cadence: Or as often as `FleetPlan` says.
        partitions: Only the meters of these send.
        faults: What happens to the fleet.
        prepare: Done in the empty namespace, before anything runs there.

    Raises:
        FlinkError, SendError: a job does not start, or the fleet cannot send.
    """
    plan = FleetPlan(meters, seed=1, commodity="mixed", cadence=cadence)
    registry = make_registry(plan)
    share = 1.0 if partitions is None else len(partitions) / settings.readings_partitions
    rate = readings_per_second(registry) * share
    run = load_run(
        settings,
        plan,
        processes=GENERATORS,
        late=LATE,
        malformed=MALFORMED,
        partitions=partitions,
        record=False,
    )
    run = replace(run, faults=tuple(faults))
    erase(settings)
    try:
        provision(settings)
        prepare(registry)
        jobs = submission.submit(settings, console, {})
        with BackgroundRun(settings, run) as fleet:
            with console.status(f"{rate:,.0f} readings/s: the fleet gets ready"):
                while sum(topic_ends(settings)) < rate:
                    fleet.raise_error()
                    time.sleep(POLL_S)
            yield LiveFleet(jobs, fleet, rate)
    finally:
        erase(settings)
