"""What reaches the partitions of one process, step by step of simulated time.

Meters read, faults alter what they read, the network delays it; what arrives later than its step
waits. A partition's records and their order depend on the run alone, not on how many processes
share the partitions: every step keeps the order of the readings of a partition.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from contracts.settings import Settings
from contracts.topics import partition_of
from simulators.batch import Batch, Intervals, concatenate
from simulators.demand.values import Fleet, metered, values
from simulators.faults.effects import Fault, apply, with_silent
from simulators.faults.exchanges import Devices, devices
from simulators.faults.gasps import gasps
from simulators.faults.moves import Moves, moves
from simulators.faults.numbering import Numbering, numbering
from simulators.fleet.announcing import Announcing, Meters, Times, announcing
from simulators.fleet.cadence import Rhythm, due, rhythms
from simulators.fleet.plan import FleetPlan
from simulators.fleet.registry import Registry
from simulators.hashing import Hashes
from simulators.network.conditions import (
    NEVER,
    Fates,
    Network,
    clocks,
    fates,
    gasp_arrivals,
    link_hashes,
)
from simulators.network.pauses import held_back, unwritten
from simulators.network.schedule import NO_READING, Kind, Schedule, deliveries
from simulators.network.schedule import concatenate as concatenate_plans
from simulators.run.intervals import Estimates, energy_m

NEAR_STEPS = 16
"""What arrives within so many steps is sorted at once; the rest waits in a heap of its own."""
Ints = NDArray[np.int64]

LONGEST_STEP_MS = 60_000
"""A time within a step fits 16 bits, which numpy sorts fastest."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """One element per record: when and where it arrives, and the reading in it; of an announcement
    the reading's meter, and as its time when the meter's device was installed; of an event its time
    and number, too."""

    plan: Schedule
    batch: Batch

    def __len__(self) -> int:
        return len(self.plan)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "Arrivals":
        """Some of the records."""
        return Arrivals(self.plan.take(rows), self.batch.take(rows))


def join(parts: Sequence[Arrivals]) -> Arrivals:
    """All records, one part after the other; at least one part."""
    return Arrivals(
        concatenate_plans(*(part.plan for part in parts)),
        concatenate(*(part.batch for part in parts)),
    )


def partitions_of(registry: Registry, partitions: int) -> NDArray[np.int32]:
    """Partition of each meter."""
    return np.fromiter(
        (partition_of(meter_id, partitions) for meter_id in registry.meter_id.astype(str).tolist()),
        dtype=np.int32,
        count=len(registry),
    )


@dataclass(slots=True)
class Traffic:
    """The traffic of some meters from `begin_ms` on; steps are `step_ms` long.

    Step n is [begin + n steps, begin + n + 1 steps), of arrivals as of event times.
    """

    fleet: Fleet
    network: Network
    faults: Sequence[Fault]
    rules: Settings
    registry: Registry
    """The fleet's, with a row more for each meter that moves: what is sent is of its rows."""
    partition: NDArray[np.int32]
    """Of each meter of the registry."""
    link_hash: Hashes
    rhythms: list[Rhythm]
    announcing: Announcing | None
    moves: Moves | None
    moved: Times | None
    """When the registry says that a meter has moved."""
    devices: Devices
    exchanged: Times
    """When the registry says that a meter's device is another one."""
    numbering: Numbering | None
    estimates: Estimates | None
    """Of meters that say the energy of intervals."""
    gasps: Batch
    """Last gasps, by time."""
    begin_ms: int
    end_ms: float
    """Meters read before it."""
    step_ms: int
    near: defaultdict[int, list[Arrivals]] = field(default_factory=lambda: defaultdict(list))
    """By step."""
    far: list[Arrivals] = field(default_factory=list)
    next_step: int = 0

    def next(self, *, measure: bool = True) -> Arrivals:
        """What arrives in the next step, in order; without `measure` meters have stopped."""
        number = self.next_step
        if number % NEAR_STEPS == 0:
            waiting, self.far = self.far, []
            if waiting:
                self._sort_in(join(waiting), number)
        if measure:
            self._measure(number)
        self.next_step += 1
        parts = self.near.pop(number, [])
        arrived = join(parts) if parts else _NOTHING
        within_ms = (arrived.plan.arrival_ms - self._begin(number)).astype(np.uint16)
        return arrived.take(np.argsort(within_ms, kind="stable"))

    def skip(self) -> None:
        """Pass over the steps in which nothing arrives any more, once meters have stopped."""
        if self.far and not self.near:
            first_ms = min(int(part.plan.arrival_ms.min()) for part in self.far)
            number = (first_ms - self.begin_ms) // self.step_ms
            self.next_step = max(self.next_step, number // NEAR_STEPS * NEAR_STEPS)

    def last_arrival_ms(self) -> int | None:
        """When the last of what is under way arrives, None if nothing is."""
        waiting = [part for parts in self.near.values() for part in parts] + self.far
        latest = [int(part.plan.arrival_ms.max()) for part in waiting if len(part)]
        return max(latest, default=None)

    def meters_read(self) -> bool:
        """Whether a meter may still read in the next step."""
        return self._begin(self.next_step) < self.end_ms

    def _begin(self, number: int) -> int:
        return self.begin_ms + number * self.step_ms

    def _measure(self, number: int) -> None:
        # a reading at the first instant of a step belongs to it
        begin_ms, end_ms = self._begin(number), int(min(self._begin(number + 1), self.end_ms))
        if self.announcing is not None:
            # before the readings that arrive at the same instant
            self._announce(*self.announcing.due(begin_ms, end_ms), number)
            if self.moved is not None:
                self._announce(*self.moved.between(begin_ms, end_ms), number)
            self._announce(*self.exchanged.between(begin_ms, end_ms), number)
        self._gasp(begin_ms, end_ms, number)
        meter, ts_ms = due(self.rhythms, begin_ms - 1, end_ms - 1)
        if not len(meter):
            return
        batch = metered(self.fleet, apply(self.faults, values(self.fleet, meter, ts_ms)))
        said = self._said(batch)
        hashes = self.registry.meter_hash[said.meter]
        fate = fates(self.network, hashes, self.link_hash[said.meter], batch.ts_ms, batch.seq)
        if self.estimates is not None:
            energy = self._energy_m(batch)
            rows, revised, later = self.estimates.revisions(energy, hashes, batch.seq, fate)
            self._deliver(replace(said.take(rows), intervals=revised), later, number)
            said = replace(said, intervals=self.estimates.first(energy, hashes, batch.seq))
        self._deliver(said, fate, number)

    def _said(self, batch: Batch) -> Batch:
        """By the number that the meter gives it, from where the meter is then."""
        said = batch
        if self.numbering is not None:
            said = replace(said, seq=self.numbering.said(batch))
        if self.moves is not None:
            said = replace(said, meter=self.moves.reading(batch.meter, batch.ts_ms))
        return said

    def _gasp(self, begin_ms: int, end_ms: int, number: int) -> None:
        begin, end = np.searchsorted(self.gasps.ts_ms, (begin_ms, end_ms))
        if begin == end:
            return
        said = self._said(self.gasps.take(slice(begin, end)))
        hashes, ts_ms = self.registry.meter_hash[said.meter], said.ts_ms
        arrival_ms = gasp_arrivals(self.network, hashes, self.link_hash[said.meter], ts_ms)
        ahead_ms = clocks(self.network, hashes).error_ms(ts_ms - self.network.begin_ms)
        said = replace(
            _without_reading(said.meter, self.estimates is not None),
            ts_ms=np.maximum(ts_ms + ahead_ms, 0),
            seq=said.seq,
        )
        came = np.flatnonzero(arrival_ms != NEVER)
        self._sort_in(self._besides(said.take(came), arrival_ms[came], Kind.EVENT), number)

    def _besides(self, said: Batch, arrival_ms: Ints, kind: Kind) -> Arrivals:
        """Records that are no readings."""
        partition, records = self.partition[said.meter], len(said)
        plan = Schedule(
            self._written(arrival_ms, partition),
            partition,
            np.full(records, NO_READING, dtype=np.int64),
            np.full(records, kind, dtype=np.int8),
            np.full(records, -1, dtype=np.int8),
        )
        return Arrivals(plan, said)

    def _announce(self, meter: Meters, arrival_ms: Ints, number: int) -> None:
        if not len(meter):
            return
        installed_ms = self.devices.installed(meter, arrival_ms)
        if self.moves is not None:
            meter = self.moves.registered(meter, arrival_ms)
        said = replace(_without_reading(meter, self.estimates is not None), ts_ms=installed_ms)
        self._sort_in(self._besides(said, arrival_ms, Kind.ANNOUNCEMENT), number)

    def _energy_m(self, batch: Batch) -> Ints:
        """Of the interval that each reading ends, by the registers that the meter has."""
        earlier_ms = batch.ts_ms - self.registry.cadence_ms[batch.meter]
        before, _ = with_silent(self.faults, values(self.fleet, batch.meter, earlier_ms))
        return energy_m(batch.register_m, metered(self.fleet, before).register_m)

    def _deliver(self, said: Batch, fate: Fates, number: int) -> None:
        partition = self.partition[said.meter]
        fate = replace(
            fate,
            arrival_ms=self._written(fate.arrival_ms, partition),
            repeat_ms=self._written(fate.repeat_ms, partition),
        )
        plan = deliveries(fate, partition, self.rules)
        said = replace(said, ts_ms=np.maximum(fate.reported_ms, 0))
        self._sort_in(Arrivals(plan, said.take(plan.reading)), number)

    def _written(self, arrival_ms: Ints, partition: NDArray[np.int32]) -> Ints:
        """When the writers of these partitions write what reaches them then."""
        writers = self.network.dead_writers
        return held_back(arrival_ms, unwritten(writers, partition, self.begin_ms))

    def _sort_in(self, arrivals: Arrivals, number: int) -> None:
        """Put each record where its step will find it."""
        of_record = (arrivals.plan.arrival_ms - self.begin_ms) // self.step_ms
        until = number // NEAR_STEPS * NEAR_STEPS + NEAR_STEPS
        for each in range(number, until):
            rows = np.flatnonzero(of_record == each)
            if len(rows):
                self.near[each].append(arrivals.take(rows))
        rest = of_record >= until
        if rest.any():
            self.far.append(arrivals.take(rest))


def traffic(
    fleet: Fleet,
    network: Network,
    faults: Sequence[Fault],
    rules: Settings,
    partition: NDArray[np.int32],
    own: Sequence[int],
    begin_ms: int,
    end_ms: float,
    step_ms: int,
    plan: FleetPlan,
) -> Traffic:
    """The traffic of the meters whose partition is one of `own`.

    Args:
        partition: of each meter of the fleet.
        plan: of the fleet.
    """
    registry = fleet.registry
    meters = np.flatnonzero(np.isin(partition, own))
    theirs = devices(faults, registry)
    moving = moves(faults, registry, plan.seed)
    if moving is not None:
        registry = moving.registry
        partition = np.concatenate([partition, partition[moving.moved]])
    gasped = gasps(
        faults, fleet.registry, plan.gasp_share, lambda meter, ts_ms: values(fleet, meter, ts_ms)
    )
    return Traffic(
        fleet=fleet,
        network=network,
        faults=faults,
        rules=rules,
        registry=registry,
        partition=partition,
        link_hash=link_hashes(registry.geohash, registry.is_commodity("supply")),
        rhythms=rhythms(fleet.registry, meters),
        announcing=announcing(registry, meters, begin_ms, end_ms) if plan.announce else None,
        moves=moving,
        moved=None if moving is None else moving.announced(meters),
        devices=theirs,
        exchanged=theirs.announced(meters),
        numbering=numbering(faults, fleet.registry, plan.seq_bits, begin_ms, end_ms),
        estimates=Estimates(plan.seed, plan.estimated_share, plan.revised_share)
        if registry.kind == "interval"
        else None,
        gasps=gasped.take(np.isin(gasped.meter, meters)),
        begin_ms=begin_ms,
        end_ms=end_ms,
        step_ms=step_ms,
    )


def _without_reading(meter: Meters, intervals: bool) -> Batch:
    """Readings in name only, of these meters."""
    number = len(meter)
    nothing = np.zeros(number, dtype=np.int64)
    return Batch(
        *(meter, nothing, nothing, nothing, nothing, np.full(number, np.nan)),
        Intervals(nothing, np.zeros(number, np.bool_), np.zeros(number, np.int8))
        if intervals
        else None,
    )


_NONE = np.empty(0, np.int64)
_NOTHING = Arrivals(
    Schedule(_NONE, np.empty(0, np.int32), _NONE, np.empty(0, np.int8), np.empty(0, np.int8)),
    Batch(np.empty(0, np.int32), _NONE, _NONE, _NONE, _NONE, np.empty(0, np.float64)),
)
