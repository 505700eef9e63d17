"""A short version of the faults, all in one run: nothing lost, nothing twice.

`wattstream chaos --fault NAME --short` runs a single one, `--all` each by itself.
"""

import os

from rich.console import Console

from chaos.faults import FAULTS, named
from chaos.round import run_round
from chaos.size import SHORT
from contracts.settings import Settings
from tests.support.namespaces import wait_for_slots

SEED = 5
ORDER = (
    "upgraded",
    "checkpoint-disk-full",
    "cassandra-throttled",
    "partition-quiet",
    "redis-emptied",
    "rescaled",
    "compaction-killed",
    "python-worker-killed",
    "taskmanager-killed",
    "minute-repeated",
    "clocks-wrong",
    "poisoned",
    "capture-killed",
    "everything-killed",
)
"""What begins with something arranged comes first, and what waits for nobody while services come
back."""
WITHIN = {
    "cassandra-stopped": "cassandra-throttled",
    "connect-killed": "capture-killed",
    "postgresql-killed": "capture-killed",
    "kafka-killed": "capture-killed",
    "cassandra-stopped-long": "everything-killed",
    "cassandra-killed": "everything-killed",
    "redis-killed": "everything-killed",
    "jobmanager-killed": "everything-killed",
    "zookeeper-killed": "everything-killed",
}
"""For the time they take, left to `wattstream chaos`: the larger part of each is in another one.
The rest is that something lives on when another dies, as PostgreSQL does when Connect is killed, or
that it is away for long."""


def test_every_fault_has_a_short_version_here() -> None:
    assert sorted([*ORDER, *WITHIN]) == sorted(fault.name for fault in FAULTS)
    assert set(WITHIN.values()) <= set(ORDER)


def test_nothing_is_lost_and_nothing_is_there_twice(stack: Settings) -> None:
    settings = stack.model_copy(update={"namespace": "test_faults"})
    wait_for_slots(settings)

    faults = [named(name) for name in ORDER]
    if os.geteuid() != 0:
        faults = [fault for fault in faults if not fault.needs_root]

    done = run_round(settings, faults, SHORT, SEED, Console(), overlapping=True)

    assert not done.problem
    assert [harm.fault for harm in done.harms] == [fault.name for fault in faults]
    assert (done.lost, done.doubled, done.late_dropped) == (0, 0, 0)
    assert done.readings > 0
    assert done.equal
