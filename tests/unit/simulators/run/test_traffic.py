from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest

from contracts.settings import Settings
from simulators.demand.values import make_fleet, values
from simulators.fleet.cadence import due, readings_per_second, rhythms
from simulators.fleet.plan import FleetPlan, make_registry
from simulators.network.conditions import LinkLoss, Network
from simulators.network.schedule import Kind
from simulators.run.messages import messages_of
from simulators.run.traffic import Arrivals, Traffic, partitions_of, traffic

BEGIN_MS = 1_781_870_400_000
PARTITIONS = 4
PLAN = FleetPlan(400, seed=2, cadence="mixed", commodity="mixed")
FLEET = make_fleet(make_registry(PLAN))
PARTITION = partitions_of(FLEET.registry, PARTITIONS)
NETWORK = Network(
    seed=2,
    begin_ms=BEGIN_MS,
    late_share=0.05,
    late_max_s=400,
    lost_share=0.01,
    repeat_share=0.02,
    malformed_share=0.01,
    skewed_meters_share=0.05,
    link_losses=(LinkLoss(areas_share=0.5, after_minutes=0.5, minutes=1),),
)


def start(own: range, step_ms: int = 1_000, seconds: float = 120.5) -> Traffic:
    return traffic(
        FLEET,
        NETWORK,
        (),
        Settings(),
        PARTITION,
        own,
        BEGIN_MS,
        BEGIN_MS + seconds * 1_000,
        step_ms,
        PLAN,
    )


def run(flow: Traffic) -> Iterator[Arrivals]:
    while flow.meters_read():
        yield flow.next()
    while flow.last_arrival_ms() is not None:
        flow.skip()
        yield flow.next(measure=False)


def logs(processes: int, step_ms: int = 1_000) -> dict[int, list[tuple[int, bytes, bytes | None]]]:
    """What each partition gets, byte by byte."""
    found = defaultdict(list)
    for process in range(processes):
        messages = messages_of(FLEET.registry)
        for arrivals in run(start(range(process, PARTITIONS, processes), step_ms)):
            for partition, arrival_ms, key, message in zip(
                arrivals.plan.partition.tolist(),
                arrivals.plan.arrival_ms.tolist(),
                messages.keys(arrivals),
                messages.values(arrivals),
                strict=True,
            ):
                found[partition].append((arrival_ms, key, message))
    return found


@pytest.mark.parametrize("processes", [2, 4])
def test_the_number_of_processes_changes_no_byte_of_a_partition(processes: int) -> None:
    alone = logs(1)
    assert set(alone) == set(range(PARTITIONS)) and sum(map(len, alone.values())) > 5_000
    assert logs(processes) == alone


def test_two_runs_are_the_same() -> None:
    assert logs(2) == logs(2)


@pytest.mark.parametrize("step_ms", [5_000, 60_000])
def test_other_steps_hold_the_same_records(step_ms: int) -> None:
    coarse, fine = logs(1, step_ms), logs(1)
    for partition, records in fine.items():
        assert sorted(coarse[partition], key=repr) == sorted(records, key=repr)


def test_arrivals_never_go_back() -> None:
    for records in logs(1).values():
        assert (np.diff([arrival_ms for arrival_ms, _, _ in records]) >= 0).all()


def test_all_kinds_come_and_meters_stop_at_the_end() -> None:
    everything = list(run(start(range(PARTITIONS))))
    kinds = np.bincount(np.concatenate([each.plan.kind for each in everything]), minlength=5)
    assert (kinds[[Kind.ON_TIME, Kind.LATE, Kind.REPEAT, Kind.MALFORMED]] > 20).all()
    everything = [each.take(each.plan.kind != Kind.ANNOUNCEMENT) for each in everything]
    seconds = np.concatenate([each.batch.seq for each in everything])
    every_second = (
        FLEET.registry.cadence_ms[np.concatenate([each.batch.meter for each in everything])]
        == 1_000
    )
    measured_ms = seconds[every_second] * 1_000
    assert measured_ms.min() == BEGIN_MS and measured_ms.max() == BEGIN_MS + 120_000


def test_each_meter_reads_at_its_own_times() -> None:
    registry = FLEET.registry
    everyone = np.arange(len(registry))
    meter, ts_ms = due(rhythms(registry, everyone), BEGIN_MS - 1, BEGIN_MS + 3_600_000 - 1)
    assert (ts_ms % registry.cadence_ms[meter] == registry.phase_ms[meter]).all()
    number = np.bincount(meter, minlength=len(registry))
    assert np.array_equal(number, 3_600_000 // registry.cadence_ms)
    assert len(meter) == pytest.approx(3_600 * readings_per_second(registry))
    batch = values(FLEET, meter, ts_ms)
    for row in (0, 5, 99):
        assert (np.diff(batch.seq[batch.meter == row]) == 1).all()
