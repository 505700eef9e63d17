"""Short versions of the faults, in one run for each change and one more for `make proof`: nothing
lost, nothing twice.

`wattstream chaos --fault NAME --short` runs a single one, `--all` each by itself.
"""

import os
from collections.abc import Sequence

import pytest
from rich.console import Console

from chaos.faults import FAULTS, named
from chaos.round import run_round
from chaos.size import SHORT
from contracts.settings import Settings
from tests.support.namespaces import wait_for_slots

SEED = 5
ALWAYS = (
    "upgraded",
    "redis-emptied",
    "minute-repeated",
    "clocks-wrong",
    "poisoned",
    "everything-killed",
)
"""One of each kind: what an operator does, a store, the log, and all processes at once. What begins
with something arranged comes first, and what waits for nobody while services come back."""
FOR_PROOF = (
    "checkpoint-disk-full",
    "cassandra-throttled",
    "partition-quiet",
    "rescaled",
    "compaction-killed",
    "taskmanager-killed",
    "python-worker-killed",
    "capture-killed",
)
"""The others: together they take longer than all else that needs the stack."""
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
    "bridge-killed": "everything-killed",
    "mqtt-broker-restarted": "everything-killed",
    "mqtt-broker-killed": "everything-killed",
    "kafka-killed-under-bridge": "everything-killed",
    "api-killed": "everything-killed",
    "kafka-killed-under-api": "everything-killed",
}
"""For the time they take, left to `wattstream chaos`: the larger part of each is in another one.
The rest is that something lives on when another dies, as PostgreSQL does when Connect is killed, or
that it is away for long. What comes over MQTT meanwhile `tests/broker/test_bridge.py` has, and
what comes over HTTP `tests/broker/test_readings.py`."""


def test_every_fault_has_a_short_version_here() -> None:
    by_itself = [*ALWAYS, *FOR_PROOF]
    assert sorted([*by_itself, *WITHIN]) == sorted(fault.name for fault in FAULTS)
    assert set(WITHIN.values()) <= set(by_itself)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(ALWAYS, id="always"),
        pytest.param(FOR_PROOF, id="proof", marks=pytest.mark.proof),
    ],
)
def test_nothing_is_lost_and_nothing_is_there_twice(names: Sequence[str], stack: Settings) -> None:
    settings = stack.model_copy(update={"namespace": "test_faults"})
    wait_for_slots(settings)

    faults = [named(name) for name in names]
    if os.geteuid() != 0:
        faults = [fault for fault in faults if not fault.needs_root]

    done = run_round(settings, faults, SHORT, SEED, Console(), overlapping=True)

    assert not done.problem
    assert [harm.fault for harm in done.harms] == [fault.name for fault in faults]
    assert (done.lost, done.doubled, done.late_dropped) == (0, 0, 0)
    assert done.readings > 0
    assert done.equal
