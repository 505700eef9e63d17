"""The load of a round: a fleet that sends until it is told to stop."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chaos.size import Size
from contracts.settings import Settings
from simulators.faults.kinds import FeederOutage
from simulators.fleet.plan import FleetPlan
from simulators.run.background import BackgroundRun
from simulators.run.simulation import Run, load_run

LATE, REPEAT, MALFORMED = 0.005, 0.01, 0.01
LATE_MAX = "2m"
BEFORE_NOW = timedelta(hours=12)
"""Where the log's time begins. A broker that is killed forgets producers whose last record is
stamped more than a day ago, and then takes a repeated request for a new one; and it refuses what is
stamped an hour ahead."""
OUTAGES = tuple(
    FeederOutage(
        kind="feeder_outage", count=5, after_minutes=0.5 + n * 10, spread_minutes=8, minutes=1.5
    )
    for n in range(24)
)
"""Feeders without power, so that there are facts and alerts that a fault may harm; log time goes
four to six times as fast as the clock on the wall."""
FIRST_MINUTE, FIRST_SECOND = 29, 50
"""So that a minute and a period are soon complete: the history job has nothing before."""


def load(settings: Settings, size: Size, seed: int) -> BackgroundRun:
    """The fleet, which sends while it is entered."""
    return BackgroundRun(settings, fleet(settings, size, seed))


def fleet(settings: Settings, size: Size, seed: int) -> Run:
    """Readings at the size's rate to all partitions but the last; meters read once a second of log
    time."""
    partitions = settings.readings_partitions
    run = load_run(
        settings,
        FleetPlan(size.meters, seed=seed, commodity="mixed", cadence="1s"),
        # Of the whole fleet; the meters of one partition are left out.
        rate=size.rate * partitions / (partitions - 1),
        start=(datetime.now(UTC) - BEFORE_NOW).replace(
            minute=FIRST_MINUTE, second=FIRST_SECOND, microsecond=0
        ),
        late=LATE,
        late_max=LATE_MAX,
        repeat=REPEAT,
        malformed=MALFORMED,
        settle=False,
        partitions=tuple(range(partitions - 1)),
    )
    return replace(run, faults=OUTAGES)
