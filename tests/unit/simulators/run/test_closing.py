"""What a run says in its partitions of itself: that its meters begin, and that they stop."""

import multiprocessing
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from contracts.reading import CLOSING_HEARTBEAT, HEARTBEAT
from contracts.settings import Settings
from simulators.demand.values import make_fleet
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.network.conditions import Network
from simulators.network.pauses import DeadWriter
from simulators.run.messages import messages_of
from simulators.run.process import Progress, Start, Work, _Process
from simulators.run.traffic import partitions_of, traffic
from simulators.sending.sender import Sender

BEGIN_MS = 1_359_676_800_000
PARTITIONS = (0, 1)
STEP_MS = 4_000


@dataclass
class Log:
    """What a process posts: (partition, arrival, value)."""

    partitions: tuple[int, ...] = PARTITIONS
    acknowledged: int = 0
    backlog: int = 0
    records: list[tuple[int, int, bytes]] = field(default_factory=list)

    def post(
        self,
        partitions: np.ndarray[Any, Any],
        arrivals_ms: np.ndarray[Any, Any],
        keys: list[bytes | None],  # noqa: ARG002
        values: list[bytes],
    ) -> None:
        self.records += zip(partitions.tolist(), arrivals_ms.tolist(), values, strict=True)

    def of(self, partition: int, *values: bytes) -> list[int]:
        return [at for p, at, value in self.records if p == partition and value in values]


def run(seconds: float, network: Network) -> Log:
    plan = FleetPlan(40, seed=3, cadence="1s")
    fleet = make_fleet(make_registry(plan))
    work = Work(
        settings=Settings(),
        run="run",
        registry=Path("registry"),
        network=network,
        faults=(),
        plan=plan,
        processes=1,
        partitions=PARTITIONS,
        speed=float("inf"),
        step_ms=STEP_MS,
        record=False,
        settle=True,
        real_time=False,
    )
    start = Start(BEGIN_MS, BEGIN_MS + seconds * 1_000, 0.0)
    flow = traffic(
        fleet,
        network,
        (),
        work.settings,
        partitions_of(fleet.registry, len(PARTITIONS)),
        PARTITIONS,
        start.begin_ms,
        start.end_ms,
        STEP_MS,
        plan,
    )
    ours, theirs = multiprocessing.Pipe()
    event = partial(multiprocessing.get_context("spawn").Event)
    process = _Process(work, 0, theirs, ours, event(), event(), Progress(0))
    log = Log()
    process._send_all(flow, messages_of(flow.registry), cast(Sender, log), start)
    return log


@pytest.mark.parametrize("seconds", [40, 41, 42.5])
def test_a_partition_is_closed_where_its_meters_end(seconds: float) -> None:
    late = Network(seed=3, begin_ms=BEGIN_MS, late_share=0.05, late_min_s=10, late_max_s=60)
    log = run(seconds, late)
    end_ms = BEGIN_MS + int(seconds * 1_000)
    for partition in PARTITIONS:
        arrivals = [at for p, at, _ in log.records if p == partition]
        assert arrivals == sorted(arrivals)
        assert max(arrivals) > end_ms + 10_000
        assert log.of(partition, HEARTBEAT) == [BEGIN_MS]
        closing = log.of(partition, CLOSING_HEARTBEAT)
        assert closing[0] == end_ms - 1
        under_way = [at for at in arrivals if at > end_ms]
        for at in under_way:
            # It is closed when a record comes, and still is when the next one does or it is gone.
            assert any(at - 5_000 <= said <= at for said in closing)
        for at, later in pairwise(under_way):
            assert later - at > 10_000 or any(later - 10_000 <= said <= at for said in closing)


def test_a_writer_that_is_dead_says_nothing() -> None:
    dead = DeadWriter(partitions=(1,), after_minutes=0.5, minutes=10)
    network = Network(seed=3, begin_ms=BEGIN_MS, dead_writers=(dead,))
    log = run(40, network)
    assert log.of(0, CLOSING_HEARTBEAT)[0] == BEGIN_MS + 40_000 - 1
    back_ms = BEGIN_MS + 630_000
    assert all(at >= back_ms for at in log.of(1, CLOSING_HEARTBEAT))
