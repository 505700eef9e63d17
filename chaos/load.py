"""The load of a round: a fleet that sends until it is told to stop."""

from datetime import UTC, datetime, timedelta

from chaos.size import Size
from contracts.settings import Settings
from simulators.fleet.plan import FleetPlan
from simulators.run.background import BackgroundRun
from simulators.run.simulation import load_run

LATE, REPEAT, MALFORMED = 0.005, 0.01, 0.01
LATE_MAX = "2m"
BEFORE_NOW = timedelta(hours=12)
"""Where the log's time begins. A broker that is killed forgets producers whose last record is
stamped more than a day ago, and then takes a repeated request for a new one; and it refuses what is
stamped an hour ahead."""
FIRST_MINUTE, FIRST_SECOND = 29, 50
"""So that a minute and a period are soon complete: the history job has nothing before."""


def load(settings: Settings, size: Size, seed: int) -> BackgroundRun:
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
    return BackgroundRun(settings, run)
